/**
 * One connection to a daemon: sends calls, matches replies by serial, hands out events and streams.
 *
 * It knows the wire, not libvirt's rules: opening (authentication, `connect_open`) is in open.ts, the choice among several
 * connections in client/lane.ts. Anything that is not the protocol closes it, since nothing behind it can be trusted.
 */
import { performance } from 'node:perf_hooks';
import type { Duplex } from 'node:stream';
import { ConnectionLostError, ProtocolError } from '../errors.ts';
import type { Procedure } from '../procedures/procedure.ts';
import { HEADER_BYTES, MESSAGE_TYPE, PROGRAM, readHeader, STATUS } from '../wire/frame.ts';
import type { Header } from '../wire/frame.ts';
import { FrameSplitter } from '../wire/splitter.ts';
import { XdrReader } from '../xdr/reader.ts';
import type { CallOptions } from './call-options.ts';
import { remaining, throwIfExpired, watchExpiry } from './call-options.ts';
import type { KeepAliveOptions } from './keepalive.ts';
import { KEEPALIVE_PROCEDURE, KeepAlive } from './keepalive.ts';
import { Outbox } from './outbox.ts';
import { PendingCalls } from './pending.ts';
import { RemoteStream } from './stream.ts';

const FRAME_HEADER_BYTES = 4 + HEADER_BYTES;
const nothing = (): void => {};
/** How long a closed connection waits for answers that nobody wants any more. */
const LONGEST_LINGER_MS = 1000;

/** Reads an event's payload and tells whoever listens. */
export type EventHandler = (reader: XdrReader) => void;

export class Connection {
  readonly #socket: Duplex;
  readonly #outbox: Outbox;
  readonly #pending = new PendingCalls();
  readonly #streams = new Map<number, RemoteStream>();
  readonly #eventHandlers = new Map<number, EventHandler>();
  readonly #closeListeners = new Set<(reason: Error) => void>();
  #keepAlive: KeepAlive | undefined;
  #serial = 0;
  #closed: Error | undefined;
  /** Serials of the calls that the daemon still works on, once the connection is closed by us. */
  #unanswered = new Set<number>();
  #lingering: NodeJS.Timeout | undefined;
  #onSlotFree = nothing;

  /** Takes over a connected byte stream. */
  constructor(socket: Duplex) {
    this.#socket = socket;
    this.#outbox = new Outbox(socket, () => {
      for (const stream of this.#streams.values()) stream.resumeWriting();
    });
    const splitter = new FrameSplitter((frame) => this.#receive(frame));
    socket.on('data', (chunk: Buffer) => {
      this.#keepAlive?.heard();
      try {
        if (this.#closed === undefined || this.#unanswered.size > 0) splitter.push(chunk);
      } catch (error) {
        this.#end(error instanceof Error ? error : new ProtocolError(String(error)));
      }
    });
    socket.on('error', (error) => this.#end(new ConnectionLostError(error.message, { cause: error })));
    socket.on('close', () => this.#end(new ConnectionLostError('The other side closed the connection')));
    socket.on('end', () => this.#end(new ConnectionLostError('The other side closed the connection')));
  }

  /** Why the connection ended; undefined while it is open. */
  get closed(): Error | undefined {
    return this.#closed;
  }

  /** How many of the daemon's slots are taken: open streams, and calls that were sent `ageMs` ago or earlier; counts calls up to `limit`. */
  slotsTaken(ageMs: number, limit: number): number {
    return this.#streams.size + this.#pending.countOlderThan(ageMs, limit);
  }

  /** Sets who is told when a slot may have become free. */
  onSlotFree(listener: () => void): void {
    this.#onSlotFree = listener;
  }

  /** Calls once when the connection has ended, in whatever way; at once if it has. */
  onClosed(listener: (reason: Error) => void): void {
    if (this.#closed === undefined) this.#closeListeners.add(listener);
    else listener(this.#closed);
  }

  call<A, R>(procedure: Procedure<A, R>, args: A, options: CallOptions = {}): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.#send(procedure, args, options, resolve, reject);
    });
  }

  /** As `call`; `onReply` runs before any message that follows the reply is looked at, an event for instance. */
  callThen<A, R, T>(procedure: Procedure<A, R>, args: A, options: CallOptions, onReply: (result: R) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#send(procedure, args, options, (result) => resolve(onReply(result)), reject);
    });
  }

  /**
   * Makes a call that opens a stream. The options' deadline and signal hold for the stream's whole life. A daemon under load
   * may send the first data before its reply, so the stream is there from the moment of the call.
   */
  openStream<A, R>(procedure: Procedure<A, R>, args: A, options: CallOptions = {}): Promise<RemoteStream> {
    const startedAt = performance.now();
    return new Promise<RemoteStream>((resolve, reject) => {
      const opened = (): void => {
        stream.opened(remaining(options, startedAt));
        resolve(stream);
      };
      const refused = (error: unknown): void => {
        this.#forgetStream(serial);
        reject(error);
      };
      const openedTooLate = (): void => {
        if (stream.closed) return;
        this.#streams.set(serial, stream);
        stream.abort();
      };
      const serial = this.#send(procedure, args, options, opened, refused, openedTooLate);
      const header = { program: procedure.program, procedure: procedure.number, type: MESSAGE_TYPE.STREAM, serial };
      const stream = new RemoteStream(procedure.name, {
        send: (status, pieces) => this.#outbox.sendRaw({ ...header, status }, pieces),
        pause: () => this.#socket.pause(),
        resume: () => this.#socket.resume(),
        closed: () => this.#forgetStream(serial),
      });
      this.#streams.set(serial, stream);
    });
  }

  /** Sets who gets the events of this message number. Messages without a handler are dropped. */
  handleEvent(messageNumber: number, handler: EventHandler): void {
    this.#eventHandlers.set(messageNumber, handler);
  }

  /** Starts own pings; the daemon must have said that it knows them. */
  startKeepAlive(options: KeepAliveOptions): void {
    this.#keepAlive = new KeepAlive(
      options,
      () => this.#sendKeepAlive(KEEPALIVE_PROCEDURE.PING),
      (ms) => this.#end(new ConnectionLostError(`Nothing heard for ${ms} ms`)),
    );
  }

