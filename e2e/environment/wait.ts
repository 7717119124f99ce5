/**
 * Waiting for something to become true, with a limit and a sentence that says what was waited for.
 */
import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** Limit in milliseconds; default 30 s. Generous on purpose: it bounds a failure, it measures nothing. */
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
}

/** Thrown by what `waitFor` asks, when waiting longer cannot help. */
export class Hopeless extends Error {
  override readonly name = 'Hopeless';
}

/**
 * Asks again and again until the answer is neither undefined nor false, and returns it. An error of `ask` counts as "not
 * yet"; the last one is the cause of the time-out. `what` completes the sentence "waited in vain for ...".
 */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  options: WaitOptions = {},
): Promise<T> {
  const timeoutMs = options.timeoutMs ?? 30_000;
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  do {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      cause = undefined;
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      cause = error;
    }
    await sleep(options.intervalMs ?? 50);
  } while (performance.now() < deadline);
  throw new Error(`waited in vain for ${what} (${timeoutMs} ms)`, { cause });
}
