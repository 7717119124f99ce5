/**
 * A machine's definition, `<domain>`, from what the planner asks and what the host offers.
 *
 * What libvirt would choose differently from version to version is said in full; what it adds by itself (addresses,
 * controllers, the emulator's path) is left to it.
 */
import type { MachineInterface, MachineSpec } from '../../contract.ts';
import type { StorageTuning } from '../../hardware.ts';
import type { HostProfile } from '../host/profile.ts';
import { markInDefinition } from '../mark.ts';
import type { XmlElement } from '../xml.ts';
import { cpuElement, cpuTuneElement } from './cpu.ts';
import { deviceElements } from './devices.ts';
import { firmwareControllers, firmwareFeatures, machineTypeFor, osElement } from './firmware.ts';
import { sizeElements } from './size.ts';
import { memoryElements } from './memory.ts';
import { diskTuning, driverAttributes, interfaceTuning } from './tuning.ts';
import { sourceOf, sourceType, type NamedDisk } from './volumes.ts';
import { AGENT_CHANNEL, diskAlias, diskKeys, diskTarget, interfaceAlias } from './names.ts';

/** A disk of the spec and where it lies on the host. */
export interface PlacedDisk {
  readonly role: MachineSpec['disks'][number]['role'];
  readonly label?: string;
  readonly device?: 'CDROM';
  readonly path: string;
  /** Known from how the disk was made, never from looking into it: a guest can write any header into its own disk. */
  readonly format: 'qcow2' | 'raw';
  /** The definition does not name it by its path. Absent: a file. */
  readonly named?: NamedDisk;
}

/** `disks` are those of the spec, in its order, with their paths. */
export function domainElement(spec: MachineSpec, disks: readonly PlacedDisk[], host: HostProfile): XmlElement {
  return {
    '@type': host.domainType,
    name: spec.name,
    uuid: spec.machineId,
    metadata: markInDefinition(spec.owner),
    ...sizeElements(spec),
    os: osElement(spec.firmware, host),
    features: { ...(isX86(host) ? { acpi: {}, apic: {} } : {}), ...firmwareFeatures(spec.firmware, host) },
    cpu: cpuElement(spec.cpu, spec.memory, host),
    cputune: cpuTuneElement(spec.cpu),
    ...memoryElements(spec.memory),
    clock: { '@offset': 'utc' },
    // The operator decides what follows an end, so an end is an end; a guest's own reboot is not one.
    on_poweroff: 'destroy',
    on_reboot: 'restart',
    on_crash: 'destroy',
    devices: devices(spec, disks, host),
  };
}

const isX86 = ({ architecture }: HostProfile): boolean => architecture === 'x86_64' || architecture === 'i686';

function devices(spec: MachineSpec, disks: readonly PlacedDisk[], host: HostProfile): XmlElement {
  const keys = diskKeys(disks);
  const machineType = machineTypeFor(spec.firmware, host);
  return {
    disk: disks.map((disk, index) =>
      diskElement(
        disk,
        keys[index] ?? disk.role,
        { target: targetOf(disks, index, machineType), boots: disk.role === bootRole(disks) },
        tuningOf(disk, spec),
      ),
    ),
    controller: [{ '@type': 'usb', '@model': 'none' }, ...firmwareControllers(spec.firmware, host)],
    interface: spec.interfaces.map(interfaceElement),
    channel: { '@type': 'unix', target: { '@type': 'virtio', '@name': AGENT_CHANNEL } },
    memballoon: { '@model': 'virtio' },
    // Without it a panic is only a guest that hangs.
    panic: isX86(host) ? { '@model': 'isa' } : undefined,
    ...deviceElements(spec, host),
  };
}

/** Nothing else is tried: libvirt has QEMU boot from disks with an order only. */
const bootRole = (disks: readonly PlacedDisk[]): PlacedDisk['role'] => (disks.some(({ role }) => role === 'rescue') ? 'rescue' : 'root');

function diskElement(
  { role, device, path, format, named }: PlacedDisk,
  key: string,
  { target, boots }: { readonly target: XmlElement; readonly boots: boolean },
  tuning: StorageTuning | undefined,
): XmlElement {
  const served = driverAttributes(tuning);
  return {
    '@type': sourceType(named),
    '@device': device === 'CDROM' ? 'cdrom' : 'disk',
    driver: { '@name': 'qemu', '@type': format, ...served, '@discard': role === 'config' ? undefined : served['@discard'] },
    source: sourceOf(path, named),
    target,
    readonly: role === 'config' || device === 'CDROM' ? {} : undefined,
    boot: boots ? { '@order': 1 } : undefined,
    ...diskTuning(tuning, key),
    alias: { '@name': diskAlias(key) },
  };
}

/** There are no CD-ROMs on virtio, and each machine type has another bus for them; they are counted apart. */
function targetOf(disks: readonly PlacedDisk[], at: number, machineType: string): XmlElement {
  if (disks[at]?.device !== 'CDROM') return { '@dev': diskTarget('vd', at), '@bus': 'virtio' };
  const index = disks.slice(0, at).filter(({ device }) => device === 'CDROM').length;
  if (machineType.includes('i440fx') || machineType === 'pc') return { '@dev': diskTarget('hd', index), '@bus': 'ide' };
  return { '@dev': diskTarget('sd', index), '@bus': machineType.includes('q35') ? 'sata' : 'scsi' };
}

/** A config drive is read once: nothing of it is tuned. */
const tuningOf = ({ role }: PlacedDisk, { storage }: MachineSpec): StorageTuning | undefined => (role === 'config' ? undefined : storage);

export function interfaceElement(card: MachineInterface): XmlElement {
  const { name, mac, source } = card;
  return {
    ...interfaceSource(source),
    mac: { '@address': mac },
    ...interfaceTuning(card),
    // Nothing boots from the network, and its boot ROM takes longer than the rest of the firmware.
    rom: { '@enabled': 'no' },
    alias: { '@name': interfaceAlias(name) },
  };
}

/** The two parts of an `<interface>` that say where it is plugged in. */
export function interfaceSource(source: MachineInterface['source']): XmlElement {
  if ('network' in source) return { '@type': 'network', source: { '@network': source.network } };
  return { '@type': 'bridge', source: { '@bridge': source.bridge } };
}
