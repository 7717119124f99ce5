/**
 * Fields that are two sides of one matter: a reference on the left, or a set of them, and on the right the set of all who refer. The server keeps
 * the right side; who writes the left, writes both.
 */
import type { ClassName } from './model.ts';

export interface Relation {
  readonly from: readonly [ClassName, field: string];
  readonly to: readonly [ClassName, field: string];
}

const relation = (from: readonly [ClassName, string], to: readonly [ClassName, string]): Relation => ({ from, to });

export const RELATIONS: readonly Relation[] = [
  relation(['VM', 'snapshot_of'], ['VM', 'snapshots']),
  relation(['VM', 'parent'], ['VM', 'children']),
  relation(['VM', 'resident_on'], ['host', 'resident_VMs']),
  relation(['VDI', 'snapshot_of'], ['VDI', 'snapshots']),
  relation(['VDI', 'SR'], ['SR', 'VDIs']),
  relation(['VDI', 'metadata_of_pool'], ['pool', 'metadata_VDIs']),
  relation(['VBD', 'VDI'], ['VDI', 'VBDs']),
  relation(['VBD', 'VM'], ['VM', 'VBDs']),
  relation(['VIF', 'VM'], ['VM', 'VIFs']),
  relation(['VIF', 'network'], ['network', 'VIFs']),
  relation(['VTPM', 'VM'], ['VM', 'VTPMs']),
  relation(['console', 'VM'], ['VM', 'consoles']),
  relation(['PBD', 'host'], ['host', 'PBDs']),
  relation(['PBD', 'SR'], ['SR', 'PBDs']),
  relation(['PIF', 'host'], ['host', 'PIFs']),
  relation(['PIF', 'network'], ['network', 'PIFs']),
  relation(['PIF', 'bond_slave_of'], ['Bond', 'slaves']),
  relation(['Bond', 'master'], ['PIF', 'bond_master_of']),
  relation(['VLAN', 'tagged_PIF'], ['PIF', 'VLAN_slave_of']),
  relation(['host_cpu', 'host'], ['host', 'host_CPUs']),
  relation(['task', 'subtask_of'], ['task', 'subtasks']),
  relation(['GPU_group', 'enabled_VGPU_types'], ['VGPU_type', 'enabled_on_GPU_groups']),
  relation(['PCI', 'host'], ['host', 'PCIs']),
  relation(['PGPU', 'GPU_group'], ['GPU_group', 'PGPUs']),
  relation(['PGPU', 'enabled_VGPU_types'], ['VGPU_type', 'enabled_on_PGPUs']),
  relation(['PGPU', 'host'], ['host', 'PGPUs']),
  relation(['PGPU', 'supported_VGPU_types'], ['VGPU_type', 'supported_on_PGPUs']),
  relation(['PUSB', 'USB_group'], ['USB_group', 'PUSBs']),
  relation(['PUSB', 'host'], ['host', 'PUSBs']),
  relation(['VGPU', 'GPU_group'], ['GPU_group', 'VGPUs']),
  relation(['VGPU', 'VM'], ['VM', 'VGPUs']),
  relation(['VGPU', 'resident_on'], ['PGPU', 'resident_VGPUs']),
  relation(['VGPU', 'type'], ['VGPU_type', 'VGPUs']),
  relation(['VM', 'appliance'], ['VM_appliance', 'VMs']),
  relation(['VM', 'groups'], ['VM_group', 'VMs']),
  relation(['VUSB', 'USB_group'], ['USB_group', 'VUSBs']),
  relation(['VUSB', 'VM'], ['VM', 'VUSBs']),
];
