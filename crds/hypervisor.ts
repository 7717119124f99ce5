/** Hypervisor: one host outside the cluster. */
import { HypervisorSpec } from './hypervisor/spec.ts';
import { HypervisorStatus } from './hypervisor/status.ts';
import { AGE, READY, REASON, type ClusterResource, type KindDefinition } from './schema/resource.ts';

export * from './hypervisor/orphans.ts';
export * from './hypervisor/spec.ts';
export * from './hypervisor/status.ts';

export type Hypervisor = ClusterResource<'Hypervisor', HypervisorSpec, HypervisorStatus>;

export const hypervisorKind: KindDefinition = {
  kind: 'Hypervisor',
  plural: 'hypervisors',
  scope: 'Cluster',
  shortNames: ['hv'],
  description:
    'Hypervisor is one host outside the cluster that instances run on. Its Secrets are in the namespace of the operator. Its labels are what Instances select hosts by.',
  spec: HypervisorSpec,
  status: HypervisorStatus,
  rules: [
    {
      rule: 'size(self.metadata.name) <= 63',
      message: 'the name must be at most 63 characters long, so that it can be the value of a label',
    },
  ],
  columns: [
    READY,
    { name: 'Driver', type: 'string', jsonPath: '.spec.driver' },
    { name: 'Reachable', type: 'string', jsonPath: '.status.reachable.status' },
    { name: 'Instances', type: 'integer', jsonPath: '.status.allocated.instances' },
    AGE,
    { name: 'Schedulable', type: 'boolean', jsonPath: '.spec.schedulable', priority: 1 },
    { name: 'CPUs', type: 'integer', jsonPath: '.status.capacity.cpu', priority: 1 },
    { name: 'Memory', type: 'string', jsonPath: '.status.capacity.memory', priority: 1 },
    { name: 'Virtualization', type: 'string', jsonPath: '.status.facts.virtualization', priority: 1 },
    REASON,
  ],
  selectableFields: ['.spec.driver'],
};
