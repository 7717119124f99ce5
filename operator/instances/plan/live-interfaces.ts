/**
 * Interfaces are put into and taken out of a running guest like everything that the driver calls a live difference (drift.ts).
 * Here is what follows: once none is left, and nothing else differs, the run is one that was started for what is asked.
 */
import { hasRecordedSize, mayChangeLive, readFirst, sizeStands } from './live-resize.ts';
import type { ObservedMachine, Plan, World } from './types.ts';
import { steps } from './types.ts';

/** Undefined: there is something left to do, or to wait for. */
export function planInterfacesMet(world: World, machine: ObservedMachine): Plan | undefined {
  const { desired, missing } = world;
  if (desired.live === undefined || !sizeStands(desired.live) || missing.length > 0) return undefined;
  if (!hasRecordedSize(world, machine) || !mayChangeLive(world, machine)) return undefined;
  if (machine.size === undefined) return readFirst(world);
  return machine.liveDrift.length > 0 ? undefined : steps('Update', 'mark-run');
}
