/**
 * Names are looked up by the system's resolver: it alone knows hosts files, search domains and what else the machine or the
 * cluster set up. It holds one of the few threads that files and cryptography need too, for as long as a name server
 * pleases, so only few names are looked up at the same time; the others wait their turn, until they are given up.
 */
import { lookup } from 'node:dns/promises';

/** All addresses of a name. Rejects when there is none; a signal ends the wait for a turn. */
export type Resolve = (hostname: string, signal: AbortSignal) => Promise<readonly string[]>;

/** Half of the threads that libuv has by default (UV_THREADPOOL_SIZE). */
const LOOKUPS_AT_ONCE = 2;

/** At most `limit` calls of `resolve` are under way at the same time, first come first served. */
export function boundedResolver(resolve: (hostname: string) => Promise<readonly string[]>, limit: number): Resolve {
  const waiting = new Set<() => void>();
  let underWay = 0;
  const turn = (signal: AbortSignal): Promise<void> =>
    new Promise((begin, giveUp) => {
      const onAbort = (): void => {
        waiting.delete(onTurn);
        giveUp(signal.reason as Error);
      };
      const onTurn = (): void => {
        waiting.delete(onTurn);
        signal.removeEventListener('abort', onAbort);
        underWay += 1;
        begin();
      };
      if (signal.aborted) onAbort();
      else if (underWay < limit) onTurn();
      else {
        waiting.add(onTurn);
        signal.addEventListener('abort', onAbort, { once: true });
      }
    });
  return async (hostname, signal) => {
    await turn(signal);
    try {
      return await resolve(hostname);
    } finally {
      underWay -= 1;
      const [next] = waiting;
      next?.();
    }
  };
}

export const resolveBySystem = boundedResolver(async (hostname) => {
  const found = await lookup(hostname, { all: true });
  return found.map(({ address }) => address);
}, LOOKUPS_AT_ONCE);
