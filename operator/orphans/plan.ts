/**
 * What to do about one machine whose Instance does not exist any more. Pure: the same world gives the same answer.
 *
 * Nothing is done to one that somebody may still count on: that was adopted or abandoned, or of whose namespace and name
 * there is an Instance. The guest is asked to shut down for a minute before its power is cut.
 */
import type { OrphanPolicy } from '../../crds/vocabulary.ts';
import type { Power } from '../../drivers/contract.ts';

/** How long a guest may take to shut down. */
export const SHUTDOWN_MS = 60_000;
/** Between two signals, and before looking again at what cannot be touched just now. */
export const AGAIN_MS = 10_000;

export interface OrphanWorld {
  readonly now: number;
  readonly policy: OrphanPolicy;
  readonly afterMs: number;
  /** Under this policy, as status has it. Undefined: it is not written down yet. */
  readonly since: number | undefined;
  /** As the last observation has it. Undefined: it is not there, or carries another mark by now. */
  readonly machine: { readonly power: Power; readonly busy: boolean; readonly adopted: boolean } | undefined;
  readonly abandoned: boolean;
  /** There is an Instance of its namespace and name. */
  readonly named: boolean;
  readonly canSignal: boolean;
  /** When this process first sent it a signal. */
  readonly signalledAt: number | undefined;
}

export type OrphanStep = 'signal' | 'power-off' | 'remove';

export type OrphanPlan =
  { readonly kind: 'Leave' } | { readonly kind: 'Wait'; readonly dueAt: number } | { readonly kind: 'Step'; readonly step: OrphanStep };

const LEAVE: OrphanPlan = { kind: 'Leave' };

export function planOrphan(world: OrphanWorld): OrphanPlan {
  const { now, policy, since, machine, abandoned, named } = world;
  if (policy === 'Report' || since === undefined || machine === undefined) return LEAVE;
  if (machine.adopted || abandoned || named) return LEAVE;
  const dueAt = since + world.afterMs;
  if (dueAt > now) return { kind: 'Wait', dueAt };
  if (machine.busy) return { kind: 'Wait', dueAt: now + AGAIN_MS };
  switch (machine.power) {
    case 'Running':
      return step(world.canSignal && now < (world.signalledAt ?? now) + SHUTDOWN_MS ? 'signal' : 'power-off');
    case 'Paused':
      return step('power-off');
    case 'Stopped':
    case 'Suspended':
      return policy === 'Delete' ? step('remove') : LEAVE;
    case 'Unknown':
      return { kind: 'Wait', dueAt: now + AGAIN_MS };
  }
}

const step = (name: OrphanStep): OrphanPlan => ({ kind: 'Step', step: name });
