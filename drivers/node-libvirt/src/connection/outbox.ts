/** What goes to the socket: all messages of one turn of the event loop as one write, and stream data without a copy. */
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { Header } from '../wire/frame.ts';
import { writeFrame } from '../wire/frame.ts';
import { XdrWriter } from '../xdr/writer.ts';

/** Stream data that may be on its way to the socket: enough that the next message is there when the last one has gone. */
const HIGH_WATER_BYTES = 1024 * 1024;
const LOW_WATER_BYTES = HIGH_WATER_BYTES / 2;

export class Outbox {
  readonly #socket: Duplex;
  readonly #onRoom: () => void;
  readonly #writer = new XdrWriter();
  /** Over TLS each message goes as a record of its own: what follows a message in one record a daemon reads only when more arrives. */
  readonly #oneByOne: boolean;
  #flushing = false;
  /** Stream data that the socket has not taken yet. */
  #unsentBytes = 0;

  /** `onRoom`: called when stream data may be sent again. */
  constructor(socket: Duplex, onRoom: () => void) {
    this.#socket = socket;
    this.#onRoom = onRoom;
    this.#oneByOne = socket instanceof TLSSocket;
    // Without it Node's streams write what has piled up piece by piece instead of as one.
    if (this.#oneByOne) Object.assign(socket, { _writev: undefined });
  }

  /** Writes a message; it leaves at the end of this turn. Throws, with nothing written, what the payload throws. */
  send(header: Header, payload: (writer: XdrWriter) => void): void {
    writeFrame(this.#writer, header, payload);
    if (this.#oneByOne) return this.flush();
    if (this.#flushing) return;
    this.#flushing = true;
    process.nextTick(() => this.flush());
  }

  /** Writes a message whose payload is the `pieces` themselves, now. False: wait for room before sending more. */
  sendRaw(header: Header, pieces: readonly Uint8Array[]): boolean {
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    writeFrame(this.#writer, header, () => {}, bytes);
    this.#unsentBytes += bytes;
    this.#socket.cork();
    this.#socket.write(this.#writer.take());
    for (const piece of pieces) this.#socket.write(piece, () => this.#sent(piece.length));
    this.#socket.uncork();
    return this.#unsentBytes < HIGH_WATER_BYTES;
  }

  flush(): void {
    this.#flushing = false;
    if (this.#writer.length > 0 && this.#socket.writable) this.#socket.write(this.#writer.take());
  }

  /** Also called for what was lost with the socket. */
  #sent(bytes: number): void {
    this.#unsentBytes -= bytes;
    if (this.#unsentBytes <= LOW_WATER_BYTES) this.#onRoom();
  }
}
