/** HypervisorPool: hosts that are managed as one. */
import { HypervisorPoolSpec } from './hypervisor-pool/spec.ts';
import { HypervisorPoolStatus } from './hypervisor-pool/status.ts';
import { AGE, READY, REASON, type ClusterResource, type KindDefinition } from './schema/resource.ts';

export * from './hypervisor-pool/spec.ts';
export * from './hypervisor-pool/status.ts';

export type HypervisorPool = ClusterResource<'HypervisorPool', HypervisorPoolSpec, HypervisorPoolStatus>;

export const hypervisorPoolKind: KindDefinition = {
  kind: 'HypervisorPool',
  plural: 'hypervisorpools',
  scope: 'Cluster',
  shortNames: ['hvpool'],
  description:
    'HypervisorPool is a XAPI pool (XenServer, XCP-ng). It makes a Hypervisor for each of its hosts and keeps them. Its Secrets are in the namespace of the operator.',
  spec: HypervisorPoolSpec,
  status: HypervisorPoolStatus,
  rules: [
    {
      rule: 'size(self.metadata.name) <= 54',
      message: 'the name must be at most 54 characters long, so that those of its Hypervisors can be the values of labels',
    },
  ],
  columns: [
    READY,
    { name: 'Hosts', type: 'integer', jsonPath: '.status.hosts' },
    { name: 'Version', type: 'string', jsonPath: '.status.version' },
    AGE,
    { name: 'Reachable', type: 'string', jsonPath: '.status.conditions[?(@.type=="Reachable")].status', priority: 1 },
    { name: 'Authenticated', type: 'string', jsonPath: '.status.conditions[?(@.type=="Authenticated")].status', priority: 1 },
    { name: 'HA', type: 'boolean', jsonPath: '.status.highAvailability.enabled', priority: 1 },
    REASON,
  ],
  selectableFields: [],
};
