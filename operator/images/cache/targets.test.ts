import { expect, test } from '@jest/globals';
import type { Hypervisor } from '../../../crds/hypervisor.ts';
import type { PreCache } from '../../../crds/image.ts';
import { targetsOf } from './targets.ts';

const host = (name: string, spec: Partial<Hypervisor['spec']> = {}, metadata: object = {}): Hypervisor =>
  ({
    metadata: { name, labels: { site: name.slice(0, 1) }, ...metadata },
    spec: { driver: 'fake', pools: { main: { pool: 'default' } }, ...spec },
  }) as unknown as Hypervisor;
const two = { pools: { main: { pool: 'default' }, fast: { pool: 'nvme', sharedId: 's' } } };
const hosts = [
  host('b1'),
  host('a1'),
  host('a2', { ...two, defaultPool: 'fast' }),
  host('c1', two),
  host('a3', {}, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
];

test.each<[string, PreCache, readonly string[]]>([
  ['by name', { hypervisorNames: ['b1'] }, ['b1 main']],
  ['by label, but none that is being deleted', { hypervisorSelector: { matchLabels: { site: 'a' } } }, ['a1 main', 'a2 fast']],
  ['both', { hypervisorNames: ['b1', 'a1'], hypervisorSelector: { matchLabels: { site: 'a' } } }, ['a1 main', 'a2 fast', 'b1 main']],
  ['all', { hypervisorSelector: {}, pool: 'main' }, ['a1 main', 'a2 main', 'b1 main', 'c1 main']],
  ['a name that nobody has', { hypervisorNames: ['x'] }, ['x: there is no such Hypervisor']],
  ['one that is being deleted', { hypervisorNames: ['a3'] }, []],
  ['no pool is the default', { hypervisorNames: ['c1'] }, ['c1: it has no default pool: name one in spec.preCache.pool']],
  ['a pool that it has not', { hypervisorNames: ['b1', 'c1'], pool: 'fast' }, ['b1: it has no spec.pools.fast', 'c1 fast']],
])('%s', (_, preCache, expected) => {
  const found = targetsOf(preCache, hosts).map((target) =>
    target.kind === 'Pool' ? `${target.hypervisorName} ${target.key}` : `${target.hypervisorName}: ${target.problem}`,
  );
  expect(found).toEqual(expected);
});
