/**
 * The turn of a snapshot, or of a volume that is to move, on its host: wanted as soon as the copy could be begun, and waited
 * for beside everything else. What is decided while it waits is decided as if nobody had asked for a copy.
 */
import type { Observing } from './observe.ts';
import type { Pass } from './pass.ts';
import type { Captures, TurnRequest } from './ports.ts';
import type { AskedAction, SnapshotAction, SwapVolumeAction } from './plan/actions/types.ts';
import type { Decision } from './plan/plan.ts';
import { swapKey } from './volumes/swap.ts';

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

/** One that was begun is gone on with: what the host has done of it is in the disk of the other Volume. */
export function swapTurnOf({ captures }: Observing['services'], { action }: Observing['status'], uid: string): SwapVolumeAction['turn'] {
  const isBegun = action?.uid === uid && action.phase === 'Running';
  return isBegun || captures.hasTurn(swapKey(uid)) ? 'Come' : 'Awaited';
}

/** At the end of a pass. In how many milliseconds to come back for it; infinity: it is told, or nothing waits. */
export function queueBeside(pass: Pass, { inTurn }: Decision): number {
  const { action, identity, now } = pass.scene.world;
  const { host } = pass.scene;
  if (inTurn === undefined || action === undefined || host === undefined) return Number.POSITIVE_INFINITY;
  // A pause after a failure, or something else that ends by itself.
  if (inTurn.kind === 'Wait') return inTurn.after === undefined ? Number.POSITIVE_INFINITY : Math.max(inTurn.after - now, SOON_MS);
  const isDue = inTurn.kind === 'Steps' && (inTurn.operation === 'Snapshot' || inTurn.steps.includes('begin-action'));
  if (isDue) queue(pass.services.captures, action, { host, subject: identity });
  return Number.POSITIVE_INFINITY;
}

function queue(captures: Captures, action: AskedAction, whose: Omit<TurnRequest, 'key'>): void {
  if (action.action === 'Snapshot') captures.queue({ ...whose, key: action.location.volume });
  if (action.action === 'SwapVolume') captures.queueSwap({ ...whose, key: swapKey(action.uid) });
}
