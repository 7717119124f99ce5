/**
 * One transfer of one image into one pool of one host: waits for its turn, fetches, verifies, imports.
 *
 * It begins anew when it had to give way to others. Nothing is kept of a transfer that is killed: the next operator finds no marked base and begins anew.
 */
import type { Image, StoredCopy } from '../../../crds/image.ts';
import type { BaseImage, Call, Driver } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { Host } from '../../hypervisors/host.ts';
import type { Clock, Timer } from '../../kernel/clock.ts';
import { linkSignals, sleep } from '../../kernel/timers.ts';
import type { Secrets } from '../../secrets.ts';
import { type FetchPolicy, VerifiedContent } from '../content.ts';
import type { Readable } from '../../stores/store.ts';
import type { ContentSource } from '../source.ts';
import { DOCKER_CONFIG } from '../oci/credentials.ts';
import type { DownloadProgress } from '../download/download.ts';
import type { Place } from './fair-slots.ts';

export interface TransferPolicy extends FetchPolicy {
  /** All of a transfer, however well it goes. */
  readonly timeoutMs: number;
  /** Longest time in which the host takes no byte, and for which it may go on after the last one. */
  readonly hostStallMs: number;
  /** For how long it goes on when nobody asks for it. */
  readonly unaskedMs: number;
  /** How many go on at one host at the same time. */
  readonly perHost: number;
  /** Whose the bases are. Absent: nobody's in particular. */
  readonly clusterId?: string;
  /** What registries ask for. Absent: there is none. */
  readonly secrets?: Secrets;
  /** How copies in ImageStores are read. Absent: there are none. */
  readonly readable?: (copy: StoredCopy, signal: AbortSignal) => Promise<Readable>;
}

export interface TransferOrder {
  readonly host: Host;
  readonly pool: string;
  /** Of a pool that several hosts reach. */
  readonly sharedId?: string | undefined;
  readonly image: Image;
  readonly source: ContentSource;
  readonly key: string;
}

const SLOT_PAUSE_MS = 1_000;

export class Transfer {
  readonly order: TransferOrder;
  /** The Image as it was last seen: its source is that of the order. */
  image: Image;
  readonly #place: Place;
  readonly #cancelled = new AbortController();
  readonly #policy: TransferPolicy;
  readonly #clock: Clock;
  readonly #onProgress: () => void;
  #content: VerifiedContent | undefined;

  constructor(order: TransferOrder, place: Place, policy: TransferPolicy, clock: Clock, onProgress: () => void) {
    this.order = order;
    this.image = order.image;
    this.#place = place;
    this.#policy = policy;
    this.#clock = clock;
    this.#onProgress = onProgress;
  }

  /** Undefined while it waits for its turn. */
  get progress(): DownloadProgress | undefined {
    return this.#content?.progress;
  }

  /** Ends it, soon: `run` rejects with reason `Aborted`. */
  cancel(why: string): void {
    this.#cancelled.abort(new DriverError('Unknown', why, { reason: 'Aborted' }));
  }

  /** Resolves with the base; rejects with a `DriverError`. Once. */
  async run(signal: AbortSignal): Promise<BaseImage> {
    using link = linkSignals(signal, this.#cancelled.signal);
    for (;;) {
      const turn = await this.#place.turn(link.signal);
      try {
        return await this.#act(link.signal, turn.signal);
      } catch (error) {
        const gaveWay = turn.signal.aborted && !link.signal.aborted;
        if (!gaveWay) throw error;
      } finally {
        turn.end();
      }
    }
  }

  /** The host's own slots may be taken for a while by a call that was given up and has not ended. */
  async #act(...signals: readonly AbortSignal[]): Promise<BaseImage> {
    const { host } = this.order;
    using link = linkSignals(...signals);
    for (;;) {
      try {
        return await host.act('Transfer', this.#policy.timeoutMs, link.signal, (driver, call) => this.#import(driver, call));
      } catch (error) {
        if (!(error instanceof DriverError) || error.reason !== 'SlotsBusy') throw error;
        await sleep(this.#clock, SLOT_PAUSE_MS, link.signal);
      }
    }
  }

  async #import(driver: Driver, call: Call): Promise<BaseImage> {
    const { pool, key, source } = this.order;
    using link = linkSignals(call.signal);
    const content = new VerifiedContent(source, {
      policy: this.#policy,
      clock: this.#clock,
      signal: link.signal,
      onProgress: this.#onProgress,
      dockerConfig: (name, signal) => this.#dockerConfig(name, signal),
      readable: (copy, signal) => this.#readable(copy, signal),
      architecture: source.oci === undefined ? undefined : this.order.host.facts()?.architecture,
    });
    const patience = new Patience(this.#clock, this.#policy.hostStallMs, () => link.abort(this.#stalled()));
    this.#content = content;
    try {
      await content.open();
      const { totalBytes } = content.progress;
      const spec = {
        pool,
        key,
        format: source.format,
        ...(this.#policy.clusterId !== undefined && { clusterId: this.#policy.clusterId }),
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

  async #dockerConfig(secretName: string, signal: AbortSignal): Promise<Uint8Array> {
    const { namespace } = this.order.image.metadata;
    const found = await this.#policy.secrets?.read(namespace, secretName, DOCKER_CONFIG, signal);
    if (found?.kind === 'Found') return found.value;
    throw new DriverError('Transient', `It waits until ${found?.message ?? `Secret ${secretName} can be read`}`, {
      reason: 'SourceSecretMissing',
    });
  }

  #readable(copy: StoredCopy, signal: AbortSignal): Promise<Readable> {
    const { readable } = this.#policy;
    if (readable !== undefined) return readable(copy, signal);
    return Promise.reject(new DriverError('Transient', 'There are no image stores here', { reason: 'ImageStoreNotFound' }));
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
