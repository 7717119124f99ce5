/** A store in memory: files by name, of which only lengths are kept; and what can go wrong with it. */
import { DriverError } from '../../../drivers/labels.ts';
import type { Sink } from '../../../drivers/contract.ts';
import type { Manager } from '../../kernel/manager/types.ts';
import { IMAGE_STORES } from '../../resources.ts';
import type { Readable, Store } from '../store.ts';
import { Stores } from '../stores.ts';

export class MemoryStore implements Store {
  readonly files = new Map<string, number>();
  /** What was asked of it: `put a`, `remove a`. */
  readonly calls: string[] = [];
  /** Throws, or never comes back: what the call leads to. Called before anything is done. */
  before: (call: string) => void | Promise<void> = () => undefined;

  /** As long as it is, nothing is answered but that it cannot be reached. */
  fallSilent(): void {
    this.before = () => {
      throw new DriverError('Transient', 'ImageStore vault cannot be reached', { reason: 'StoreUnreachable' });
    };
  }

  async put(key: string, sizeBytes: number, feed: (sink: Sink) => Promise<unknown>, signal: AbortSignal): Promise<void> {
    await this.#call(`put ${key}`, signal);
    let bytes = 0;
    await feed((piece) => {
      bytes += piece.length;
      return Promise.resolve();
    });
    if (bytes !== sizeBytes) throw new Error(`${bytes} of ${sizeBytes} bytes were put`);
    this.files.set(key, bytes);
  }

  sizeOf(key: string): Promise<number | undefined> {
    return Promise.resolve(this.files.get(key));
  }

  async remove(key: string, signal: AbortSignal): Promise<void> {
    await this.#call(`remove ${key}`, signal);
    this.files.delete(key);
  }

  readable(key: string): Readable {
    return { url: new URL(`http://192.0.2.9/${key}`), headers: {} };
  }

  async #call(call: string, signal: AbortSignal): Promise<void> {
    this.calls.push(call);
    const before = this.before(call);
    if (before !== undefined) await Promise.race([before, aborted(signal)]);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(new DriverError('Unknown', 'stopped', { reason: 'Aborted' }));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

/** The ImageStores of a manager, every one of which is that one. */
export const storesIn = (manager: Manager, store: MemoryStore): Stores =>
  new Stores(manager.client, manager.cache(IMAGE_STORES), 'hostler', manager.clock, () => store);
