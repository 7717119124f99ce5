/** How a machine in memory differs from what it should be: by its interfaces, and where they are plugged in. */
import type { Drift, MachineInterface, MachineSpec } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { MemoryMachine } from './memory-machine.ts';

export function driftOf(wanted: MachineSpec, found: MachineSpec['interfaces']): readonly Drift[] {
  const names = new Set([...wanted.interfaces, ...found].map(({ name }) => name));
  return [...names].flatMap((name): readonly Drift[] => {
    const [should, is] = [wanted.interfaces, found].map((list) => list.find((one) => one.name === name));
    if (textOf(should) === textOf(is)) return [];
    const field = should === undefined || is === undefined ? `interfaces[${name}]` : `interfaces[${name}].source`;
    return [{ field, effect: 'Live', wanted: textOf(should), found: textOf(is) }];
  });
}

const textOf = (card: MachineInterface | undefined): string => (card === undefined ? 'absent' : JSON.stringify([card.mac, card.source]));

/** What is wanted, beside what the guest does not let go of. */
export function plugInterfaces(machine: MemoryMachine, wanted: MachineSpec['interfaces'], letsGo: boolean): void {
  const macs = new Set(wanted.map(({ mac }) => mac));
  const held = letsGo ? [] : machine.spec.interfaces.filter(({ mac }) => !macs.has(mac));
  machine.spec = { ...machine.spec, interfaces: [...wanted, ...held] };
  if (held.length > 0) throw new DriverError('Conflict', 'kept by the guest', { reason: 'NotReleased' });
}
