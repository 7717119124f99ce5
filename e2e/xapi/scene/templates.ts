/** Some of the templates that every pool has: VMs that never run, with the disks they ask for written as XML. */
import type { RecordOf, Ref } from '../../../drivers/xen/model/model.ts';
import type { Store } from '../store/store.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

export interface TemplatePlan {
  readonly name: string;
  /** Of the disk to be provisioned; absent: none. */
  readonly diskBytes?: number;
  readonly memoryBytes?: number;
  readonly uefi?: boolean;
}

const STOCK: readonly TemplatePlan[] = [
  { name: 'Other install media' },
  { name: 'Debian Bookworm 12', diskBytes: 10 * GIB, memoryBytes: 2 * GIB },
  { name: 'Windows Server 2022 (64-bit)', diskBytes: 32 * GIB, memoryBytes: 4 * GIB, uefi: true },
];

const RECOMMENDATIONS =
  '<restrictions><restriction field="memory-static-max" max="1649267441664"/><restriction field="vcpus-max" max="32"/>' +
  '<restriction property="number-of-vbds" max="255"/><restriction property="number-of-vifs" max="7"/></restrictions>';

/** What a template says that makes a VM like most. */
export function templateRecord({ name, diskBytes, memoryBytes = 256 * MIB, uefi = false }: TemplatePlan): Partial<RecordOf<'VM'>> {
  const disks =
    diskBytes === undefined ? '' : `<provision><disk device="0" size="${diskBytes}" sr="" bootable="true" type="system"/></provision>`;
  return {
    name_label: name,
    is_a_template: true,
    user_version: 1,
    domain_type: 'hvm',
    memory_static_min: memoryBytes,
    memory_dynamic_min: memoryBytes,
    memory_dynamic_max: memoryBytes,
    memory_static_max: memoryBytes,
    memory_target: memoryBytes,
    VCPUs_max: 1,
    VCPUs_at_startup: 1,
    actions_after_shutdown: 'destroy',
    actions_after_reboot: 'restart',
    actions_after_crash: 'restart',
    HVM_boot_policy: 'BIOS order',
    HVM_boot_params: uefi ? { order: 'cdn', firmware: 'uefi' } : { order: 'cdn' },
    platform: {
      nx: 'true',
      acpi: '1',
      apic: 'true',
      pae: 'true',
      hpet: 'true',
      viridian: 'false',
      ...(uefi ? { 'device-model': 'qemu-upstream-uefi', secureboot: 'false' } : {}),
    },
    recommendations: RECOMMENDATIONS,
    other_config: { 'install-methods': 'cdrom', ...(disks === '' ? {} : { disks }) },
    domid: -1,
  };
}

export function addTemplates(store: Store): readonly Ref[] {
  return STOCK.map((plan) => {
    const record = templateRecord(plan);
    return store.create('VM', { ...record, is_default_template: true, other_config: { ...record.other_config, default_template: 'true' } });
  });
}
