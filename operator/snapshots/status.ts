/** What is told of an InstanceSnapshot. Pure. */
import type { InstanceSnapshot, InstanceSnapshotStatus } from '../../crds/instance-snapshot.ts';
import type { Removal } from '../images/content-removal.ts';
import { replaceConditions, setCondition, timestamp } from '../kernel/status/conditions.ts';
import { type Readiness, readinessConditions } from '../reporting/readiness.ts';
import type { Outcome } from './plan.ts';

export function outcomeStatus(snapshot: InstanceSnapshot, outcome: Outcome, now: number): InstanceSnapshotStatus {
  const { progress: _, ...before } = snapshot.status ?? {};
  const { generation } = snapshot.metadata;
  const { phase, instanceUid, startedAt, progress } = outcome;
  const finished = phase === 'Succeeded' || phase === 'Failed';
  return {
    ...before,
    observedGeneration: generation,
    conditions: replaceConditions(before.conditions ?? [], readinessConditions(readinessOf(outcome)), { now, generation }),
    phase,
    ...(instanceUid === undefined ? {} : { instanceUid }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(progress === undefined ? {} : { progress }),
    ...(finished ? { finishedAt: timestamp(now) } : {}),
  };
}

export function deletingStatus(
  { metadata: { generation }, status }: InstanceSnapshot,
  { reason, message }: Extract<Removal, { kind: 'Kept' }>,
  now: number,
): InstanceSnapshotStatus {
  const deleting = { type: 'Deleting', status: 'True', reason, message } as const;
  return { ...status, conditions: setCondition(status?.conditions ?? [], deleting, { now, generation }) };
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
