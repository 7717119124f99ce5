/** What came of something that an Instance is asked to do once (InstanceAction, InstanceSnapshot), and how its status tells it. Pure. */
import type { ActionPhase } from '../../crds/vocabulary.ts';
import { type Condition, replaceConditions, timestamp } from '../kernel/status/conditions.ts';
import { type Readiness, readinessConditions } from '../reporting/readiness.ts';

export interface Outcome {
  readonly phase: ActionPhase;
  readonly reason: string;
  /** For people: what happened, or what to do. */
  readonly message: string;
  /** Set from the acceptance on. */
  readonly instanceUid?: string;
  /** When the Instance controller began it. */
  readonly startedAt?: string;
  /** Percent, where it is known. */
  readonly progress?: number;
}

/** What both kinds have in their status. */
interface Told {
  readonly conditions?: readonly Condition[];
  readonly startedAt?: string;
}

export function statusOfOutcome(outcome: Outcome, before: Told = {}, generation = 0, now: number) {
  const { phase, instanceUid, progress } = outcome;
  const startedAt = outcome.startedAt ?? before.startedAt;
  const isFinished = phase === 'Succeeded' || phase === 'Failed';
  return {
    observedGeneration: generation,
    conditions: replaceConditions(before.conditions ?? [], readinessConditions(readinessOf(outcome)), { now, generation }),
    phase,
    ...(instanceUid === undefined ? {} : { instanceUid }),
    ...(progress === undefined ? {} : { progress }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(isFinished ? { finishedAt: timestamp(now) } : {}),
  };
}

function readinessOf({ phase, reason, message }: Outcome): Readiness {
  switch (phase) {
    case 'Pending':
    case 'Running':
      return { kind: 'Waiting', reason, message };
    case 'Succeeded':
      return { kind: 'Settled', reason, message };
    case 'Failed':
      return { kind: 'Stuck', reason, message };
  }
}
