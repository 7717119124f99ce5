/** What is told of an InstanceSnapshot. Pure. */
import type { InstanceSnapshot, InstanceSnapshotStatus } from '../../crds/instance-snapshot.ts';
import { type Outcome, statusOfOutcome } from '../actions/outcome.ts';
import type { Removal } from '../images/content-removal.ts';
import { setCondition } from '../kernel/status/conditions.ts';

export function outcomeStatus({ metadata, status }: InstanceSnapshot, outcome: Outcome, now: number): InstanceSnapshotStatus {
  const { progress: _, ...before } = status ?? {};
  return { ...before, ...statusOfOutcome(outcome, before, metadata.generation, now) };
}

export function deletingStatus(
  { metadata: { generation }, status }: InstanceSnapshot,
  { reason, message }: Extract<Removal, { kind: 'Kept' }>,
  now: number,
): InstanceSnapshotStatus {
  const deleting = { type: 'Deleting', status: 'True', reason, message } as const;
  return { ...status, conditions: setCondition(status?.conditions ?? [], deleting, { now, generation }) };
}
