/**
 * Brings images to hosts in the background, once for each pool, however many Instances wait for them, and however many
 * hosts reach the pool: two that write the same file would each take the other's for a left-over.
 *
 * Nothing is fetched before somebody needs it, nor after nobody does: a transfer ends when its Image is gone or names
 * another source, and when it has not been asked for in a while. Transfers run outside the workers; they end with the
 * lease, and whoever holds it next begins them again when it is asked. Bounded by live transfers: failures and finds are
 * kept a while only.
 */
import type { Image, ImageSource } from '../../../crds/image.ts';
import type { BaseImage } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { Host } from '../../hypervisors/host.ts';
import type { BaseImages, BaseRequest, BaseState } from '../ports.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/log/logger.ts';
import { baseKey, type ContentSource, contentSource, fetchedKey, findSource, isFetched, sameSource, sourceFor } from '../source.ts';
import { awaitedUpload } from '../upload/upload.ts';
import { type Failure, Failures } from './failures.ts';
import { FairSlots } from './fair-slots.ts';
import { Interest } from './interest.ts';
import { Removals } from './removals.ts';
import { Transfer, type TransferOrder, type TransferPolicy } from './transfer.ts';

export interface TransferOutside {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** The turns of hosts, where others take them as well. */
  readonly turns?: FairSlots;
}

/** What is known of fetching an Image, for its own status. */
export type ImageVerdict =
  | { readonly kind: 'Verified'; readonly content: BaseImage }
  | { readonly kind: 'Failed'; readonly error: DriverError; readonly hypervisorName: string };

export interface ImageVersion {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
}

interface Running {
  readonly transfer: Transfer;
  readonly interest: Interest;
  /** Names of the hosts that wait for it. */
  readonly hosts: Set<string>;
}

/** One base in one pool. */
export type BasePlace = Pick<TransferOrder, 'host' | 'pool' | 'sharedId' | 'key'>;

type Wanted = Omit<TransferOrder, 'source'> & { readonly source: Pick<ImageSource, 'format' | 'checksum'> };
type ImageListener = Parameters<BaseImages['onChange']>[0];
type VerdictListener = (image: ImageVersion, verdict: ImageVerdict) => void;

const FIND_TIMEOUT_MS = 3_000;
/** A pool that is read as a whole takes its time. */
const LOOK_TIMEOUT_MS = 8_000;
const LOOK_AGAIN_MS = 60_000;
/** All disks of the pool are looked at first. */
const REMOVE_TIMEOUT_MS = 8_000;
/** A base that was found is taken to be there for so long: many Instances are made at once from one image. */
const FOUND_MS = 10_000;
/** Steps in which progress is told. */
const PROGRESS_PERCENT = 10;

export class BaseTransfers implements BaseImages {
  readonly #policy: TransferPolicy;
  readonly #outside: TransferOutside;
  readonly #slots: FairSlots;
  readonly #running = new Map<string, Running>();
  readonly #failures: Failures;
  readonly #removals: Removals;
  readonly #found = new Map<string, { readonly base: BaseImage; readonly until: number }>();
  readonly #listeners = new Set<ImageListener>();
  readonly #verdictListeners = new Set<VerdictListener>();
  readonly #stopping = new AbortController();
  readonly #ended = new Set<Promise<void>>();

  constructor(policy: TransferPolicy, outside: TransferOutside) {
    this.#policy = policy;
    this.#outside = outside;
    this.#slots = outside.turns ?? new FairSlots(policy.perHost);
    this.#failures = new Failures(outside.random);
    this.#removals = new Removals(outside.clock);
  }

