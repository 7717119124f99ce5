/**
 * A stream of bytes beside the calls of a connection: what an upload, a download or a console is.
 *
 * Ours to the daemon: data, then an end that the daemon confirms. The daemon's to us: data, then an empty message, which we
 * confirm. An error may come at any time and ends both directions. When more comes than is consumed the whole connection is
 * not read any further, so a stream should have a connection to itself.
 */
import { LibvirtError, ProtocolError } from '../errors.ts';
import { readRemoteError } from '../types/error.ts';
import { STATUS, STREAM_CHUNK_BYTES } from '../wire/frame.ts';
import type { XdrReader } from '../xdr/reader.ts';
import type { CallOptions } from './call-options.ts';
import { watchExpiry } from './call-options.ts';

/** What a stream needs of its connection. */
export interface StreamPort {
  /** One message. False: the socket is full, `resumeWriting` will be called. */
  send(status: number, pieces: readonly Uint8Array[]): boolean;
  pause(): void;
  resume(): void;
  /** Nothing more will come: the connection forgets the stream. */
  closed(): void;
}

/** Unread bytes at which reading stops, and goes on when all are consumed. */
const HIGH_WATER_BYTES = 1024 * 1024;
/** What keeping a message takes besides its data: many small ones count as what they cost. */
const MESSAGE_BYTES = 256;
/** Reading cannot stop before the reply to the opening has come, so more than this before it is refused: far above what a loaded daemon gets out first. */
const EARLY_MAX_BYTES = 16 * HIGH_WATER_BYTES;

export class RemoteStream implements AsyncIterable<Uint8Array> {
  readonly name: string;
  readonly #port: StreamPort;
  #state: 'Open' | 'Ending' | 'Aborting' | 'Closed' = 'Open';
  #failure: Error | undefined;
  #received: Uint8Array[] = [];
  #receivedBytes = 0;
  #endReceived = false;
  #paused = false;
  #opened = false;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;
  #wakeEnder: (() => void) | undefined;
  #stopWatching = (): void => {};

  /** `name`: of the procedure that opened it. */
  constructor(name: string, port: StreamPort) {
    this.name = name;
    this.#port = port;
  }

  /** True when the daemon has let go of the stream too, so that the connection can be used for something else. */
  get closed(): boolean {
    return this.#state === 'Closed';
  }

  /** The daemon has agreed. From now on the stream fails when the deadline is over or the signal aborts. */
  opened(options: CallOptions): void {
    this.#opened = true;
    this.#pauseWhenFull();
    this.#stopWatching = watchExpiry(options, this.name, (reason) => this.abort(reason));
  }

  /** Sends bytes; resolves when more may be sent. Rejects with what ended the stream, the daemon's error for instance. */
  async write(data: Uint8Array): Promise<void> {
    for (let at = 0; at < data.length; at += STREAM_CHUNK_BYTES) await this.writeMessage([data.subarray(at, at + STREAM_CHUNK_BYTES)]);
  }

