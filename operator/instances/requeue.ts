/** When to look at an Instance again, if nothing wakes us before. Everything that matters wakes us; this is the net below. */
import { addressesAwaitedSince } from './definition.ts';
import type { Pass } from './pass.ts';
import { isInTheWay } from './plan/identity.ts';
import { confirmsAt } from './plan/resize/resize.ts';
import { mayHeedUntil } from './plan/shutdown.ts';
import type { Plan } from './plan/types.ts';
import type { Pending } from './steps/types.ts';

const SOON_MS = 50;
const QUIET_MS = 3_000;
/** Of what is not settled, and of what is. */
const UNSETTLED_MS = 300_000;
const SETTLED_MS = 900_000;
const FIRST_ADDRESS_MS = 5_000;
/** Somebody else's machine may have gone while this was being decided: then nobody tells any more. */
const IN_THE_WAY_MS = 20_000;

/** Milliseconds from now. */
export function comeBackAfter(pass: Pass, plan: Plan, pending: Pending | undefined): number {
  return Math.min(comeBackFor(pass, plan, pending), untilThaw(pass));
}

/** When what is frozen is to be thawed; a guest that does not run is thawed when it does. */
function untilThaw({ scene, status: { freeze }, services }: Pass): number {
  const { machine } = scene.world;
  const runs = machine.kind === 'Present' && machine.machine.power === 'Running' && machine.machine.runId === freeze?.runId;
  return freeze === undefined || !runs ? Number.POSITIVE_INFINITY : Math.max(Date.parse(freeze.until) - services.clock.now(), QUIET_MS);
}

function comeBackFor(pass: Pass, plan: Plan, pending: Pending | undefined): number {
  const { services, memory, scene } = pass;
  const now = services.clock.now();
  const until = (at: number): number => Math.max(at - now, SOON_MS);
  if (pending !== undefined) return pending.retryAt === undefined ? spread(pass, UNSETTLED_MS) : until(pending.retryAt);
  switch (plan.kind) {
    case 'Wait':
      if (plan.after !== undefined) return until(plan.after);
      return plan.quiet === true ? QUIET_MS : spread(pass, UNSETTLED_MS);
    case 'Settled':
      return Math.min(
        settledFor(pass, now),
        until(memory.of(scene.world.identity.uid).lookAt ?? Number.POSITIVE_INFINITY),
        until(withdrawnUntil(pass)),
        until(confirmedAt(pass)),
        until(plan.until ?? Number.POSITIVE_INFINITY),
      );
    case 'Blocked':
      return isInTheWay(plan.reason) ? spread(pass, IN_THE_WAY_MS) : spread(pass, UNSETTLED_MS);
    case 'Steps':
      return spread(pass, UNSETTLED_MS);
  }
}

/** Soon while its addresses are to come: at 5 s, then after twice as long each time. */
function settledFor(pass: Pass, now: number): number {
  const startedAt = addressesAwaitedSince(pass, now);
  return startedAt === undefined ? spread(pass, SETTLED_MS) : Math.max(FIRST_ADDRESS_MS, now - startedAt);
}

/** When the record of a stop that was withdrawn is to go. */
const withdrawnUntil = ({ status: { task } }: Pass): number =>
  task?.deadline === undefined ? Number.POSITIVE_INFINITY : mayHeedUntil(Date.parse(task.deadline));

/** When a resize confirms itself. */
const confirmedAt = ({ scene: { world } }: Pass): number =>
  (world.record.resize && confirmsAt(world.record.resize, world.desired.resize)) ?? Number.POSITIVE_INFINITY;

/** Not all at once. */
const spread = ({ services }: Pass, ms: number): number => ms * (0.5 + services.random() / 2);
