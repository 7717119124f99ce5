/**
 * One connection to one fake host: requests out, replies and events in. It never reconnects; when it is lost, every call
 * under way rejects with `HostUnreachable`, once and for all.
 */
import { connect, type Socket } from 'node:net';
import type { Call } from '../contract.ts';
import { DriverError } from '../labels.ts';
import type { FakeConfig } from './config.ts';
import { LineReader, LineWriter } from './lines.ts';
import { MAX_LINE_BYTES, PROTOCOL_VERSION, type Answer, type Ask, type SentEvent, type ServerMessage, type Verb } from './protocol.ts';

export interface ConnectionListener {
  event(event: SentEvent): void;
  /** Only of a connection that had been entered, and not when we closed it. */
  lost(error: DriverError): void;
}

/** What a time-out leaves behind: nothing was learnt, or something may have been done. */
export type Kind = 'Reading' | 'Changing';

interface Pending {
  readonly settle: (message: ServerMessage) => void;
  readonly reject: (error: DriverError) => void;
}

export class FakeConnection {
  readonly #host: string;
  readonly #listener: ConnectionListener;
  readonly #socket: Socket;
  readonly #reader = new LineReader(MAX_LINE_BYTES);
  readonly #writer: LineWriter;
  readonly #pending = new Map<number, Pending>();
  readonly #endListeners = new Set<(error: DriverError) => void>();
  #lastId = 0;
  #entered = false;
  #ended: DriverError | undefined;
  #goodbye = '';

  constructor({ socket, host }: FakeConfig, listener: ConnectionListener) {
    this.#host = host;
    this.#listener = listener;
    this.#socket = connect(socket);
    this.#writer = new LineWriter(this.#socket);
    this.#socket.on('data', (chunk) => this.#read(chunk));
    this.#socket.on('error', (error) => this.#end(error.message));
    this.#socket.on('close', () => this.#end('the connection was closed'));
  }

  /** Resolves when the host has let us in; must be called once, before anything is asked. */
  enter(call: Call): Promise<void> {
    const entered = this.#wait(ENTRY, 'connect', call, 'Reading');
    this.#writer.send({ hello: PROTOCOL_VERSION, host: this.#host });
    return entered as Promise<void>;
  }

  ask<V extends Verb>(verb: V, args: Ask<V>, call: Call, kind: Kind): Promise<Answer<V>> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answered = this.#wait(id, verb, call, kind) as Promise<Answer<V>>;
    if (this.#pending.has(id)) this.#writer.send({ id, verb, args });
    return answered;
  }

  /** Called when the connection ends, unless it has already; returns the way to forget it. */
  onEnd(listener: (error: DriverError) => void): () => void {
    this.#endListeners.add(listener);
    return () => this.#endListeners.delete(listener);
  }

  close(): void {
    this.#entered = false;
    this.#end('it was closed');
  }

  /** Settles with the reply of that id; with the end of the waiting if that comes first. Pending only when it was worth asking. */
  #wait(id: number, verb: string, { signal, timeoutMs }: Call, kind: Kind): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    if (signal.aborted) return Promise.reject(aborted(verb, signal));
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        this.#pending.delete(id);
      };
      const fail = (error: DriverError) => {
        stop();
        reject(error);
      };
      const onAbort = () => fail(aborted(verb, signal));
      const timer = setTimeout(() => fail(this.#timedOut(verb, timeoutMs, kind)), timeoutMs);
      signal.addEventListener('abort', onAbort);
      const settle = (message: ServerMessage) => {
        if ('error' in message) return fail(new DriverError(message.error.label, message.error.message, { reason: message.error.reason }));
        stop();
        resolve('ok' in message ? message.ok : undefined);
      };
      this.#pending.set(id, { settle, reject: fail });
    });
  }

  #read(chunk: Buffer): void {
    try {
      for (const line of this.#reader.push(chunk)) this.#take(JSON.parse(line) as ServerMessage);
    } catch (error) {
      this.#end(`it says what is not understood (${String(error)})`);
    }
  }

  #take(message: ServerMessage): void {
    if (this.#ended !== undefined) return;
    if ('id' in message) this.#pending.get(message.id)?.settle(message);
    else if ('event' in message) this.#listener.event(message.event);
    else if ('goodbye' in message) this.#goodbye = message.goodbye;
    else if ('welcome' in message) {
      this.#entered = true;
      this.#pending.get(ENTRY)?.settle(message);
    }
  }

  #end(why: string): void {
    if (this.#ended !== undefined) return;
    const message = `Host ${this.#host} is not reachable: ${this.#goodbye || why}`;
    const error = new DriverError('HostUnreachable', message);
    this.#ended = error;
    this.#socket.destroy();
    for (const { reject } of this.#pending.values()) reject(error);
    for (const listener of this.#endListeners) listener(error);
    if (this.#entered) this.#listener.lost(error);
  }

  #timedOut(verb: string, timeoutMs: number, kind: Kind): DriverError {
    const label = kind === 'Reading' ? 'HostUnreachable' : 'Unknown';
    return new DriverError(label, `Host ${this.#host} did not answer ${verb} within ${timeoutMs} ms`, { reason: 'DeadlineExceeded' });
  }
}

/** Stands for the id of the handshake; requests count from 1. */
const ENTRY = 0;

function aborted(verb: string, signal: AbortSignal): DriverError {
  return new DriverError('Unknown', `${verb} was aborted`, { reason: 'Aborted', cause: signal.reason });
}
