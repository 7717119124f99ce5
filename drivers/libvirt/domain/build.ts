/**
 * A machine's definition, `<domain>`, from what the planner asks and what the host offers.
 *
 * What libvirt would choose differently from version to version is said in full; what it adds by itself (addresses,
 * controllers, the emulator's path) is left to it.
 */
import type { MachineInterface, MachineSpec } from '../../contract.ts';
import type { HostProfile } from '../host/profile.ts';
import { markInDefinition } from '../mark.ts';
import type { XmlElement } from '../xml.ts';
import { diskAlias, diskKeys, diskTarget, interfaceAlias } from './names.ts';

/** libvirt's own folder for what guests leave behind; each machine's serial output is kept there beside QEMU's log. */
const CONSOLE_LOG_FOLDER = '/var/log/libvirt/qemu';

/** A disk of the spec and where it lies on the host. */
export interface PlacedDisk {
  readonly role: MachineSpec['disks'][number]['role'];
  readonly device?: 'CDROM';
  readonly path: string;
  /** Known from how the disk was made, never from looking into it: a guest can write any header into its own disk. */
  readonly format: 'qcow2' | 'raw';
}

/** `disks` are those of the spec, in its order, with their paths. */
export function domainElement(spec: MachineSpec, disks: readonly PlacedDisk[], host: HostProfile): XmlElement {
  return {
    '@type': host.domainType,
    name: spec.name,
    uuid: spec.machineId,
    metadata: markInDefinition(spec.owner),
    memory: { '@unit': 'KiB', '#text': Math.ceil(spec.memoryBytes / 1024) },
    vcpu: { '@placement': 'static', '#text': spec.vcpus },
    os: { type: { '@arch': host.architecture, '@machine': host.machineType, '#text': 'hvm' } },
    features: isX86(host) ? { acpi: {}, apic: {} } : {},
    cpu: host.cpu,
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
  return {
    disk: disks.map((disk, index) => diskElement(disk, keys[index] ?? disk.role, targetOf(disks, index, host))),
    controller: { '@type': 'usb', '@model': 'none' },
    interface: spec.interfaces.map(interfaceElement),
    serial: {
      '@type': 'pty',
      log: { '@file': `${CONSOLE_LOG_FOLDER}/${consoleLogName(spec.name)}`, '@append': 'on' },
    },
    channel: { '@type': 'unix', target: { '@type': 'virtio', '@name': 'org.qemu.guest_agent.0' } },
    video: { model: { '@type': 'none' } },
    memballoon: { '@model': 'virtio' },
    rng: host.randomDevice ? { '@model': 'virtio', backend: { '@model': 'random', '#text': '/dev/urandom' } } : undefined,
    // Without it a panic is only a guest that hangs.
    panic: isX86(host) ? { '@model': 'isa' } : undefined,
  };
}

function diskElement({ role, device, path, format }: PlacedDisk, key: string, target: XmlElement): XmlElement {
  return {
    '@type': 'file',
    '@device': device === 'CDROM' ? 'cdrom' : 'disk',
    driver: { '@name': 'qemu', '@type': format, '@cache': 'none', '@discard': role === 'config' ? undefined : 'unmap' },
    source: { '@file': path },
    target,
    readonly: role === 'config' || device === 'CDROM' ? {} : undefined,
    boot: role === 'root' ? { '@order': 1 } : undefined,
    alias: { '@name': diskAlias(key) },
  };
}

/** There are no CD-ROMs on virtio, and each machine type has another bus for them; they are counted apart. */
function targetOf(disks: readonly PlacedDisk[], at: number, { machineType }: HostProfile): XmlElement {
  if (disks[at]?.device !== 'CDROM') return { '@dev': diskTarget('vd', at), '@bus': 'virtio' };
  const index = disks.slice(0, at).filter(({ device }) => device === 'CDROM').length;
  if (machineType.includes('i440fx') || machineType === 'pc') return { '@dev': diskTarget('hd', index), '@bus': 'ide' };
  return { '@dev': diskTarget('sd', index), '@bus': machineType.includes('q35') ? 'sata' : 'scsi' };
}

export function interfaceElement({ name, mac, source }: MachineInterface): XmlElement {
  return {
    ...interfaceSource(source),
    mac: { '@address': mac },
    model: { '@type': 'virtio' },
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

/** Names are safe already where the planner made them; another never leads out of the folder. */
const consoleLogName = (name: string): string => `${name.replaceAll(/[^A-Za-z0-9_.+-]/g, '_')}.console`;