  async ensure({ host, pool, sharedId, image, held = false }: BaseRequest, signal: AbortSignal): Promise<BaseState> {
    this.#stopping.signal.throwIfAborted();
    const source = sourceFor(image, host.driver.imageFormats);
    const content = contentSource(image, source);
    if (!isFetched(source)) {
      const key = baseKey(image, source);
      const isThere = key !== undefined || content !== undefined;
      if (!isThere || (!held && image.metadata.deletionTimestamp !== undefined))
        return withoutContent(image, this.#outside.clock.now() + LOOK_AGAIN_MS);
      const wanted = key === undefined ? undefined : { host, pool, sharedId, image, source, key };
      const base = wanted && (await this.#lying(wanted, content === undefined, signal));
      if (base !== undefined) return { kind: 'Ready', base };
    }
    if (content === undefined && isFetched(source)) return notBrought(image, this.#outside.clock.now() + LOOK_AGAIN_MS);
    if (content === undefined) return onlyElsewhere(image, host, pool, this.#outside.clock.now() + LOOK_AGAIN_MS);
    return this.#brought(
      { host, pool, sharedId, image, source: content, key: fetchedKey(image.metadata.uid, content.checksum.sha256) },
      signal,
    );
  }

  /** It is there, or on its way. */
  async #brought(order: TransferOrder, signal: AbortSignal): Promise<BaseState> {
    const { image } = order;
    const place = placeOf(order);
    const running = this.#running.get(fileOf(order));
    if (running !== undefined) return this.#join(running, order);
    if (this.#isBeingRemoved(order)) return beingRemoved(order);
    const base = this.#lately(place) ?? (await this.#find(order, signal));
    if (this.#isBeingRemoved(order)) return beingRemoved(order);
    if (base !== undefined) return { kind: 'Ready', base };
    const failure = this.#failures.get(place, versionOf(image));
    if (failure !== undefined && failure.retryAt > this.#outside.clock.now()) return failed(failure);
    // Somebody else may have begun it while this one looked.
    const meanwhile = this.#running.get(fileOf(order));
    return meanwhile === undefined ? inProgress(this.#begin(order)) : this.#join(meanwhile, order);
  }

  /**
   * Removes a base that nobody needs: whoever asks for it from this moment on waits, and has it fetched anew. False, and
   * nothing is done: it is being fetched. Rejects as `Host.act` and `Driver.deleteBase` do.
   */
  async remove(place: BasePlace, signal: AbortSignal): Promise<boolean> {
    const { host, pool, key } = place;
    if (this.#running.has(fileOf(place))) return false;
    for (const found of this.#found.keys()) if (found.endsWith(`/${key}`)) this.#found.delete(found);
    await this.#removals.run(fileOf(place), () =>
      host.act('Build', REMOVE_TIMEOUT_MS, signal, (driver, call) => driver.deleteBase(pool, key, call)),
    );
    return true;
  }

  /** The Image changed: what is fetched from a source that it does not name any more is fetched for nobody. */
  imageChanged(image: Image): void {
    for (const running of this.#of(image.metadata.uid)) {
      const source = findSource(image, running.transfer.order.host.driver.imageFormats);
      this.#keep(running, image, source && contentSource(image, source));
    }
  }

  imageDeleted(uid: string): void {
    for (const { transfer } of this.#of(uid)) transfer.cancel('The Image was deleted');
  }

  onChange(listener: ImageListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Called when a transfer showed what a source is worth. Returns the way to stop. */
  onVerdict(listener: VerdictListener): () => void {
    this.#verdictListeners.add(listener);
    return () => this.#verdictListeners.delete(listener);
  }

  /** Ends all transfers, and resolves when none runs any more. From now on none begins. */
  async stop(): Promise<void> {
    this.#stopping.abort(new DriverError('Unknown', 'The operator stops', { reason: 'Aborted' }));
    this.#removals.stop();
    await Promise.all(this.#ended);
  }

  /** For metrics and the debug dump. */
  running(): readonly { readonly hypervisor: string; readonly pool: string; readonly key: string; readonly percent: number | undefined }[] {
    return [...this.#running.values()].map(({ transfer }) => ({
      hypervisor: transfer.order.host.name,
      pool: transfer.order.pool,
      key: transfer.order.key,
      percent: percentOf(transfer),
    }));
  }

  /** Asks the host; what is there under our name must be what the Image asks for. */
  async #find(order: Wanted, signal: AbortSignal): Promise<BaseImage | undefined> {
    const { host, pool, key, source } = order;
    const base = await host.act('Read', FIND_TIMEOUT_MS, signal, (driver, call) => driver.findBase(pool, key, call));
    if (base === undefined) return undefined;
    if (base.sha256 !== source.checksum?.sha256 || base.format !== source.format) {
      throw new DriverError(
        'InvalidSpec',
        `Base image ${key} in pool ${pool} of ${host.name} is not what Image ${order.image.metadata.name} asks for: remove it there`,
        { reason: 'BaseMismatch' },
      );
    }
    this.#remember(placeOf(order), base);
    return base;
  }

  /** What was copied there. `thoroughly`: it is nowhere else, and a host that shares the pool may have to look first. */
  async #lying(wanted: Wanted, thoroughly: boolean, signal: AbortSignal): Promise<BaseImage | undefined> {
    const { host, pool, key } = wanted;
    const base = this.#lately(placeOf(wanted)) ?? (await this.#find(wanted, signal));
    if (base !== undefined || !thoroughly) return base;
    const query = { pools: [pool], namePrefix: key, expected: [key] };
    await host.act('Read', LOOK_TIMEOUT_MS, signal, (driver, call) => driver.listDisks(query, call));
    return this.#find(wanted, signal);
  }

  #isBeingRemoved(order: TransferOrder): boolean {
    return this.#removals.holds(fileOf(order), () => this.#tell(order.image, new Set([order.host.name])));
  }

  #join(running: Running, { host, image, source }: TransferOrder): BaseState {
    running.hosts.add(host.name);
    if (this.#keep(running, image, source)) running.interest.shown();
    return inProgress(running.transfer);
  }

  /** False: it brings something else than the Image asks for now, and ends. */
  #keep({ transfer }: Running, image: Image, source: ContentSource | undefined): boolean {
    const keeps = source !== undefined && sameSource(source, transfer.order.source);
    if (keeps) transfer.image = image;
    else transfer.cancel('The Image names another source now');
    return keeps;
  }

  #of(imageUid: string): readonly Running[] {
    return [...this.#running.values()].filter(({ transfer }) => transfer.image.metadata.uid === imageUid);
  }

  #begin(order: TransferOrder): Transfer {
    const { clock } = this.#outside;
    const hosts = new Set([order.host.name]);
    const tell = (): void => this.#tell(order.image, hosts);
    let told = 0;
    const slot = this.#slots.join(order.host.name, order.image.metadata.namespace, 'Image');
    const transfer: Transfer = new Transfer(order, slot, this.#policy, clock, () => {
      const percent = percentOf(transfer) ?? 0;
      // It may have begun anew.
      if (percent < told) told = 0;
      if (percent < told + PROGRESS_PERCENT) return;
      told = percent;
      tell();
    });
    const interest = new Interest(clock, this.#policy.unaskedMs, tell, () => transfer.cancel('Nobody asks for it any more'));
    this.#running.set(fileOf(order), { transfer, interest, hosts });
    const ended: Promise<void> = this.#run(transfer).finally(() => {
      tell();
      interest[Symbol.dispose]();
      this.#ended.delete(ended);
    });
    this.#ended.add(ended);
    return transfer;
  }

  async #run(transfer: Transfer): Promise<void> {
    const { order } = transfer;
    const place = placeOf(order);
    const { log } = this.#outside;
    const fields = {
      hypervisor: order.host.name,
      pool: order.pool,
      image: `${order.image.metadata.namespace}/${order.image.metadata.name}`,
      base: order.key,
    };
    log.info('image transfer begins', fields);
    try {
      const base = await transfer.run(this.#stopping.signal);
      this.#failures.delete(place);
      this.#remember(place, base);
      log.info('image transfer done', { ...fields, sizeBytes: base.sizeBytes });
      this.#judge(transfer.image, { kind: 'Verified', content: base });
    } catch (thrown) {
      this.#failed(place, transfer, labelled(thrown), fields);
    } finally {
      this.#running.delete(fileOf(order));
    }
  }

  #failed(place: string, { order, image }: Transfer, error: DriverError, fields: Readonly<Record<string, unknown>>): void {
    const { log, clock } = this.#outside;
    // Ended by us (lease lost, shutting down, not wanted any more): nothing is wrong with it.
    if (error.reason === 'Aborted' || error.reason === 'NotHolder') {
      log.info('image transfer stopped', { ...fields, why: error.message });
      return;
    }
    log.warn('image transfer failed', { ...fields, error });
    this.#failures.add(place, versionOf(image), error, clock.now());
    if (isSourceFault(error)) this.#judge(image, { kind: 'Failed', error, hypervisorName: order.host.name });
  }

