/**
 * The turn of a snapshot on its host: wanted as soon as the copy could be begun, and waited for beside everything else. What is
 * decided while it waits is decided as if nobody had asked for a copy.
 */
import type { Observing } from './observe.ts';
import type { Pass } from './pass.ts';
import type { SnapshotAction } from './plan/actions/types.ts';
import type { Decision } from './plan/plan.ts';

const SOON_MS = 50;

/** Whether it has come, by what this process knows. */
export function turnOf(
  { services, memory, instance, status }: Pick<Observing, 'services' | 'memory' | 'instance' | 'status'>,
  snapshotUid: string,
  copy: string,
): SnapshotAction['turn'] {
  if (services.captures.hasTurn(copy)) return 'Come';
  const isBegun = status.action?.uid === snapshotUid && status.action.phase === 'Running';
  return isBegun && memory.of(instance.metadata.uid).copy !== snapshotUid ? 'Left' : 'Awaited';
}

/** At the end of a pass. In how many milliseconds to come back for it; infinity: it is told, or nothing waits. */
export function queueBeside(pass: Pass, { inTurn }: Decision): number {
  const { action, identity, now } = pass.scene.world;
  const { host } = pass.scene;
  if (inTurn === undefined || action?.action !== 'Snapshot' || host === undefined) return Number.POSITIVE_INFINITY;
  // A pause after a failure, or something else that ends by itself.
  if (inTurn.kind === 'Wait') return inTurn.after === undefined ? Number.POSITIVE_INFINITY : Math.max(inTurn.after - now, SOON_MS);
  const isDue = inTurn.kind === 'Steps' && (inTurn.operation === 'Snapshot' || inTurn.steps.includes('begin-action'));
  if (isDue) pass.services.captures.queue({ key: action.location.volume, host, subject: identity });
  return Number.POSITIVE_INFINITY;
}
