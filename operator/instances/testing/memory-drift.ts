/** How a machine in memory differs from what it should be: by where its interfaces are plugged in. */
import type { Drift, MachineSpec } from '../../../drivers/contract.ts';

export function driftOf(wanted: MachineSpec, found: MachineSpec['interfaces']): readonly Drift[] {
  return wanted.interfaces.flatMap(({ name, source }) => {
    const now = JSON.stringify(found.find((each) => each.name === name)?.source);
    const then = JSON.stringify(source);
    return now === undefined || now === then
      ? []
      : [{ field: `interfaces[${name}].source`, effect: 'Live', wanted: then, found: now } as const];
  });
}
