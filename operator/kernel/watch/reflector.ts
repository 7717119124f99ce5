/**
 * Keeps a cache equal to what the API server has: lists in pages, then watches from there, for as long as it runs.
 *
 * - A watch that ends or breaks is taken up again where it stopped; nothing is lost, nothing is told twice.
 * - When that is too long ago (410), the list is read again and what differs is told, real deletions too.
 * - A watch without any sign of life (bookmarks come about every minute) is given up: some networks cut without a word.
 * - A server whose history has gone back (restored from a backup) is noticed, and listed afresh.
 */
import type { ApiClient, WatchEvent } from '../api/client.ts';
import { ApiError, isExpired } from '../api/errors.ts';
import type { KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resource.ts';
import type { Clock, Timer } from '../clock.ts';
import type { Logger } from '../log/logger.ts';
import { backoffMs } from '../queue/backoff.ts';
import { linkSignals, sleep } from '../timers.ts';
import { listAll } from './list-all.ts';
import type { ObjectCache } from './object-cache.ts';
import { compareVersions } from './version.ts';

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: ApiClient;
  readonly resource: Resource<T>;
  readonly cache: ObjectCache<T>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  readonly query?: { readonly namespace?: string; readonly labelSelector?: string; readonly fieldSelector?: string };
  readonly pageSize?: number;
  /** Absent: 2 min; the server sends a bookmark about every minute. */
  readonly inactivityMs?: number;
}

const BACKOFF = { initialMs: 200, maxMs: 30_000 };
/** A watch that lasted this long was a good one: the next failure starts from the shortest pause. */
const GOOD_WATCH_MS = 10_000;
const DEFAULT_INACTIVITY_MS = 120_000;
/** The server ends a watch by itself after 5 to 10 minutes; spread, so that not all come back at once. */
const WATCH_SECONDS = 300;

const LOOK_TIMEOUT_MS = 5_000;

/** Why a watch ended, and so what comes next: the same again, or a fresh list. */
type WatchEnd = { readonly kind: 'Ended' | 'Relist'; readonly reason: string } | { readonly kind: 'Failed'; readonly error: unknown };

export class Reflector<T extends KubeObject> {
  private readonly options: ReflectorOptions<T>;
  private readonly inactivityMs: number;
  private failures = 0;
  /** Up to where the watch has come. */
  private version = '';

  constructor(options: ReflectorOptions<T>) {
    this.options = options;
    this.inactivityMs = options.inactivityMs ?? DEFAULT_INACTIVITY_MS;
  }

  /** Runs until the signal aborts; then resolves. Failures are logged and outlived. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (await this.listed(signal)) await this.watchOn(signal);
    }
  }

  private async listed(signal: AbortSignal): Promise<boolean> {
    const { cache } = this.options;
    try {
      cache.beginList();
      const { items, resourceVersion } = await listAll(this.options, signal);
      cache.replace(items, resourceVersion);
      this.version = resourceVersion;
      this.failures = 0;
      return true;
    } catch (error) {
      if (!signal.aborted) await this.pause('List failed', error, signal);
      return false;
    }
  }

  /** Returns when a list is needed, or on abort. */
  private async watchOn(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.options;
    while (!signal.aborted) {
      const startedAt = clock.monotonic();
      const startedFrom = this.version;
      const end = await this.watchOnce(signal);
      if (signal.aborted) return;
      if (end.kind === 'Relist') {
        log.info('Lists again', { reason: end.reason });
        return;
      }
      // A busy server ends watches that it cannot serve fast enough: the sooner it goes on, the less there is to catch up with.
      const wasGood = clock.monotonic() - startedAt >= GOOD_WATCH_MS || (end.kind === 'Ended' && this.version !== startedFrom);
      if (wasGood) this.failures = 0;
      else if (end.kind === 'Ended') await this.pause('Watch ended at once', undefined, signal);
      if (end.kind === 'Failed') {
        await this.pause('Watch broke', end.error, signal);
        if (await this.hasGoneBack(signal)) return;
      }
    }
  }

