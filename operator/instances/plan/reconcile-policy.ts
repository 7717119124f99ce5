/** How much is done at all: everything, only making and deleting, only looking, or not even that. */
import { planCopyEnds } from './actions/protocol.ts';
import type { Plan, Steps, World } from './types.ts';
import { settled, wait } from './types.ts';

/** The one reason under which Ready is Unknown without anything under way. */
export const DISABLED = 'Disabled';

/** Once what was begun before is at an end, on a host that hears it. */
export function planDisabled(world: World): Plan | undefined {
  const { desired, host } = world;
  if (desired.reconcilePolicy !== 'Disabled') return undefined;
  const ends = host?.contact === 'Reachable' ? planCopyEnds(world, DISABLED, 'spec.reconcilePolicy is Disabled') : undefined;
  return ends ?? wait(DISABLED, 'spec.reconcilePolicy is no longer Disabled');
}

/** Made and booted once, a machine under EnsureExists is left alone, whatever becomes of it. */
export function planEnsureExists({ desired, machine }: World): Plan | undefined {
  if (desired.reconcilePolicy !== 'EnsureExists' || machine.kind !== 'Present') return undefined;
  const { runId, power } = machine.machine;
  const unstarted = runId === undefined && power === 'Stopped' && desired.powerState !== 'Stopped';
  return unstarted ? undefined : settled('LeftAlone', `the machine exists (${power}); spec.reconcilePolicy is EnsureExists`);
}

/** Operations that change no machine; a thaw ends what was begun when it was allowed. What a deletion may remove is its planner's to say. */
export const TELLS_OR_LETS_GO: ReadonlySet<Steps['operation']> = new Set(['Look', 'Follow', 'Delete', 'EndAction', 'ThawOverdue']);

/** Under WatchOnly and DryRun nothing that changes anything is done; what would be is said. */
export function gatePolicy(plan: Steps, { desired }: World): Plan | undefined {
  switch (desired.reconcilePolicy) {
    case 'Reconcile':
    case 'EnsureExists':
      return undefined;
    case 'WatchOnly':
    case 'DryRun':
    case 'Disabled':
      // Status that follows a machine changes nothing on a host. Letting go of a machine is not reconciling it: switching to
      // Retain or Abandon always works.
      if (TELLS_OR_LETS_GO.has(plan.operation)) return undefined;
      return {
        ...wait(desired.reconcilePolicy, `spec.reconcilePolicy allows it: ${plan.operation} (${plan.steps.join(', ')})`),
        withheld: plan,
      };
  }
}
