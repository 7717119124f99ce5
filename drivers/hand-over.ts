/** Handing a piece of a content to its sink, for drivers. */
import type { Call } from './contract.ts';
import { DriverError } from './labels.ts';
import type { Sink } from './storage.ts';

/** Longer ones fire at once. */
const LONGEST_TIMER_MS = 0x7fff_ffff;

/** Resolves when the sink has it; one that hangs is waited for no longer than the call says. */
export function handOver(sink: Sink, piece: Uint8Array, { signal, timeoutMs }: Call): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (label: 'Unknown' | 'HostUnreachable', reason: string): void =>
      reject(new DriverError(label, 'The content was not taken in time', { reason, cause: signal.reason }));
    const onAbort = (): void => stop('Unknown', 'Aborted');
    const timer = setTimeout(() => stop('HostUnreachable', 'DeadlineExceeded'), Math.min(timeoutMs, LONGEST_TIMER_MS));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    void sink(piece)
      .then(resolve, reject)
      .finally(() => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      });
  });
}
