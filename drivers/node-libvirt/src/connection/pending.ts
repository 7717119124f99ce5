/**
 * The calls that were sent and not answered. A call whose caller has given up stays until its reply comes, because until then
 * it takes one of the daemon's slots for this connection.
 */
import { performance } from 'node:perf_hooks';
import { ConnectionLostError, LibvirtError, ProtocolError } from '../errors.ts';
import type { Procedure } from '../procedures/procedure.ts';
import { readRemoteError } from '../types/error.ts';
import type { Header } from '../wire/frame.ts';
import { MESSAGE_TYPE, STATUS } from '../wire/frame.ts';
import type { XdrReader } from '../xdr/reader.ts';

export interface PendingCall {
  readonly procedure: Procedure<unknown, unknown>;
  readonly sentAt: number;
  /** Called while the reply is being read, so before any message that follows it. */
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Undoes what a call has opened whose caller had given up. */
  readonly onLateResult: () => void;
  /** Ends the watch over deadline and signal. */
  stopWatching: () => void;
  abandoned: boolean;
}

export class PendingCalls {
  readonly #calls = new Map<number, PendingCall>();

  get size(): number {
    return this.#calls.size;
  }

  serials(): Set<number> {
    return new Set(this.#calls.keys());
  }

  add(serial: number, call: PendingCall): void {
    this.#calls.set(serial, call);
  }

  /** How many calls, up to `limit`, were sent at least `ageMs` ago. Calls are kept in the order they were sent. */
  countOlderThan(ageMs: number, limit: number): number {
    const before = performance.now() - ageMs;
    let count = 0;
    for (const call of this.#calls.values()) {
      if (call.sentAt > before || count === limit) break;
      count++;
    }
    return count;
  }

  /** Reads a reply. Throws `ProtocolError` when it is not one, or not one to a call of ours. */
  settle(header: Header, reader: XdrReader): void {
    const call = this.#calls.get(header.serial);
    if (call === undefined) throw new ProtocolError(`Reply with serial ${header.serial}, which no call has`);
    const { procedure } = call;
    if (header.program !== procedure.program || header.procedure !== procedure.number) {
      throw new ProtocolError(`Reply of procedure ${header.procedure} to a call of ${procedure.name}`);
    }
    if (header.status === STATUS.OK) {
      const result = procedure.result.read(reader);
      reader.finish();
      this.#remove(header.serial, call);
      if (call.abandoned) call.onLateResult();
      else call.resolve(result);
    } else if (header.status === STATUS.ERROR) {
      const detail = readRemoteError(reader);
      reader.finish();
      this.#remove(header.serial, call);
      if (!call.abandoned) call.reject(new LibvirtError(detail, procedure.name));
    } else {
      throw new ProtocolError(`Reply to ${procedure.name} with status ${header.status} and type ${MESSAGE_TYPE.REPLY}`);
    }
  }

  /** The connection is gone: nobody will answer any more. */
  rejectAll(cause: Error): void {
    for (const [serial, call] of this.#calls) {
      this.#remove(serial, call);
      if (!call.abandoned)
        call.reject(new ConnectionLostError(`Connection lost during ${call.procedure.name}: ${cause.message}`, { cause }));
    }
  }

  #remove(serial: number, call: PendingCall): void {
    this.#calls.delete(serial);
    call.stopWatching();
  }
}
