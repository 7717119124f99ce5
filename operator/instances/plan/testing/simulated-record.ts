/** What the controller of the simulation writes into status beside what it observed: as report.ts and record.ts do. */
import { mayHeedUntil } from '../shutdown.ts';
import type { Desired, Plan, Recorded } from '../types.ts';
import { UNTOLD, type Faulty } from './simulated-faults.ts';

/** `made`: the machine is there, and is what the instance is. */
export function lifecycleOf(
  { lifecycle }: Recorded,
  desired: Desired,
  now: number,
  present: boolean,
  made: boolean,
): Recorded['lifecycle'] {
  if (lifecycle?.reclaimed === true) return lifecycle;
  const { offload: known } = lifecycle ?? {};
  const stands = known === 'Done' ? !made : desired.shelved !== undefined || !present;
  const offload = stands ? known : undefined;
  if (desired.softDeleted !== undefined)
    return { softDeletedAt: lifecycle?.softDeletedAt ?? now, reclaimed: false, shelvedAt: undefined, offload };
  if (desired.shelved !== undefined) return { softDeletedAt: undefined, reclaimed: false, shelvedAt: lifecycle?.shelvedAt ?? now, offload };
  return offload && { softDeletedAt: undefined, reclaimed: false, shelvedAt: undefined, offload };
}

/** As another attempt of the operation. */
export function withFailure(record: Recorded, { operation }: Faulty, at: number): Recorded {
  const { failure } = record;
  const attempts = (failure?.operation === operation ? failure.attempts : 0) + 1;
  return {
    ...record,
    failure: { operation, attempts, label: 'Transient', reason: 'Faulty', message: 'it failed', at, failedOn: [] },
  };
}

/** Failures are of the task in status: it goes when all is as asked, and when another operation begins. */
export function withoutOldFailure(record: Recorded, next: Plan): Recorded {
  const { failure } = record;
  const other = next.kind === 'Steps' && next.operation !== failure?.operation && !UNTOLD.has(next.operation);
  return failure !== undefined && (other || next.kind === 'Settled') ? { ...record, failure: undefined } : record;
}

/** Settled while a signal is out: nobody asks for the stop any more. */
export function withStopWithdrawn(record: Recorded, { shutdownTimeoutMs }: Desired, now: number): Recorded {
  const { shutdown } = record;
  if (shutdown === undefined) return record;
  const stands = now < mayHeedUntil(shutdown.startedAt + shutdownTimeoutMs);
  return { ...record, shutdown: stands ? { startedAt: shutdown.startedAt, signals: 0 } : undefined };
}
