/** Small waits on an injected clock: sleeping, and signals that abort by deadline. */
import type { Clock, Timer } from './clock.ts';

/** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      timer.cancel();
      reject(signal.reason as Error);
    };
    const timer = clock.after(ms, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** Whether `work` has ended, well or not, within `ms`. It goes on in any case. */
export async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: Timer | undefined;
  const late = new Promise<boolean>((resolve) => (timer = clock.after(ms, () => resolve(false))));
  const ended = work.then(
    () => true,
    () => true,
  );
  const result = await Promise.race([ended, late]);
  timer?.cancel();
  return result;
}

export function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** A signal that follows others, can be aborted by itself, and lets go of the others when disposed. */
export interface LinkedSignal extends Disposable {
  readonly signal: AbortSignal;
  abort(reason: Error): void;
}

/**
 * Aborts when any of `parents` does. Unlike `AbortSignal.any` it leaves nothing behind on a long-lived parent once
 * disposed, so one per reconcile or request costs no memory.
 */
export function linkSignals(...parents: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const controller = new AbortController();
  const listeners: { readonly parent: AbortSignal; readonly onAbort: () => void }[] = [];
  for (const parent of parents) {
    if (parent === undefined) continue;
    if (parent.aborted) {
      controller.abort(parent.reason);
      break;
    }
    const onAbort = (): void => controller.abort(parent.reason);
    parent.addEventListener('abort', onAbort, { once: true });
    listeners.push({ parent, onAbort });
  }
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    [Symbol.dispose]: () => {
      for (const { parent, onAbort } of listeners) parent.removeEventListener('abort', onAbort);
    },
  };
}
