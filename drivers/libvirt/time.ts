/** The time of one verb, shared by all the calls it is made of; and small helpers for doing many calls. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallOptions } from 'node-libvirt';
import type { Call } from '../contract.ts';

/** Options for the verb's next call: its signal, and what is left of its time. */
export type Left = () => { readonly signal: AbortSignal; readonly timeoutMs: number };

export function timeOf({ signal, timeoutMs }: Call): Left {
  const endsAt = performance.now() + timeoutMs;
  return () => ({ signal, timeoutMs: Math.max(0, Math.ceil(endsAt - performance.now())) });
}

/** For cleaning up after a verb that has no time left, or was aborted. */
export function ownTime(timeoutMs: number): Left {
  return timeOf({ signal: new AbortController().signal, timeoutMs });
}

/** Waits, but not beyond the verb's time; rejects when it is aborted. */
export async function pause(ms: number, left: Left): Promise<void> {
  const { signal, timeoutMs } = left();
  await sleep(Math.min(ms, timeoutMs), undefined, { signal });
}

export const isOver = (left: Left): boolean => left().timeoutMs === 0;

/** All of `items`, so many at a time, in order. The first failure rejects at once. */
export async function eachOf<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}

/** So many at a time, the rest in turn; a turn that the caller's time does not last for is given up. */
export class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  async take<T>(left: Left, work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await this.#turn(left());
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }

  #turn({ signal, timeoutMs = 0 }: CallOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      const until = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])]);
      const start = (): void => {
        until.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(start), 1);
        reject(until.reason as Error);
      };
      until.addEventListener('abort', giveUp, { once: true });
      this.#waiting.push(start);
    });
  }
}
