/** What a machine has beyond the usual, by field: of a definition, and of what is asked for, in the same words. */
import type { MachineSpec } from '../../contract.ts';
import { attribute, child, children, type XmlElement } from '../xml.ts';
import { isUsualMode, viewCpu, wantedCpu } from './cpu.ts';
import { viewDevices, wantedDevices } from './devices.ts';
import { firmwareOf, firmwareText } from './firmware.ts';
import { viewMemory, wantedMemory } from './memory.ts';
import { diskAlias } from './names.ts';
import { viewStorage, wantedStorage } from './tuning.ts';

type Fields = Readonly<Record<string, string>>;

export function viewHardware(domain: XmlElement): Fields {
  const firmware = firmwareOf(domain);
  return {
    ...(firmware.type === 'BIOS' ? {} : { firmware: firmwareText(firmware) }),
    ...inDevices(viewDevices(child(domain, 'devices'))),
    ...unlessUsual(viewCpu(domain)),
    ...viewMemory(domain),
    ...viewStorage(rootOf(domain)),
  };
}

/** Of a machine that is not ours the first one, as libvirt's default says. */
function rootOf(domain: XmlElement): XmlElement | undefined {
  const disks = children(child(domain, 'devices'), 'disk');
  return disks.find((disk) => attribute(child(disk, 'alias'), 'name') === diskAlias('root')) ?? disks[0];
}

/**
 * `found` decides where nothing is asked for: firmware and TPM stay with the machine, and random numbers are there where the
 * host has them.
 */
export function wantedHardware({ firmware, devices, cpu, memory, storage }: MachineSpec, found: Fields): Fields {
  const fields = {
    ...(firmware?.type === 'UEFI' ? { firmware: firmwareText(firmware) } : {}),
    ...inDevices(wantedDevices(devices)),
    ...unlessUsual(wantedCpu(cpu)),
    ...wantedMemory(memory),
    ...wantedStorage(storage, found),
  };
  const unasked = [
    ...(firmware === undefined ? ['firmware'] : []),
    ...(devices?.tpm === undefined ? ['devices[tpm]'] : []),
    ...(devices?.rng === undefined && found['devices[rng]'] === 'Disabled' ? ['devices[rng]'] : []),
  ];
  return { ...fields, ...Object.fromEntries(unasked.flatMap((field) => (found[field] === undefined ? [] : [[field, found[field]]]))) };
}

/** A mode that a machine may get without being asked for is none to compare. */
function unlessUsual(parts: Fields): Fields {
  return Object.fromEntries(Object.entries(parts).filter(([part, text]) => part !== 'cpu[mode]' || !isUsualMode(text)));
}

const inDevices = (parts: Fields): Fields => Object.fromEntries(Object.entries(parts).map(([part, text]) => [`devices[${part}]`, text]));
