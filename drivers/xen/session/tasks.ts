/**
 * Long calls, as tasks of the server: begun, watched by its events, and destroyed when they ended. When nobody waits any more
 * (abort, deadline) the server is asked to cancel it. One that the server forgot, as at its restart, has ended somehow: whoever
 * asked for it looks at the object.
 */
import { isXapi, XapiFailure } from '../errors.ts';
import type { ArgumentsOf, ClassName, MethodName, Ref } from '../model/model.ts';
import { ownTime, pause, type Left } from '../time.ts';
import type { Kept } from './objects.ts';
import type { Pool } from './pool.ts';

/** Of a task that nobody knows the end of. */
export class TaskVanished extends Error {
  override readonly name = 'TaskVanished';
}

/** Gives the task's result: empty, or a value in the server's XML. */
export async function run<M extends MethodName>(pool: Pool, method: M, args: ArgumentsOf<M>, left: Left): Promise<string> {
  const task = await pool.rpc.begin(method, args, left);
  return follow(pool, task, left);
}

/** As `run`, of a call that makes an object: gives its reference. */
export async function runToRef<M extends MethodName>(pool: Pool, method: M, args: ArgumentsOf<M>, left: Left): Promise<Ref> {
  return refIn(await run(pool, method, args, left));
}

/** Removing an object that storage takes its time for. */
export async function runDestroy(pool: Pool, name: ClassName, ref: Ref, left: Left): Promise<void> {
  await follow(pool, await pool.rpc.beginDestroy(name, ref, left), left);
}

/** Waits for a task that may have been begun by somebody else: by ourselves, before a restart. */
export async function follow(pool: Pool, task: Ref, left: Left): Promise<string> {
  let looks = 0;
  try {
    await pool.sync(left);
    for (let seen = pool.objects.get('task', task); ; seen = pool.objects.get('task', task)) {
      if (seen === undefined) throw new TaskVanished(`the server does not know of task ${task} any more`);
      if (hasEnded(seen)) {
        forget(pool, task);
        return resultOf(seen);
      }
      await (looks < QUICK_LOOKS ? lookAgain(pool, looks, left) : pool.nextChange(left));
      looks += 1;
    }
  } catch (error) {
    if (!isXapi(error) && !(error instanceof TaskVanished)) giveUp(pool, task);
    throw error;
  }
}

/** Most tasks end at once: these are not waited for in batches of events. */
const QUICK_LOOKS = 4;
const FIRST_LOOK_MS = 5;

async function lookAgain(pool: Pool, looks: number, left: Left): Promise<void> {
  await pause(FIRST_LOOK_MS * 2 ** looks, left);
  await pool.sync(left);
}

const hasEnded = ({ status }: Kept<'task'>): boolean => status !== 'pending' && status !== 'cancelling';

function resultOf({ status, result, error_info: [code = 'INTERNAL_ERROR', ...params] }: Kept<'task'>): string {
  if (status === 'success') return result;
  throw status === 'cancelled' ? new XapiFailure('TASK_CANCELLED', []) : new XapiFailure(code, params);
}

const TIDY_MS = 10_000;

/** A server keeps what is not destroyed for an hour. */
function forget(pool: Pool, task: Ref): void {
  pool.rpc.destroy('task', task, ownTime(TIDY_MS)).catch(() => undefined);
}

/** Not every task can be cancelled; the server destroys it by itself once it ended. */
function giveUp(pool: Pool, task: Ref): void {
  if (!pool.connected) return;
  const left = ownTime(TIDY_MS);
  pool.rpc
    .call('task.cancel', { task }, left)
    .then(() => follow(pool, task, left))
    .catch(() => undefined);
}

/** `<value>OpaqueRef:...</value>`, or the reference alone. */
export const refIn = (result: string): Ref => /OpaqueRef:[0-9a-zA-Z-]+/.exec(result)?.[0] ?? '';
