/**
 * The same machine on two hosts, or possibly so: somebody moved it by hand, or copied it.
 *
 * Two runs of one guest on one disk destroy it. So the one that lives is the machine; what is switched off is a left-over
 * as long as another lives; and where the machine may be on a host that was not looked at, it is neither started, resumed
 * nor removed here.
 */
import { isInferred } from './end-of-run.ts';
import { follow } from './identity.ts';
import { SILENT_AGAIN_MS } from './look-again.ts';
import { isExplained } from './power.ts';
import { OBSERVE_AGAIN_MS } from './unfinished.ts';
import type { Elsewhere, ObservedMachine, Plan, PowerOff, Twin, World } from './types.ts';
import { blocked, observing, wait } from './types.ts';

/** It runs, or can be made to run on by a word. */
export const lives = ({ power }: Twin): boolean => power === 'Running' || power === 'Paused';

/** Surely off: switched off, or saved. */
export const isOff = ({ power }: Pick<ObservedMachine, 'power'>): boolean => power === 'Stopped' || power === 'Suspended';

/** Machines with our mark on other hosts; those that live come first. */
export function ourTwins({ twins }: Pick<Elsewhere, 'twins'>): readonly Twin[] {
  const ours = twins.filter(({ kind }) => kind === 'Ours');
  return [...ours.filter(lives), ...ours.filter((twin) => !lives(twin))];
}

/** Off here, alive there: the one that lives is the machine, and this is what was left behind. */
export function planMoved({ elsewhere }: World, { power }: ObservedMachine): Plan | undefined {
  const living = ourTwins(elsewhere).find(lives);
  return living !== undefined && power === 'Stopped' ? follow(living) : undefined;
}

/** Not surely off on another host. */
export const livesElsewhere = ({ elsewhere }: World): boolean => ourTwins(elsewhere).some((twin) => !isOff(twin));

/** Before it is removed: what is not surely off elsewhere is the machine, and is removed first, so that no disk goes from under a guest. */
export function planLivingFirst({ elsewhere }: World, { power }: ObservedMachine): Plan | undefined {
  const living = ourTwins(elsewhere).find((twin) => !isOff(twin));
  return living !== undefined && isOff({ power }) ? follow(living) : undefined;
}

/** Only a person can say which of two running machines is to stay. */
export function planRunsTwice({ elsewhere }: World, machine: ObservedMachine): Plan | undefined {
  const running = ourTwins(elsewhere).find(({ power }) => power === 'Running');
  return running !== undefined && machine.power === 'Running' && elsewhere.confirmed ? runsTwice(machine, running) : undefined;
}

/** Before a resume, from a pause or from a saved state: it must live here alone. */
export const planResumable = (world: World, machine: ObservedMachine): Plan | undefined =>
  planLivesTwice(world, machine) ?? planObserved(world.elsewhere, world.now);

/** Paused or saved here, or running, and alive there: somebody copied it. */
export function planLivesTwice({ elsewhere, now }: World, machine: ObservedMachine): Plan | undefined {
  const living = ourTwins(elsewhere).find(lives);
  if (living === undefined) return undefined;
  return elsewhere.confirmed
    ? runsTwice(machine, living)
    : observing(`it is sure that the machine on Hypervisor ${living.hypervisorName} lives too`, now + OBSERVE_AGAIN_MS);
}

/** Right after a start of the operator, and after the machine was followed: every host that may answer is looked at once. Bounded, for one that does not answer is soon known to be silent. */
export function planObserved({ unobserved }: Elsewhere, now: number): Plan | undefined {
  return unobserved.length === 0
    ? undefined
    : observing(`these Hypervisors have been observed: ${unobserved.join(', ')}`, now + OBSERVE_AGAIN_MS);
}

/** The machine is off for a reason that says nothing of where it is: it may run on any host that was not looked at since. */
export function planUnseen(world: World, machine: ObservedMachine, end: PowerOff | undefined): Plan | undefined {
  const { unheard, silentSharers } = world.elsewhere;
  const unseen = [...unheard, ...silentSharers];
  if (unseen.length === 0 || end === undefined || !mayBeElsewhere(world, machine, end)) return undefined;
  return wait(
    'EndUnexplained',
    `these Hypervisors, where it may be, have been looked at, or are fenced: ${unseen.join(', ')}`,
    world.now + (unheard.length === 0 ? SILENT_AGAIN_MS : OBSERVE_AGAIN_MS),
  );
}

function mayBeElsewhere({ record }: World, { powerReason, runId }: ObservedMachine, { reason, inferred }: PowerOff): boolean {
  if (!isExplained(reason)) return true;
  if (powerReason !== 'Unknown') return !isExplained(powerReason);
  return runId !== undefined && (inferred === true || isInferred(reason, record.run?.bootId));
}

function runsTwice({ machineId, power }: ObservedMachine, twin: Twin): Plan {
  const here = power === 'Running' ? 'runs here' : `is here (${power})`;
  const there = twin.power === 'Running' ? 'runs' : `is (${twin.power})`;
  return blocked(
    'RunsTwice',
    `machine ${machineId} ${here} and ${there} on Hypervisor ${twin.hypervisorName}: switch one off by hand, at once, for they share a disk`,
  );
}
