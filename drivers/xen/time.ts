/** The time of one verb, shared by all the calls it is made of. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Call } from '../contract.ts';

/** The verb's signal, and what is left of its time. */
export type Left = () => Call;

/** The verb's time is over; the work on the host may go on. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
  constructor() {
    super('no answer in time');
  }
}

export function timeOf({ signal, timeoutMs }: Call): Left {
  const endsAt = performance.now() + timeoutMs;
  return () => ({ signal, timeoutMs: Math.max(0, Math.ceil(endsAt - performance.now())) });
}

/** For cleaning up after a verb that has no time left, or was aborted. */
export function ownTime(timeoutMs: number): Left {
  return timeOf({ signal: new AbortController().signal, timeoutMs });
}

/** What is left, and no more than so much. */
export function atMost(ms: number, left: Left): Left {
  const own = ownTime(ms);
  return () => ({ signal: left().signal, timeoutMs: Math.min(left().timeoutMs, own().timeoutMs) });
}

/** Waits, but not beyond the verb's time; rejects when it is aborted. */
export async function pause(ms: number, left: Left): Promise<void> {
  const { signal, timeoutMs } = left();
  await sleep(Math.min(ms, timeoutMs), undefined, { signal });
}

export const isOver = (left: Left): boolean => left().timeoutMs === 0;

/** Longer ones fire at once. */
const LONGEST_TIMER_MS = 0x7fff_ffff;

/** The work's outcome, unless the verb's time ends before, or it is aborted: that stops the waiting, not the work. */
export function within<T>(work: Promise<T>, left: Left): Promise<T> {
  const { signal, timeoutMs } = left();
  return new Promise((resolve, reject) => {
    const onAbort = (): void => settle(() => reject(signal.reason as Error));
    const timer = setTimeout(() => settle(() => reject(new DeadlineError())), Math.min(timeoutMs, LONGEST_TIMER_MS));
    const settle = (how: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      how();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error)),
    );
    if (signal.aborted) onAbort();
  });
}
