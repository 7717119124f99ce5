/**
 * Copies of disks on their way from hosts to stores, in the background: one for each place in a store, however often it is
 * asked for.
 *
 * A send runs outside the workers, within a slot for transfers of its host; it ends with the lease, and when nobody asks for
 * it any more. Nothing is kept of one that is killed: whoever asks next begins it anew, in place of what arrived.
 */
import { createHash } from 'node:crypto';
import type { StoredCopy, StorePlace } from '../../crds/image.ts';
import type { Call, Driver, Sink } from '../../drivers/contract.ts';
import { DriverError } from '../../drivers/labels.ts';
import type { Host } from '../hypervisors/host.ts';
import { BackgroundWork, wasEnded, type Outcome } from '../images/transfers/background-work.ts';
import type { FairSlots } from '../images/transfers/fair-slots.ts';
import { Failures } from '../images/transfers/failures.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/log/logger.ts';
import type { Stores } from './stores.ts';

export interface SendRequest {
  readonly host: Host;
  /** Name of the pool as the host knows it. */
  readonly pool: string;
  /** Key of the base there. */
  readonly volume: string;
  readonly place: StorePlace;
  /** Told when something came of it. */
  readonly snapshot: { readonly namespace: string; readonly name: string };
}

export type SendState =
  | { readonly kind: 'Done'; readonly copy: StoredCopy }
  | { readonly kind: 'InProgress'; readonly percent: number | undefined }
  /** It is tried again, not before `retryAt` (epoch milliseconds). */
  | { readonly kind: 'Failed'; readonly error: DriverError; readonly retryAt: number };

export interface SendsOutside {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** Of the hosts, for all that keeps them busy for long. */
  readonly turns: FairSlots;
}

type Listener = (snapshot: SendRequest['snapshot']) => void;

/** For how long what was sent is kept, for who asks again before it is written down. */
const KEPT_MS = 120_000;

export class Sends {
  readonly #stores: Stores;
  readonly #clock: Clock;
  readonly #failures: Failures;
  readonly #work: BackgroundWork<StoredCopy>;
  readonly #done = new Map<string, { readonly copy: StoredCopy; readonly until: number }>();
  readonly #listeners = new Set<Listener>();

  constructor(stores: Stores, outside: SendsOutside) {
    this.#stores = stores;
    this.#clock = outside.clock;
    this.#failures = new Failures(outside.random);
    this.#work = new BackgroundWork('copy to a store', 'Send', outside);
  }

  /** What came of it; begins it where it is due. */
  ensure(request: SendRequest): SendState {
    const { host, place, snapshot } = request;
    const id = idOf(place);
    const done = this.#done.get(id);
    if (done !== undefined) return { kind: 'Done', copy: done.copy };
    // A store that was changed while it failed is tried at once.
    const version = this.#stores.version(place.imageStoreName);
    const failure = this.#failures.get(id, version);
    if (failure !== undefined && failure.retryAt > this.#clock.now())
      return { kind: 'Failed', error: failure.error, retryAt: failure.retryAt };
    const { percent } = this.#work.goOn({
      key: id,
      host,
      namespace: snapshot.namespace,
      about: { base: request.volume, store: place.imageStoreName },
      work: (driver, call, onProgress) => this.#send(request, driver, call, onProgress),
      take: (outcome) => this.#take(id, version, outcome),
      tell: () => {
        for (const listener of this.#listeners) listener(snapshot);
      },
    });
    return { kind: 'InProgress', percent };
  }

  /** Ends it, if it goes on, and resolves when it has ended. What came of it is forgotten. */
  async cancel(place: StorePlace): Promise<void> {
    const id = idOf(place);
    await this.#work.cancel(id);
    this.#done.delete(id);
    this.#failures.delete(id);
  }

  /** Called when one ended, or came a good deal further, or is to be asked for again. Returns the way to stop. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends all of them, and resolves when none runs any more. From now on none begins. */
  stop(): Promise<void> {
    return this.#work.stop();
  }

  /** For the debug dump. */
  running(): ReturnType<BackgroundWork<StoredCopy>['running']> {
    return this.#work.running();
  }

  #take(id: string, version: string, outcome: Outcome<StoredCopy>): void {
    if (outcome.kind === 'Failed') {
      if (!wasEnded(outcome.error)) this.#failures.add(id, version, outcome.error, this.#clock.now());
      return;
    }
    const now = this.#clock.monotonic();
    this.#failures.delete(id);
    for (const [each, { until }] of this.#done) if (until <= now) this.#done.delete(each);
    this.#done.set(id, { copy: outcome.result, until: now + KEPT_MS });
  }

  async #send(request: SendRequest, driver: Driver, call: Call, onProgress: (percent: number) => void): Promise<StoredCopy> {
    const { pool, volume, place } = request;
    const store = await this.#stores.open(place.imageStoreName, call.signal);
    const { sizeBytes } = (await driver.findBase(pool, volume, call)) ?? lost(request);
    const hash = createHash('sha256');
    let bytes = 0;
    const take = async (piece: Uint8Array, sink: Sink): Promise<void> => {
      hash.update(piece);
      await sink(piece);
      bytes += piece.length;
      onProgress(Math.floor((bytes / sizeBytes) * 100));
    };
    const body = (sink: Sink): Promise<unknown> => driver.exportBase(pool, volume, (piece) => take(piece, sink), call);
    await store.put(place.key, sizeBytes, body, call.signal);
    const arrived = await store.sizeOf(place.key, call.signal);
    if (arrived === sizeBytes) return { ...place, sha256: hash.digest('hex'), sizeBytes };
    const message = `ImageStore ${place.imageStoreName} has ${arrived ?? 'none'} of the ${sizeBytes} bytes of ${place.key} that it took`;
    throw new DriverError('Transient', message, { reason: 'StoreCopyDamaged' });
  }
}

const idOf = ({ imageStoreName, key }: StorePlace): string => `${imageStoreName}/${key}`;

function lost({ host, volume }: SendRequest): never {
  throw new DriverError('NotFound', `the copy ${volume} is not on Hypervisor ${host.name} any more`, { reason: 'ContentMissing' });
}
