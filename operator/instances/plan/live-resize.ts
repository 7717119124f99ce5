/**
 * Another flavor for a guest that runs, where what differs from what it was started for can all be met while it runs: CPUs
 * and memory are given to it, or memory back, within the maximum that it was started with. A size that cannot be met so is
 * left for the next start, all of it.
 *
 * The mark says what a run was started for. While its size is changed it says so, too: whoever is cut off finds it, and
 * goes on to whatever size is asked for then.
 */
import type { MachineSize } from '../../../drivers/size.ts';
import type { ObservedMachine, Plan, World } from './types.ts';
import { observing, steps } from './types.ts';
import { OBSERVE_AGAIN_MS } from './unfinished.ts';

/** What a running guest can be made without a restart. */
export interface DesiredLive {
  /** Of what of the spec cannot be met while it runs. */
  readonly fixedHash: string;
  readonly size: MachineSize;
  /** The size on record. */
  readonly before: MachineSize;
  /** It was started with a maximum. */
  readonly elastic: boolean;
  /** Whether another size is given to it at all. */
  readonly resizes: boolean;
}

/** What a guest has while it runs, and what it can be given. */
export interface RunningMachineSize extends MachineSize {
  readonly maximum: MachineSize;
}

export type LiveResizeStep = 'begin-live-resize' | 'resize-live' | 'end-live-resize' | 'mark-run';

const CHANGING = '~';

/** What the mark says of a run while its size is changed, in place of what it was started for. */
export const changing = (bootHash: string): string => (isChanging(bootHash) ? bootHash : `${CHANGING}${bootHash}`);

/** Where the mark is not the one on record, somebody was cut off: the size on record may not be the one that it runs with. */
export const hasRecordedSize = ({ desired: { live }, record: { run } }: World, { bootHash }: ObservedMachine): boolean =>
  live?.elastic !== true || bootHash === run?.bootHash;

const isChanging = (bootHash: string | undefined): boolean => bootHash?.startsWith(CHANGING) === true;

/** Undefined: the guest has the size that is asked for, or only a start gives it that. */
export function planLiveResize(world: World, machine: ObservedMachine): Plan | undefined {
  const { live } = world.desired;
  if (live?.resizes !== true || !mayChangeLive(world, machine)) return undefined;
  if (hasRecordedSize(world, machine) && sizeStands(live)) return undefined;
  if (machine.size === undefined) return readFirst(world);
  return isWithin(live.size, machine.size) ? steps('ResizeLive', 'begin-live-resize', 'resize-live', 'end-live-resize') : undefined;
}

/** It runs, and was started for something else, of which nothing needs a start. */
export function mayChangeLive({ desired, record }: World, { power, role, bootHash, runId }: ObservedMachine): boolean {
  const { run } = record;
  const isRunning = power === 'Running' && role === 'main' && bootHash !== undefined && bootHash !== desired.bootHash;
  return isRunning && desired.live !== undefined && run?.id === runId && run?.fixedHash === desired.live.fixedHash;
}

export const readFirst = ({ now }: World): Plan => ({
  ...observing('the definition of the machine has been read', now + OBSERVE_AGAIN_MS),
  needsDefinition: true,
});

export const sizeStands = ({ size, before }: DesiredLive): boolean =>
  size.vcpus === before.vcpus && size.memoryBytes === before.memoryBytes;

/** CPUs are never taken out: a guest that uses one does not take it well. */
const isWithin = (wanted: MachineSize, { vcpus, maximum }: RunningMachineSize): boolean =>
  wanted.vcpus >= vcpus && wanted.vcpus <= maximum.vcpus && wanted.memoryBytes <= maximum.memoryBytes;
