/** Content that somebody else produces: counted, and not waited for beyond the verb's time. */
import { DeadlineError } from 'node-libvirt';
import type { Left } from '../time.ts';

/** Longer ones fire at once. */
const LONGEST_TIMER_MS = 0x7fff_ffff;

export class Watched implements AsyncIterable<Uint8Array> {
  readonly #content: AsyncIterable<Uint8Array>;
  readonly #left: Left;
  /** Passed on so far. */
  bytes = 0;

  constructor(content: AsyncIterable<Uint8Array>, left: Left) {
    this.#content = content;
    this.#left = left;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    const chunks = this.#content[Symbol.asyncIterator]();
    let over = false;
    try {
      for (;;) {
        const next = await this.#inTime(chunks.next());
        over = next.done === true;
        if (next.done === true) return;
        this.bytes += next.value.length;
        yield next.value;
      }
    } finally {
      // The producer may hang for ever: it is told, and not waited for.
      if (!over) void chunks.return?.().catch(() => {});
    }
  }

  #inTime<T>(work: Promise<T>): Promise<T> {
    const { signal, timeoutMs } = this.#left();
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => reject(new DeadlineError('the content did not come in time')), Math.min(timeoutMs, LONGEST_TIMER_MS));
      const abort = (): void => reject(signal.reason as Error);
      signal.addEventListener('abort', abort, { once: true });
      const stop = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
      };
      work.then(resolve, reject).finally(stop);
    });
  }
}