  #lately(place: string): BaseImage | undefined {
    const found = this.#found.get(place);
    return found !== undefined && found.until > this.#outside.clock.monotonic() ? found.base : undefined;
  }

  #remember(place: string, base: BaseImage): void {
    const now = this.#outside.clock.monotonic();
    for (const [each, { until }] of this.#found) if (until <= now) this.#found.delete(each);
    this.#found.set(place, { base, until: now + FOUND_MS });
  }

  #tell({ metadata }: Image, hosts: ReadonlySet<string>): void {
    const { namespace, name } = metadata;
    for (const host of hosts) for (const listener of this.#listeners) listener({ namespace, name }, host);
  }

  #judge({ metadata }: Image, verdict: ImageVerdict): void {
    const { namespace, name, uid, generation } = metadata;
    for (const listener of this.#verdictListeners) listener({ namespace, name, uid, generation }, verdict);
  }
}

function withoutContent({ metadata }: Image, retryAt: number): BaseState {
  const why = metadata.deletionTimestamp === undefined ? 'has no content: it is made by its InstanceSnapshot' : 'is being deleted';
  return { kind: 'Failed', label: 'NotFound', reason: 'ContentMissing', message: `Image ${metadata.name} ${why}`, retryAt };
}

function notBrought({ metadata, status }: Image, retryAt: number): BaseState {
  const { message = '' } = awaitedUpload(status?.upload) ?? {};
  return { kind: 'Failed', label: 'NotFound', reason: 'UploadAwaited', message: `Image ${metadata.name} ${message}`, retryAt };
}

