/**
 * One transfer of one image into one pool of one host: waits for a slot, fetches, verifies, imports.
 *
 * Nothing is kept of a transfer that is killed: the next operator finds no marked base and begins anew.
 */
import type { Image, ImageSource } from '../../../crds/image.ts';
import type { BaseImage, Call, Driver } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { Host } from '../../hypervisors/host.ts';
import type { Clock, Timer } from '../../kernel/clock.ts';
import { linkSignals, sleep } from '../../kernel/timers.ts';
import { type FetchPolicy, VerifiedContent } from '../content.ts';
import type { DownloadProgress } from '../download/download.ts';

export interface TransferPolicy extends FetchPolicy {
  /** All of a transfer, however well it goes. */
  readonly timeoutMs: number;
  /** Longest time in which the host takes no byte, and for which it may go on after the last one. */
  readonly hostStallMs: number;
}

export interface TransferOrder {
  readonly host: Host;
  readonly pool: string;
  readonly image: Image;
  readonly source: ImageSource;
  readonly key: string;
}

const SLOT_PAUSE_MS = 1_000;

export class Transfer {
  readonly order: TransferOrder;
  readonly #policy: TransferPolicy;
  readonly #clock: Clock;
  readonly #onProgress: () => void;
  #content: VerifiedContent | undefined;

  constructor(order: TransferOrder, policy: TransferPolicy, clock: Clock, onProgress: () => void) {
    this.order = order;
    this.#policy = policy;
    this.#clock = clock;
    this.#onProgress = onProgress;
  }

  /** Undefined while it waits for a slot. */
  get progress(): DownloadProgress | undefined {
    return this.#content?.progress;
  }

  /** Resolves with the base; rejects with a `DriverError`. */
  async run(signal: AbortSignal): Promise<BaseImage> {
    for (;;) {
      try {
        return await this.order.host.act('Transfer', this.#policy.timeoutMs, signal, (driver, call) => this.#import(driver, call));
      } catch (error) {
        if (!(error instanceof DriverError) || error.reason !== 'SlotsBusy') throw error;
        await sleep(this.#clock, SLOT_PAUSE_MS, signal);
      }
    }
  }

  async #import(driver: Driver, call: Call): Promise<BaseImage> {
    const { pool, key, source } = this.order;
    using link = linkSignals(call.signal);
    const content = new VerifiedContent(source, this.#policy, this.#clock, link.signal, this.#onProgress);
    const patience = new Patience(this.#clock, this.#policy.hostStallMs, () => link.abort(this.#stalled()));
    this.#content = content;
    try {
      await content.open();
      const { totalBytes } = content.progress;
      const spec = {
        pool,
        key,
        format: source.format,
        ...(totalBytes !== undefined && { sizeBytes: totalBytes }),
        verified: () => content.verified(),
      };
      patience.begin();
      return await driver.importBase(spec, watched(content, patience), { signal: link.signal, timeoutMs: call.timeoutMs });
    } catch (error) {
      throw link.signal.aborted && link.signal.reason instanceof DriverError ? link.signal.reason : error;
    } finally {
      patience.end();
      this.#content = undefined;
      await content.close();
    }
  }

  #stalled(): DriverError {
    const { host, key } = this.order;
    const message = `Host ${host.name} took nothing of base image ${key} for ${Math.round(this.#policy.hostStallMs / 1000)} s`;
    return new DriverError('Unknown', message, { reason: 'TransferStalled' });
  }
}

/** The content; the host's turn is timed, the source's is not (the download times that itself). */
async function* watched(content: AsyncIterable<Uint8Array>, patience: Patience): AsyncGenerator<Uint8Array, void, undefined> {
  patience.end();
  for await (const chunk of content) {
    patience.begin();
    yield chunk;
    patience.end();
  }
  patience.begin();
}

/** A time-out that is begun and ended again and again. */
class Patience {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #onExhausted: () => void;
  #timer: Timer | undefined;

  constructor(clock: Clock, limitMs: number, onExhausted: () => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#onExhausted = onExhausted;
  }

  begin(): void {
    this.end();
    this.#timer = this.#clock.after(this.#limitMs, this.#onExhausted);
  }

  end(): void {
    this.#timer?.cancel();
  }
}
