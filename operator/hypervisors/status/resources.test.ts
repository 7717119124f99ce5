import { expect, test } from '@jest/globals';
import { allocatableOf, capacityOf } from './resources.ts';

const spec = { driver: 'libvirt', overcommit: { memory: '2' } } as const;

test('capacity less what is reserved, times overcommit', () => {
  const capacity = capacityOf({ cpus: 8, memoryBytes: 8 * 1024 ** 3 });
  expect(allocatableOf({ ...spec, reserved: { cpu: 1, memory: '1Gi' } }, capacity)).toEqual({ cpu: 28, memory: '14Gi' });
});

// A host that lies, or is broken, must not make the others unusable.
test.each([2 ** 60, Number.POSITIVE_INFINITY, -1, Number.NaN, 0.5])(
  'a host that says it has %d bytes of memory can still be counted with',
  (memoryBytes) => {
    const capacity = capacityOf({ cpus: memoryBytes, memoryBytes });
    expect(allocatableOf(spec, capacity).cpu).toBeGreaterThanOrEqual(0);
  },
);
