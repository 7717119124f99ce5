/** For what becomes true in its own time: repeats the assertion until it holds, and lets it fail for good after five seconds. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

const LIMIT_MS = 5000;

export async function eventually(assertion: () => void): Promise<void> {
  const end = performance.now() + LIMIT_MS;
  for (;;) {
    try {
      return assertion();
    } catch (error) {
      if (performance.now() > end) throw error;
      await sleep(2);
    }
  }
}
