/** Steps that write down how far an InstanceAction has come; the InstanceAction controller copies it from there. */
import type { ActionRecord, InstanceStatus, SwapRecord } from '../../../crds/instance.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { instant } from '../instant.ts';
import { writeStatus, type Pass } from '../pass.ts';
import { NEW_ROOT } from '../plan/actions/new-root.ts';
import type { ActionOutcome } from '../plan/types.ts';
import { changes, QUICK_MS, targetOf } from './host.ts';
import { newRebuild } from './rebuild.ts';
import { isNotNow } from './run.ts';
import { newSwap, swapped } from './swap-volume.ts';

/** Written before anything is done: from here on whoever comes next goes on with it. */
export async function beginAction(pass: Pass): Promise<undefined> {
  const { action } = pass.scene.world;
  if (action === undefined) throw new DriverError('Conflict', 'the action was withdrawn meanwhile', { reason: 'Withdrawn' });
  const { uid, name, action: what } = action;
  pass.status = withoutTask(pass.status, TAKES_OVER_POWER.has(what) ? undefined : what);
  const rebuild = NEW_ROOT.has(pass.plan.operation) ? { rebuild: await newRebuild(pass) } : {};
  const startedAt = pass.status.action?.uid === uid ? pass.status.action.startedAt : now(pass);
  const swap = newSwap(pass);
  const record = {
    uid,
    name,
    action: what,
    phase: 'Running',
    reason: 'Begun',
    message: '',
    startedAt,
    ...rebuild,
    ...(swap && { swap }),
  } as const;
  await pass.services.volumeClaims.during(swap === undefined ? [] : [swap.volumeUid], pass.instance, () => writeDown(pass, record));
  if (swap !== undefined) pass.memory.note(pass.scene.world.identity.uid, { untouched: { uid, term: pass.services.term() } });
  return undefined;
}

/** Written before anything else is done: what changes from here on is no reason to judge it again. */
export async function endAction(pass: Pass): Promise<undefined> {
  const { outcome } = pass.plan;
  if (outcome === undefined) throw new DriverError('Conflict', 'the plan names no outcome', { reason: 'Unplanned' });
  // A guest that heard a signal may heed it yet, though nobody asks for it any more.
  const heard = outcome.phase === 'Failed' && pass.status.task?.deadline !== undefined;
  if (!heard) pass.status = withoutTask(pass.status, outcome.action);
  const { swap } = pass.status.action ?? {};
  const hasRoot = swap !== undefined && swap.name === undefined && pass.status.rootVolume?.volumeUid === swap.volumeUid;
  const through = outcome.action === 'SwapVolume' && (outcome.phase === 'Succeeded' || hasRoot) ? swap : undefined;
  await writeDown(pass, recordOf(pass, outcome), through);
  return undefined;
}

/** Where the call was not even made, the action is not begun: it may be, later. */
export async function injectNmi(pass: Pass): Promise<undefined> {
  const before = pass.scene.status.action;
  try {
    await changes(pass, 'Power', QUICK_MS, (driver, call) => driver.injectNmi(targetOf(pass), call));
  } catch (error) {
    if (isNotNow(error)) await writeDown(pass, before);
    throw error;
  }
  return undefined;
}

/** Only this: what else the draft holds is told at the end of the pass. */
async function writeDown(pass: Pass, action: ActionRecord | undefined, through?: SwapRecord): Promise<void> {
  const before = pass.instance.status ?? {};
  const after = (status: InstanceStatus): InstanceStatus => withAction(through === undefined ? status : swapped(status, through), action);
  await writeStatus(pass, after(before));
  pass.status = after(pass.status);
}

function withAction(status: InstanceStatus, action: ActionRecord | undefined): InstanceStatus {
  const { action: _, ...rest } = status;
  return action === undefined ? rest : { ...rest, action };
}

/** The record of an outcome; of one that was refused the beginning is the end. */
function recordOf(pass: Pass, outcome: ActionOutcome): ActionRecord {
  const before = pass.status.action;
  const startedAt = before?.uid === outcome.uid ? before.startedAt : now(pass);
  // What a rebuild made stays known until it was tidied up after, though the next action is refused before that.
  const rebuild = before?.rebuild === undefined ? {} : { rebuild: before.rebuild };
  const { uid, name, action, phase, reason, message } = outcome;
  return {
    uid,
    name,
    action,
    phase,
    reason,
    message,
    ...(outcome.phase === 'Succeeded' ? pass.result : {}),
    startedAt,
    finishedAt: now(pass),
    ...rebuild,
  };
}

/** A stop or an earlier start that was under way is overtaken by them. */
const TAKES_OVER_POWER: ReadonlySet<ActionRecord['action']> = new Set(['Start', 'Reboot', 'Rebuild', 'Restore']);

/** The attempts of one action are not those of the next; `operation` undefined: of any. */
function withoutTask(status: InstanceStatus, operation: string | undefined): InstanceStatus {
  const { task, ...rest } = status;
  return task === undefined || (operation !== undefined && task.operation !== operation) ? status : rest;
}

const now = ({ services }: Pass): string => instant(services.clock.now());
