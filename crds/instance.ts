/** Instance: one virtual machine. */
import { AGE, READY, REASON, type KindDefinition, type NamespacedResource } from './schema/resource.ts';
import { InstanceSpec } from './instance/spec.ts';
import { InstanceStatus } from './instance/status.ts';

export * from './instance/action.ts';
export * from './instance/adoption.ts';
export * from './instance/freeze.ts';
export * from './instance/guest-agent.ts';
export * from './instance/guest-data.ts';
export * from './instance/cpu.ts';
export * from './instance/devices.ts';
export * from './instance/firmware.ts';
export * from './instance/memory.ts';
export * from './instance/size.ts';
export * from './instance/spec.ts';
export * from './instance/status.ts';
export * from './instance/storage.ts';

export type Instance = NamespacedResource<'Instance', InstanceSpec, InstanceStatus>;

export const instanceKind: KindDefinition = {
  kind: 'Instance',
  plural: 'instances',
  scope: 'Namespaced',
  shortNames: ['inst'],
  description:
    'Instance is one virtual machine on a hypervisor outside the cluster. Hostler makes it, keeps it as the spec asks, and removes it with the object.',
  spec: InstanceSpec,
  status: InstanceStatus,
  columns: [
    READY,
    { name: 'Status', type: 'string', jsonPath: '.status.phase' },
    { name: 'Host', type: 'string', jsonPath: '.status.hypervisorName' },
    { name: 'IP', type: 'string', jsonPath: '.status.addresses[0].address' },
    AGE,
    { name: 'Flavor', type: 'string', jsonPath: '.spec.flavorName', priority: 1 },
    { name: 'Image', type: 'string', jsonPath: '.spec.imageName', priority: 1 },
    { name: 'Machine', type: 'string', jsonPath: '.status.machineId', priority: 1 },
    { name: 'Task', type: 'string', jsonPath: '.status.task.step', priority: 1 },
    REASON,
  ],
  selectableFields: ['.spec.flavorName', '.spec.imageName', '.spec.placement.hypervisorName', '.status.hypervisorName', '.status.phase'],
};
