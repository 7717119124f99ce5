/** What a machine is asked to have beyond the usual, as XAPI's fields say it; what it has no fields for is refused. */
import type { Hardware } from '../../hardware.ts';
import { DriverError } from '../../labels.ts';
import type { StringMap } from '../numbered.ts';

/** Rejects what no Xen host gives, each with a reason that ends so. */
export function requireSupport(hardware: Hardware): void {
  const { devices, cpu, memory, storage } = hardware;
  const asked: readonly (readonly [asked: boolean, reason: string, what: string])[] = [
    [devices?.rng !== undefined, 'RandomNumbersUnsupported', 'settings of a random number device'],
    [devices?.watchdog !== undefined, 'WatchdogUnsupported', 'a watchdog'],
    [devices?.tpm !== undefined, 'TPMUnsupported', 'a TPM'],
    [(devices?.serialPorts ?? 1) !== 1, 'SerialPortsUnsupported', 'more than one serial port'],
    [
      !['VGA', 'Cirrus', undefined].includes(devices?.video?.model),
      'VideoModelUnsupported',
      `a graphics card ${devices?.video?.model ?? ''}`,
    ],
    [cpu?.mode !== undefined || cpu?.model !== undefined, 'CpuModelUnsupported', 'a model of CPU: the pool levels them'],
    [(cpu?.features ?? []).length > 0, 'CpuFeaturesUnsupported', 'single features of CPUs'],
    [(cpu?.topology?.threads ?? 1) !== 1, 'CpuThreadsUnsupported', 'threads of a core'],
    [(cpu?.pinning ?? []).length > 0 || cpu?.emulatorHostCpus !== undefined, 'HostCpusUnsupported', 'certain CPUs of the host'],
    [memory?.hugePageBytes !== undefined, 'HugePagesUnsupported', 'a size of memory pages'],
    [(memory?.numaCells ?? []).length > 0, 'NumaUnsupported', 'NUMA nodes'],
    [storage?.limits !== undefined, 'DiskLimitsUnsupported', 'limits of disks'],
    [storage?.serials === 'ByName', 'DiskSerialsUnsupported', 'serial numbers of disks'],
  ];
  const refused = asked.find(([isAsked]) => isAsked);
  if (refused !== undefined)
    throw new DriverError('Unsupported', `a Xen host does not give a machine ${refused[2]}`, { reason: refused[1] });
}

/** By the words of drift. */
export type HardwareText = Readonly<Record<string, string>>;

/** Firmware that nobody asks for stays what it is: the guest was installed with it. */
export function hardwareText({ firmware, devices, cpu }: Hardware, kept: HardwareText = {}): HardwareText {
  const before = kept['firmware'];
  const asked = firmware === undefined ? before : `${firmware.type}${firmware.secureBoot ? ' with secure boot' : ''}`;
  return {
    ...(asked !== undefined && { firmware: asked }),
    ...(devices?.video && { 'devices[video]': devices.video.model }),
    ...(cpu?.topology && { 'cpu[topology]': `${cpu.topology.sockets}x${cpu.topology.cores}x${cpu.topology.threads}` }),
  };
}

/** Merged into the map that is there, whose other keys are others'. Undefined: the key goes. */
export function platformOf({ firmware, devices, cpu }: Hardware): Readonly<Record<string, string | undefined>> {
  const uefi = firmware?.type === 'UEFI';
  return {
    acpi: '1',
    apic: 'true',
    nx: 'true',
    pae: 'true',
    viridian: 'true',
    'device-model': uefi ? 'qemu-upstream-uefi' : 'qemu-upstream-compat',
    vga: devices?.video?.model === 'Cirrus' ? 'cirrus' : 'std',
    hvm_serial: 'pty',
    secureboot: uefi ? String(firmware.secureBoot) : undefined,
    'cores-per-socket': cpu?.topology === undefined ? undefined : String(cpu.topology.cores),
  };
}

export const bootParamsOf = ({ firmware }: Hardware): StringMap => ({ order: 'cd', firmware: firmware?.type === 'UEFI' ? 'uefi' : 'bios' });

/** What of a map is to be removed and added so that it has these entries; others' stay. */
export function merged(
  map: StringMap,
  wanted: Readonly<Record<string, string | undefined>>,
): readonly (readonly [key: string, value: string | undefined])[] {
  return Object.entries(wanted).filter(([key, value]) => map[key] !== value);
}
