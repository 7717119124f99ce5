/** A machine as a record for `VM.create`: off, without devices, and with its owner's mark from the first moment. */
import type { MachineSpec } from '../../contract.ts';
import { markEntry } from '../mark.ts';
import type { CreateRecordOf, Ref } from '../model/model.ts';
import { NULL_REF } from '../model/notation.ts';
import { bootParamsOf, platformOf } from './hardware.ts';
import { planOf, specEntry } from './spec-entry.ts';

export interface MemoryLimits {
  readonly static_min: number;
  readonly static_max: number;
  readonly dynamic_min: number;
  readonly dynamic_max: number;
}

/** All four at once: each must fit the others. */
export function memoryOf({ memoryBytes, maximum }: Pick<MachineSpec, 'memoryBytes' | 'maximum'>): MemoryLimits {
  return {
    static_min: memoryBytes,
    static_max: Math.max(memoryBytes, maximum?.memoryBytes ?? 0),
    dynamic_min: memoryBytes,
    dynamic_max: memoryBytes,
  };
}

/** `affinity` is the host that it belongs to while it is off. */
export function recordOf(spec: MachineSpec, affinity: Ref): CreateRecordOf<'VM'> {
  const memory = memoryOf(spec);
  const platform = Object.entries(platformOf(spec)).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    name_label: spec.name,
    name_description: `Instance ${spec.owner.namespace}/${spec.owner.name}`,
    user_version: 1,
    is_a_template: false,
    affinity,
    memory_static_max: memory.static_max,
    memory_dynamic_max: memory.dynamic_max,
    memory_dynamic_min: memory.dynamic_min,
    memory_static_min: memory.static_min,
    VCPUs_params: {},
    VCPUs_max: Math.max(spec.vcpus, spec.maximum?.vcpus ?? 0),
    VCPUs_at_startup: spec.vcpus,
    // Templates often say restart, which would take restarting out of the operator's hands.
    actions_after_shutdown: 'destroy',
    actions_after_reboot: 'restart',
    actions_after_crash: 'destroy',
    PV_bootloader: '',
    PV_kernel: '',
    PV_ramdisk: '',
    PV_args: '',
    PV_bootloader_args: '',
    PV_legacy_args: '',
    HVM_boot_policy: 'BIOS order',
    HVM_boot_params: bootParamsOf(spec),
    domain_type: 'hvm',
    platform: Object.fromEntries(platform),
    PCI_bus: '',
    other_config: { ...markEntry(spec.owner), ...specEntry({ applied: false, plan: planOf(spec) }) },
    recommendations: '',
    suspend_SR: NULL_REF,
  };
}
