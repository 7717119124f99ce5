/**
 * Copies of disks on their way from hosts to stores, in the background: one for each place in a store, however often it is
 * asked for.
 *
 * A send runs outside the workers, within a slot for transfers of its host; it ends with the lease, and when nobody asks for
 * it any more. Nothing is kept of one that is killed: whoever asks next begins it anew, in place of what arrived.
 */
import { createHash } from 'node:crypto';
import type { StoredCopy, StorePlace } from '../../crds/image.ts';
import type { Call, Driver } from '../../drivers/contract.ts';
import { DriverError } from '../../drivers/labels.ts';
import type { Host } from '../hypervisors/host.ts';
import { Failures } from '../images/transfers/failures.ts';
import { Interest } from '../images/transfers/interest.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/log/logger.ts';
import { linkSignals, sleep } from '../kernel/timers.ts';
import type { Store } from './store.ts';
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

type Listener = (snapshot: SendRequest['snapshot']) => void;

interface Running {
  readonly request: SendRequest;
  readonly cancelled: AbortController;
  readonly interest: Interest;
  readonly ended: Promise<void>;
  percent: number | undefined;
}

/** All of it, however well it goes. */
const TIMEOUT_MS = 6 * 3_600_000;
/** For how long it goes on when nobody asks for it, and what came of it is kept. */
const UNASKED_MS = 120_000;
const SLOT_PAUSE_MS = 1_000;
/** Steps in which progress is told. */
const PROGRESS_PERCENT = 10;

export class Sends {
  readonly #stores: Stores;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #failures: Failures;
  readonly #running = new Map<string, Running>();
  readonly #done = new Map<string, { readonly copy: StoredCopy; readonly until: number }>();
  readonly #listeners = new Set<Listener>();
  readonly #stopping = new AbortController();

  constructor(stores: Stores, clock: Clock, random: () => number, log: Logger) {
    this.#stores = stores;
    this.#clock = clock;
    this.#log = log;
    this.#failures = new Failures(random);
  }

