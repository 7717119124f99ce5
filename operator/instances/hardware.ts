/** The hardware that a spec asks for, as the driver takes it. What the absence of a field means is decided here. */
import type { Cpu as AskedCpu, InstanceNetwork, InstanceSpec, Memory as AskedMemory, Storage } from '../../crds/instance.ts';
import { parseQuantity } from '../../crds/quantity.ts';
import type { MachineInterface } from '../../drivers/contract.ts';
import type { Cpu, Devices, DiskLimits, Hardware, MemoryLayout } from '../../drivers/hardware.ts';

type AskedDevices = NonNullable<InstanceSpec['devices']>;

export function hardwareOf({ firmware, devices, cpu, memory, storage }: InstanceSpec): Hardware {
  return {
    ...(firmware && { firmware: { type: firmware.type, secureBoot: firmware.secureBoot ?? false } }),
    ...(devices && { devices: devicesOf(devices) }),
    ...(cpu && { cpu: cpuOf(cpu) }),
    ...(memory && { memory: memoryOf(memory) }),
    ...tuningOf(storage),
  };
}

/** The pool is not hardware: a change of it is for disks that are made later. */
function tuningOf({ pool: _pool, limits, ...same }: Storage = {}): Pick<Hardware, 'storage'> {
  const tuning = { ...same, ...(limits && { limits: inBytes(limits) }) };
  return Object.keys(tuning).length === 0 ? {} : { storage: tuning };
}

function inBytes({ bytesPerSecond, readBytesPerSecond, writeBytesPerSecond, ...counts }: NonNullable<Storage['limits']>): DiskLimits {
  return {
    ...counts,
    ...(bytesPerSecond === undefined ? {} : { bytesPerSecond: parseQuantity(bytesPerSecond) }),
    ...(readBytesPerSecond === undefined ? {} : { readBytesPerSecond: parseQuantity(readBytesPerSecond) }),
    ...(writeBytesPerSecond === undefined ? {} : { writeBytesPerSecond: parseQuantity(writeBytesPerSecond) }),
  };
}

/** What of an interface the driver is told beside where it is plugged in. */
export function cardOf({ model, mtu, bandwidth = {} }: InstanceNetwork): Pick<MachineInterface, 'model' | 'mtu' | 'bandwidth'> {
  const { inbound, outbound } = bandwidth;
  const limits = {
    ...(inbound === undefined ? {} : { inBytesPerSecond: parseQuantity(inbound) }),
    ...(outbound === undefined ? {} : { outBytesPerSecond: parseQuantity(outbound) }),
  };
  return {
    ...(model === undefined ? {} : { model }),
    ...(mtu === undefined ? {} : { mtu }),
    ...(Object.keys(limits).length === 0 ? {} : { bandwidth: limits }),
  };
}

function cpuOf({ features, emulatorThreads, ...same }: AskedCpu): Cpu {
  return {
    ...same,
    ...(features && { features: features.map(({ name, policy = 'Require' }) => ({ name, policy })) }),
    ...(emulatorThreads && { emulatorHostCpus: emulatorThreads.hostCpus }),
  };
}

function memoryOf({ hugePages, locked = false, numaCells }: AskedMemory): MemoryLayout {
  return {
    ...(hugePages && { hugePageBytes: parseQuantity(hugePages.size ?? 0) }),
    ...(locked && { locked }),
    ...(numaCells && { numaCells: numaCells.map(({ memory, ...cell }) => ({ ...cell, memoryBytes: parseQuantity(memory) })) }),
  };
}

function devicesOf({ rng, watchdog, tpm, serialPorts, video }: AskedDevices): Devices {
  return {
    ...(rng && { rng: randomNumbers(rng) }),
    ...(watchdog && { watchdog: { action: watchdog.action ?? 'Reset' } }),
    ...(tpm && { tpm: { model: tpm.model ?? 'CRB' } }),
    ...(serialPorts === undefined ? {} : { serialPorts }),
    ...(video && { video: { model: video.model } }),
  };
}

const randomNumbers = ({ mode, bytesPerSecond }: NonNullable<AskedDevices['rng']>): NonNullable<Devices['rng']> => ({
  mode: mode ?? 'Enabled',
  ...(bytesPerSecond === undefined ? {} : { bytesPerSecond: parseQuantity(bytesPerSecond) }),
});
