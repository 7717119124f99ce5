/**
 * Lines over a socket, for both ends: bytes in, whole lines out, never more memory than one line may have; and out,
 * everything said within one turn of the event loop in a single write, because a write costs more than a message.
 */
import type { Writable } from 'node:stream';

const NEWLINE = 0x0a;

/** Thrown on a line longer than allowed; the connection cannot be trusted after it. */
export class LineTooLongError extends Error {
  override readonly name = 'LineTooLongError';
}

export class LineReader {
  readonly #maxBytes: number;
  #held: Buffer[] = [];
  #heldBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that `chunk` completes, without their ends. Throws `LineTooLongError`. */
  push(chunk: Buffer): readonly string[] {
    const end = chunk.lastIndexOf(NEWLINE);
    if (end === -1) {
      this.#hold(chunk);
      return [];
    }
    const whole = chunk.subarray(0, end);
    const text = this.#held.length === 0 ? whole.toString('utf8') : Buffer.concat([...this.#held, whole]).toString('utf8');
    this.#held = [];
    this.#heldBytes = 0;
    if (end + 1 < chunk.length) this.#hold(chunk.subarray(end + 1));
    return text.split('\n');
  }

  #hold(rest: Buffer): void {
    this.#heldBytes += rest.length;
    if (this.#heldBytes > this.#maxBytes) throw new LineTooLongError(`a line is longer than ${this.#maxBytes} bytes`);
    this.#held.push(rest);
  }
}

export class LineWriter {
  readonly #socket: Writable;
  #waiting = '';

  constructor(socket: Writable) {
    this.#socket = socket;
  }

  send(message: object): void {
    if (this.#waiting === '') setImmediate(() => this.flush());
    this.#waiting += `${JSON.stringify(message)}\n`;
  }

  /** Writes what waits, now; for a last word before the connection is closed. */
  flush(): void {
    if (this.#waiting === '') return;
    const text = this.#waiting;
    this.#waiting = '';
    if (this.#socket.writable) this.#socket.write(text, 'utf8');
  }
}