  /** As `write`, of what is sent as one message: at most `STREAM_CHUNK_BYTES` in all. */
  async writeMessage(pieces: readonly Uint8Array[]): Promise<void> {
    this.#throwIfOver();
    const more = this.#port.send(STATUS.CONTINUE, pieces);
    if (!more) await new Promise<void>((wake) => (this.#wakeWriter = wake));
    this.#throwIfOver();
  }

  /** Says that nothing more comes and waits until the daemon has taken everything. */
  async end(): Promise<void> {
    this.#throwIfOver();
    this.#state = 'Ending';
    this.#port.send(STATUS.OK, []);
    // Data that still arrives is not wanted any more, and must not keep the answer from being read.
    this.#discardReceived();
    await new Promise<void>((wake) => (this.#wakeEnder = wake));
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Gives up in both directions, at once; whoever waits on the stream rejects with `reason`. */
  abort(reason: unknown = new Error(`${this.name} was aborted`)): void {
    if (this.#state === 'Closed' || this.#state === 'Aborting') return;
    this.#state = 'Aborting';
    this.#port.send(STATUS.ERROR, []);
    this.#discardReceived();
    this.#fail(reason);
  }

  /** What the daemon sends, until its end. Leaving the loop early leaves the stream open: `abort` it. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    for (;;) {
      const chunk = this.#received.shift();
      if (chunk !== undefined) {
        this.#consumed(chunk);
        yield chunk;
      } else if (this.#failure !== undefined) {
        throw this.#failure;
      } else if (this.#endReceived || this.#state !== 'Open') {
        return;
      } else {
        await new Promise<void>((wake) => (this.#wakeReader = wake));
      }
    }
  }

  /** A message of this stream from the daemon. */
  receive(status: number, reader: XdrReader): void {
    switch (status) {
      case STATUS.CONTINUE:
        return this.#receiveData(reader.rest());
      case STATUS.OK:
        if (this.#state === 'Open') this.#failure = new ProtocolError(`The daemon confirmed an end of ${this.name} that nobody asked for`);
        return this.#close();
      case STATUS.ERROR: {
        const error = new LibvirtError(readRemoteError(reader), this.name);
        this.#failure ??= error;
        return this.#close();
      }
      default:
        throw new ProtocolError(`Stream message with status ${status}`);
    }
  }

  /** Holes come only to those who ask for a sparse stream, which nothing here does. */
  receiveHole(): void {
    throw new ProtocolError(`Hole in ${this.name}, which was not opened as a sparse stream`);
  }

  /** The socket takes data again. */
  resumeWriting(): void {
    const wake = this.#wakeWriter;
    this.#wakeWriter = undefined;
    wake?.();
  }

  /** The connection is gone. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#close();
  }

  #receiveData(data: Uint8Array): void {
    if (this.#state !== 'Open') return;
    if (data.length === 0) {
      this.#endReceived = true;
    } else {
      this.#received.push(data);
      this.#receivedBytes += keptBytes(data);
      if (this.#opened) this.#pauseWhenFull();
      else if (this.#receivedBytes > EARLY_MAX_BYTES)
        throw new ProtocolError(`More than ${EARLY_MAX_BYTES} bytes of ${this.name} came before its reply`);
    }
    this.#wakeReading();
  }

  /** Not before the stream is open: behind the data comes the reply that lets somebody consume it. */
  #pauseWhenFull(): void {
    if (this.#paused || this.#receivedBytes < HIGH_WATER_BYTES) return;
    this.#paused = true;
    this.#port.pause();
  }

  #consumed(data: Uint8Array): void {
    this.#receivedBytes -= keptBytes(data);
    if (this.#receivedBytes === 0) this.#resumeReading();
  }

  #discardReceived(): void {
    this.#received = [];
    this.#receivedBytes = 0;
    this.#resumeReading();
  }

  #resumeReading(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#port.resume();
  }

  #fail(reason: unknown): void {
    this.#failure ??= asError(reason);
    this.#stopWatching();
    this.#wakeAll();
  }

  #close(): void {
    if (this.#state === 'Closed') return;
    this.#state = 'Closed';
    this.#stopWatching();
    this.#resumeReading();
    this.#port.closed();
    this.#wakeAll();
  }

  #wakeAll(): void {
    this.#wakeReading();
    this.resumeWriting();
    this.#wakeEnder?.();
  }

  #wakeReading(): void {
    const wake = this.#wakeReader;
    this.#wakeReader = undefined;
    wake?.();
  }

  #throwIfOver(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#state !== 'Open') throw new Error(`${this.name} has ended`);
  }
}

const keptBytes = (data: Uint8Array): number => data.length + MESSAGE_BYTES;

/** A signal may be aborted with anything; those who wait are owed an error. */
function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason), { cause: reason });
}