  /** What came of it; begins it where it is due. */
  ensure(request: SendRequest): SendState {
    this.#stopping.signal.throwIfAborted();
    const id = idOf(request.place);
    const done = this.#done.get(id);
    if (done !== undefined) return { kind: 'Done', copy: done.copy };
    const running = this.#running.get(id);
    running?.interest.shown();
    const failure = this.#failures.get(id, this.#stores.version(request.place.imageStoreName));
    if (running === undefined && failure !== undefined && failure.retryAt > this.#clock.now())
      return { kind: 'Failed', error: failure.error, retryAt: failure.retryAt };
    return { kind: 'InProgress', percent: (running ?? this.#begin(id, request)).percent };
  }

  /** Ends it, if it goes on, and resolves when it has ended. What came of it is forgotten. */
  async cancel(place: StorePlace): Promise<void> {
    const running = this.#running.get(idOf(place));
    running?.cancelled.abort(new DriverError('Unknown', 'The copy is not wanted any more', { reason: 'Aborted' }));
    await running?.ended;
    this.#done.delete(idOf(place));
    this.#failures.delete(idOf(place));
  }

  /** Called when one ended, or came a good deal further, or is to be asked for again. Returns the way to stop. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends all of them, and resolves when none runs any more. From now on none begins. */
  async stop(): Promise<void> {
    this.#stopping.abort(new DriverError('Unknown', 'The operator stops', { reason: 'Aborted' }));
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  /** For the debug dump. */
  running(): readonly { readonly place: StorePlace; readonly hypervisor: string; readonly percent: number | undefined }[] {
    return [...this.#running.values()].map(({ request, percent }) => ({ place: request.place, hypervisor: request.host.name, percent }));
  }

  #begin(id: string, request: SendRequest): Running {
    const cancelled = new AbortController();
    const tell = (): void => this.#tell(request);
    const interest = new Interest(this.#clock, UNASKED_MS, tell, () => void this.cancel(request.place));
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const running: Running = { request, cancelled, interest, ended, percent: undefined };
    this.#running.set(id, running);
    void this.#run(id, running).then(() => {
      interest[Symbol.dispose]();
      this.#running.delete(id);
      resolve();
      tell();
    });
    return running;
  }

  async #run(id: string, running: Running): Promise<void> {
    const { request, cancelled } = running;
    const fields = { hypervisor: request.host.name, base: request.volume, store: request.place.imageStoreName };
    const version = this.#stores.version(request.place.imageStoreName);
    using link = linkSignals(this.#stopping.signal, cancelled.signal);
    this.#log.info('copy to a store begins', fields);
    try {
      const copy = await this.#inTurn(running, link.signal);
      this.#failures.delete(id);
      this.#keep(id, copy);
      this.#log.info('copy to a store done', { ...fields, sizeBytes: copy.sizeBytes });
    } catch (thrown) {
      const error = thrown instanceof DriverError ? thrown : new DriverError('Transient', String(thrown), { cause: thrown });
      // Ended by us (lease lost, shutting down, not wanted any more): nothing is wrong with it.
      if (error.reason === 'Aborted' || error.reason === 'NotHolder') return;
      this.#log.warn('copy to a store failed', { ...fields, error });
      this.#failures.add(id, version, error, this.#clock.now());
    }
  }

  /** The host's slots may be taken by other transfers for a while. */
  async #inTurn(running: Running, signal: AbortSignal): Promise<StoredCopy> {
    const { host, place } = running.request;
    for (;;) {
      try {
        const store = await this.#stores.open(place.imageStoreName, signal);
        return await host.act('Transfer', TIMEOUT_MS, signal, (driver, call) => this.#send(running, store, driver, call));
      } catch (error) {
        if (signal.aborted || !(error instanceof DriverError) || error.reason !== 'SlotsBusy') throw error;
        await sleep(this.#clock, SLOT_PAUSE_MS, signal);
      }
    }
  }

  async #send(running: Running, store: Store, driver: Driver, call: Call): Promise<StoredCopy> {
    const { pool, volume, place } = running.request;
    const { sizeBytes } = (await driver.findBase(pool, volume, call)) ?? lost(running.request);
    const hash = createHash('sha256');
    let bytes = 0;
    await store.put(
      place.key,
      sizeBytes,
      (sink) =>
        driver.exportBase(
          pool,
          volume,
          async (piece) => {
            hash.update(piece);
            await sink(piece);
            bytes += piece.length;
            this.#progress(running, Math.floor((bytes / sizeBytes) * 100));
          },
          call,
        ),
      call.signal,
    );
    const arrived = await store.sizeOf(place.key, call.signal);
    if (arrived === sizeBytes) return { ...place, sha256: hash.digest('hex'), sizeBytes };
    const message = `ImageStore ${place.imageStoreName} has ${arrived ?? 'none'} of the ${sizeBytes} bytes of ${place.key} that it took`;
    throw new DriverError('Transient', message, { reason: 'StoreCopyDamaged' });
  }

  #progress(running: Running, percent: number): void {
    if (percent < (running.percent ?? 0) + PROGRESS_PERCENT) return;
    running.percent = percent;
    this.#tell(running.request);
  }

  #keep(id: string, copy: StoredCopy): void {
    const now = this.#clock.monotonic();
    for (const [each, { until }] of this.#done) if (until <= now) this.#done.delete(each);
    this.#done.set(id, { copy, until: now + UNASKED_MS });
  }

  #tell({ snapshot }: SendRequest): void {
    for (const listener of this.#listeners) listener(snapshot);
  }
}

const idOf = ({ imageStoreName, key }: StorePlace): string => `${imageStoreName}/${key}`;

function lost({ host, volume }: SendRequest): never {
  throw new DriverError('NotFound', `the copy ${volume} is not on Hypervisor ${host.name} any more`, { reason: 'ContentMissing' });
}