  private async watchOnce(signal: AbortSignal): Promise<WatchEnd> {
    const { client, resource, cache, query, random } = this.options;
    using link = linkSignals(signal);
    let relist: string | undefined;
    const onEvent = (event: WatchEvent<T>): void => {
      if (relist !== undefined) return;
      if (this.takeIn(event)) return;
      relist = 'the server went back in its history';
      link.abort(new Error(relist));
    };
    using watchdog = this.startWatchdog(() => link.abort(new Error(`no sign of life for ${this.inactivityMs} ms`)));
    const timeoutSeconds = Math.round(WATCH_SECONDS * (1 + random()));
    try {
      const call = { signal: link.signal, isKnown: (version: string) => cache.hasWritten(version) };
      await client.watch(resource, { ...query, resourceVersion: this.version, timeoutSeconds }, call, onEvent, watchdog.alive);
      return { kind: 'Ended', reason: 'by the server' };
    } catch (error) {
      if (relist !== undefined) return { kind: 'Relist', reason: relist };
      if (isExpired(error)) return { kind: 'Relist', reason: 'the watch was left behind' };
      if (isFuture(error)) return { kind: 'Relist', reason: 'the server is behind us' };
      return { kind: 'Failed', error };
    }
  }

  /** False when the event is older than what came before it: a watch never goes back. */
  private takeIn(event: WatchEvent<T>): boolean {
    const { cache } = this.options;
    const version = event.kind === 'Bookmark' ? event.resourceVersion : event.object.metadata.resourceVersion;
    if ((compareVersions(version, this.version) ?? 1) < 0) return false;
    this.version = version;
    switch (event.kind) {
      case 'Added':
      case 'Modified':
        cache.observe(event.object);
        return true;
      case 'Deleted':
        cache.remove(event.object);
        return true;
      case 'Bookmark':
        cache.bookmark(version);
        return true;
    }
  }

  /** A server restored from a backup would let us wait for a version that is long in coming: one item of a list tells. */
  private async hasGoneBack(signal: AbortSignal): Promise<boolean> {
    const { client, resource, query, log } = this.options;
    try {
      const { resourceVersion } = await client.list(resource, { ...query, limit: 1 }, { signal, timeoutMs: LOOK_TIMEOUT_MS });
      const back = (compareVersions(resourceVersion, this.version) ?? 0) < 0;
      if (back) log.warn('The server is older than it was: lists again', { resourceVersion, seen: this.version });
      return back;
    } catch {
      return false; // The next watch fails too, and is asked about again.
    }
  }

  /** One timer however many events come: each only notes the time. */
  private startWatchdog(onSilence: () => void): { readonly alive: () => void } & Disposable {
    const { clock } = this.options;
    let heardAt = clock.monotonic();
    let timer: Timer;
    const check = (): void => {
      const left = heardAt + this.inactivityMs - clock.monotonic();
      if (left <= 0) onSilence();
      else timer = clock.after(Math.ceil(left), check);
    };
    timer = clock.after(this.inactivityMs, check);
    return { alive: () => void (heardAt = clock.monotonic()), [Symbol.dispose]: () => timer.cancel() };
  }

  private async pause(message: string, error: unknown, signal: AbortSignal): Promise<void> {
    const { clock, log, random } = this.options;
    this.failures += 1;
    const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    const pauseMs = Math.max(backoffMs(BACKOFF, this.failures, random), asked);
    log.warn(message, { error, pauseMs: Math.round(pauseMs) });
    await sleep(clock, pauseMs, signal).catch(() => undefined);
  }
}

/** The server has not come to that version yet, and perhaps never will. */
function isFuture(error: unknown): boolean {
  return error instanceof ApiError && (error.status?.details?.causes?.some(({ reason }) => reason === 'ResourceVersionTooLarge') ?? false);
}
