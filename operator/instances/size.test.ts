import { expect, test } from '@jest/globals';
import type { Instance, InstanceStatus } from '../../crds/instance.ts';
import { effectiveSize } from './size.ts';

const end = (flavorName: string, vcpus: number) => ({
  flavorName,
  vcpus,
  memory: '16Mi',
  disks: [{ name: 'root' as const, volume: 'root-1', size: '16Mi' }],
});
const flavors: Parameters<typeof effectiveSize>[2]['flavors'] = {
  get: (name: string) => (name === 'gone' ? undefined : { metadata: { name, uid: name }, spec: { vcpus: name.length, memory: '1Gi' } }),
} as never;
const resized = (phase: NonNullable<InstanceStatus['resize']>['phase']): InstanceStatus => ({
  machineId: 'm',
  resolved: { flavorName: 'tiny', vcpus: 4, memory: '1Gi' },
  resize: { phase, from: end('tiny', 4), to: end('gone', 9), runId: 'run-2', startedAt: '2026-01-01T00:00:00Z' },
});
const made: InstanceStatus = { machineId: 'm', resolved: { flavorName: 'tiny', vcpus: 4, memory: '1Gi' } };

// Whether the spec has a policy for resizes, its flavor, what status says, and the CPUs that the machine is to have.
test.each`
  policy   | flavorName | status                             | vcpus
  ${false} | ${'tiny'}  | ${{}}                              | ${4}
  ${true}  | ${'tiny'}  | ${{}}                              | ${4}
  ${false} | ${'gone'}  | ${made}                            | ${undefined}
  ${false} | ${'large'} | ${made}                            | ${5}
  ${true}  | ${'large'} | ${made}                            | ${4}
  ${true}  | ${'gone'}  | ${made}                            | ${4}
  ${true}  | ${'gone'}  | ${resized('Resizing')}             | ${9}
  ${false} | ${'gone'}  | ${resized('Resizing')}             | ${9}
  ${true}  | ${'gone'}  | ${resized('AwaitingConfirmation')} | ${9}
  ${true}  | ${'gone'}  | ${resized('Reverting')}            | ${4}
  ${true}  | ${'gone'}  | ${resized('Reverted')}             | ${4}
  ${false} | ${'gone'}  | ${resized('Reverted')}             | ${4}
  ${false} | ${'large'} | ${resized('Reverted')}             | ${5}
  ${true}  | ${'large'} | ${resized('Reverted')}             | ${4}
`('policy $policy, flavor $flavorName, $status.resize.phase -> $vcpus', ({ policy, flavorName, status, vcpus }) => {
  const instance = { spec: { flavorName, imageName: 'demo', ...(policy === true ? { resize: { confirm: 'Manual' } } : {}) } };
  expect(effectiveSize(instance as Instance, status as InstanceStatus, { flavors })?.vcpus).toBe(vcpus);
});
