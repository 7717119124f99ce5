/**
 * An image's bytes from a web server, in order, once each, however often the connection breaks.
 *
 * Bounded in every direction: size, redirects, time without a byte, time in all for what comes, and broken connections in a
 * row that brought little.
 * A download goes on where it broke only when the server proves that the file is still the same (strong ETag or
 * Last-Modified, by If-Range); otherwise it fails, and the caller starts anew.
 */
import type { IncomingMessage } from 'node:http';
import { DriverError } from '../../../drivers/labels.ts';
import type { Clock } from '../../kernel/clock.ts';
import { sleep } from '../../kernel/timers.ts';
import { Pace, Reconnects, Watchdog } from './patience.ts';
import { publicUrl, request, type RequestPolicy } from './request.ts';

export interface DownloadPolicy extends RequestPolicy {
  readonly maxSizeBytes: number;
  /** Longest silence: until the answer begins, and between two pieces of it. */
  readonly stallMs: number;
  /** What must come in each minute of waiting for the source: a trickle would hold a slot of the host for ever. */
  readonly minBytesPerMinute: number;
  /** What a connection must bring at least, else it has failed when it breaks. */
  readonly minBytesPerConnection: number;
  /** Connections in a row that failed, after which no other is tried. */
  readonly maxFailuresInARow: number;
  /** Before a connection is made again; doubles with each that failed. */
  readonly reconnectPauseMs: number;
}

export interface DownloadProgress {
  readonly receivedBytes: number;
  /** Absent when the server does not say. */
  readonly totalBytes?: number;
}

/** Where a download stands, and what proves that the file is still the one it began with. */
interface Position {
  receivedBytes: number;
  totalBytes: number | undefined;
  validator: string | undefined;
}

/**
 * Rejects with a `DriverError`: `Transient` where trying again may help (`SourceUnreachable`, `SourceRefused`,
 * `SourceChanged`, `SourceTooSlow`), `InvalidSpec` where it cannot (`AddressDenied`, `ImageTooLarge`, ...), `Unknown`/`Aborted` on abort.
 */
export async function* download(
  url: URL,
  policy: DownloadPolicy,
  clock: Clock,
  signal: AbortSignal,
  onProgress: (progress: DownloadProgress) => void,
  headers: Readonly<Record<string, string>> = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const position: Position = { receivedBytes: 0, totalBytes: undefined, validator: undefined };
  const pace = new Pace(url, clock, policy.minBytesPerMinute);
  const reconnects = new Reconnects(policy.reconnectPauseMs, policy.maxFailuresInARow, policy.minBytesPerConnection);
  for (let pauseMs = 0; ;) {
    const before = position.receivedBytes;
    try {
      if (pauseMs > 0) await pace.timed(sleep(clock, pauseMs, signal));
      pace.check();
      yield* receive(url, headers, position, policy, pace, clock, signal, onProgress);
      return;
    } catch (error) {
      if (signal.aborted)
        throw new DriverError('Unknown', `The download of ${publicUrl(url)} was stopped`, { reason: 'Aborted', cause: error });
      if (error instanceof DriverError) throw error;
      const pause = reconnects.broke(position.receivedBytes - before);
      const resumable = position.receivedBytes > 0 && position.validator !== undefined;
      if (!resumable || pause === undefined) throw unreachable(url, error);
      pauseMs = pause;
    }
  }
}

/** One connection's worth of bytes, from where the download stands to the end of the file. */
async function* receive(
  url: URL,
  headers: Readonly<Record<string, string>>,
  position: Position,
  policy: DownloadPolicy,
  pace: Pace,
  clock: Clock,
  signal: AbortSignal,
  onProgress: (progress: DownloadProgress) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  using watchdog = new Watchdog(url, clock, policy.stallMs, signal);
  const response = await pace.timed(watchdog.guard(request(url, { ...headers, ...rangeHeaders(position) }, policy, watchdog.signal)));
  try {
    accept(url, response, position, policy);
    const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    for (;;) {
      // Only waiting for the source is timed: a slow reader (the host) is not the source's fault.
      const next = await pace.timed(watchdog.guard(chunks.next()));
      if (next.done === true) break;
      pace.check(next.value.length);
      position.receivedBytes += next.value.length;
      if (position.totalBytes !== undefined && position.receivedBytes > position.totalBytes) throw changed(url);
      onProgress(progressOf(position));
      yield next.value;
    }
    if (position.totalBytes !== undefined && position.receivedBytes < position.totalBytes)
      throw new Error('the connection was closed before the end');
  } finally {
    response.destroy();
  }
}

function rangeHeaders({ receivedBytes, validator }: Position): Record<string, string> {
  return receivedBytes === 0 || validator === undefined ? {} : { range: `bytes=${receivedBytes}-`, 'if-range': validator };
}

/** Judges the head of an answer; a first one tells size and validator, a later one must go on where the first broke. */
function accept(url: URL, response: IncomingMessage, position: Position, policy: DownloadPolicy): void {
  const status = response.statusCode ?? 0;
  if (status !== 200 && status !== 206) {
    const message = `${publicUrl(url)} answers ${status} ${response.statusMessage ?? ''}`.trim();
    throw new DriverError('Transient', message, {
      reason: status >= 500 || status === 429 || status === 408 ? 'SourceUnreachable' : 'SourceRefused',
    });
  }
  const encoding = response.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new DriverError('InvalidSpec', `${publicUrl(url)} is sent with content-encoding ${encoding}, though it was asked for as it is`, {
      reason: 'SourceRefused',
    });
  }
  if (position.receivedBytes === 0 && status === 200) begin(url, response, position, policy);
  else resume(url, response, position);
}

function begin(url: URL, response: IncomingMessage, position: Position, policy: DownloadPolicy): void {
  const length = response.headers['content-length'];
  position.totalBytes = length === undefined ? undefined : Number(length);
  const { etag } = response.headers;
  position.validator = etag !== undefined && !etag.startsWith('W/') ? etag : response.headers['last-modified'];
  if (position.totalBytes !== undefined && position.totalBytes > policy.maxSizeBytes) {
    throw new DriverError(
      'InvalidSpec',
      `${publicUrl(url)} has ${position.totalBytes} bytes; at most ${policy.maxSizeBytes} are accepted`,
      { reason: 'ImageTooLarge' },
    );
  }
}

function resume(url: URL, response: IncomingMessage, position: Position): void {
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers['content-range'] ?? '');
  const goesOn =
    response.statusCode === 206 &&
    range !== null &&
    Number(range[1]) === position.receivedBytes &&
    (position.totalBytes === undefined || range[2] === '*' || Number(range[2]) === position.totalBytes);
  if (!goesOn) throw changed(url);
}

function progressOf({ receivedBytes, totalBytes }: Position): DownloadProgress {
  return totalBytes === undefined ? { receivedBytes } : { receivedBytes, totalBytes };
}

function changed(url: URL): DriverError {
  const message = `${publicUrl(url)} changed, or cannot go on where the connection broke: it is fetched anew`;
  return new DriverError('Transient', message, { reason: 'SourceChanged' });
}

function unreachable(url: URL, cause: unknown): DriverError {
  const why = cause instanceof Error ? describe(cause) : String(cause);
  return new DriverError('Transient', `${publicUrl(url)} cannot be fetched: ${why}`, { reason: 'SourceUnreachable', cause });
}

/** A connection tried at several addresses fails with one error each, and an empty message of its own. */
function describe(error: Error): string {
  if (error instanceof AggregateError && error.message === '')
    return error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join(', ');
  return error.message;
}