function onlyElsewhere({ metadata }: Image, host: Host, pool: string, retryAt: number): BaseState {
  const message = `The content of Image ${metadata.name} is not in pool ${pool} of ${host.name}: it lies only where status.locations of the Image says, and in no ImageStore`;
  return { kind: 'Failed', label: 'NotFound', reason: 'ImageOnlyOnHost', message, retryAt };
}

const beingRemoved = ({ host, pool, image }: TransferOrder): BaseState => ({
  kind: 'InProgress',
  percent: undefined,
  message: `Image ${image.metadata.name} is just being removed from pool ${pool} of ${host.name}, and is fetched anew then`,
});

const placeOf = ({ host, pool, key }: BasePlace): string => `${host.name}/${pool}/${key}`;

/** What two transfers may not write at once. */
const fileOf = (order: BasePlace): string => (order.sharedId === undefined ? placeOf(order) : `shared ${order.sharedId}/${order.key}`);

const versionOf = ({ metadata }: Image): string => `${metadata.uid}/${metadata.generation}`;

function percentOf({ progress }: Transfer): number | undefined {
  if (progress?.totalBytes === undefined || progress.totalBytes === 0) return undefined;
  return Math.floor((progress.receivedBytes / progress.totalBytes) * 100);
}

function inProgress(transfer: Transfer): BaseState {
  const { image, host, pool } = transfer.order;
  const message =
    transfer.progress === undefined
      ? `Image ${image.metadata.name} waits for other transfers to ${host.name}`
      : `Image ${image.metadata.name} is being fetched to pool ${pool} of ${host.name}`;
  return { kind: 'InProgress', percent: percentOf(transfer), message };
}

function failed({ error, retryAt }: Failure): BaseState {
  return { kind: 'Failed', label: error.label, reason: error.reason, message: error.message, retryAt };
}

/** Faults of the image or its source carry a reason of their own; the others are the host's. */
function isSourceFault({ label, reason }: DriverError): boolean {
  return label === 'InvalidSpec' || reason.startsWith('Source');
}

function labelled(error: unknown): DriverError {
  return error instanceof DriverError
    ? error
    : new DriverError('Transient', error instanceof Error ? error.message : String(error), { cause: error });
}