  /**
   * Ends the connection; calls and streams that wait reject with `ConnectionLostError`, at once. The line itself is cut when
   * the daemon has answered them, or after a moment: libvirtd 9.0 may crash, with all its clients, when one that listens for
   * events goes away while its calls are being worked on (two of its threads then free the same list).
   */
  close(): void {
    if (this.#closed !== undefined) return;
    this.#unanswered = this.#pending.serials();
    if (this.#unanswered.size === 0) this.#hangUp();
    else this.#lingering = setTimeout(() => this.#hangUp(), LONGEST_LINGER_MS);
    this.#shutDown(new ConnectionLostError('The connection was closed'));
  }

  /** Writes the call; returns its serial. */
  #send<A, R>(
    procedure: Procedure<A, R>,
    args: A,
    options: CallOptions,
    resolve: (result: R) => void,
    reject: (error: unknown) => void,
    onLateResult = nothing,
  ): number {
    if (this.#closed !== undefined) throw new ConnectionLostError(`Not connected: ${this.#closed.message}`, { cause: this.#closed });
    throwIfExpired(options, procedure.name);
    const serial = this.#nextSerial();
    const header = { program: procedure.program, procedure: procedure.number, type: MESSAGE_TYPE.CALL, serial, status: STATUS.OK };
    this.#outbox.send(header, (writer) => procedure.args.write(writer, args));
    const call = {
      procedure,
      sentAt: performance.now(),
      resolve: resolve as (result: unknown) => void,
      reject,
      onLateResult,
      abandoned: false,
      stopWatching: nothing,
    };
    call.stopWatching = watchExpiry(options, procedure.name, (reason) => {
      call.abandoned = true;
      reject(reason);
    });
    this.#pending.add(serial, call);
    return serial;
  }

  #nextSerial(): number {
    this.#serial = this.#serial === 0xffff_ffff ? 1 : this.#serial + 1;
    return this.#serial;
  }

  #receive(frame: Buffer): void {
    const header = readHeader(frame);
    if (this.#closed !== undefined) return this.#receiveLate(header);
    const reader = new XdrReader(frame, FRAME_HEADER_BYTES);
    if (header.program === PROGRAM.KEEPALIVE) return this.#receiveKeepAlive(header);
    if (header.program !== PROGRAM.REMOTE && header.program !== PROGRAM.QEMU) {
      throw new ProtocolError(`Message of unknown program 0x${header.program.toString(16)}`);
    }
    switch (header.type) {
      case MESSAGE_TYPE.REPLY:
        this.#pending.settle(header, reader);
        return this.#onSlotFree();
      case MESSAGE_TYPE.EVENT:
        return this.#receiveEvent(header, reader);
      case MESSAGE_TYPE.STREAM:
        return this.#streamOf(header)?.receive(header.status, reader);
      case MESSAGE_TYPE.STREAM_HOLE:
        return this.#streamOf(header)?.receiveHole();
      default:
        throw new ProtocolError(`Message of type ${header.type}, which a client is never sent`);
    }
  }

  /** Undefined: a stream that we gave up may still deliver what was on its way. */
  #streamOf({ serial }: Header): RemoteStream | undefined {
    const stream = this.#streams.get(serial);
    if (stream === undefined && (serial === 0 || serial > this.#serial))
      throw new ProtocolError(`Stream with serial ${serial}, which no call has`);
    return stream;
  }

  /** Nobody waits for it any more, but the daemon is done with it. */
  #receiveLate({ type, serial }: Header): void {
    if (type === MESSAGE_TYPE.REPLY && this.#unanswered.delete(serial) && this.#unanswered.size === 0) this.#hangUp();
  }

  #receiveEvent(header: Header, reader: XdrReader): void {
    if (header.program === PROGRAM.REMOTE) this.#eventHandlers.get(header.procedure)?.(reader);
  }

  #receiveKeepAlive(header: Header): void {
    if (header.procedure === KEEPALIVE_PROCEDURE.PING) this.#sendKeepAlive(KEEPALIVE_PROCEDURE.PONG);
    else if (header.procedure !== KEEPALIVE_PROCEDURE.PONG) throw new ProtocolError(`Keep-alive message ${header.procedure}`);
  }

  #sendKeepAlive(procedure: number): void {
    this.#outbox.send({ program: PROGRAM.KEEPALIVE, procedure, type: MESSAGE_TYPE.EVENT, serial: 0, status: STATUS.OK }, nothing);
  }

  #forgetStream(serial: number): void {
    this.#streams.delete(serial);
    this.#onSlotFree();
  }

  /** At once, and for whatever reason. */
  #end(reason: Error): void {
    this.#hangUp();
    this.#shutDown(reason);
  }

  #hangUp(): void {
    clearTimeout(this.#lingering);
    this.#unanswered = new Set();
    this.#socket.destroy();
  }

  #shutDown(reason: Error): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    this.#keepAlive?.stop();
    this.#pending.rejectAll(reason);
    for (const stream of this.#streams.values()) {
      stream.fail(new ConnectionLostError(`Connection lost during ${stream.name}: ${reason.message}`, { cause: reason }));
    }
    this.#streams.clear();
    for (const listener of this.#closeListeners) listener(reason);
    this.#closeListeners.clear();
  }
}
