/** What goes to the socket: all messages of one turn of the event loop as one write, and stream data without a copy. */
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { Header } from '../wire/frame.ts';
import { writeFrame } from '../wire/frame.ts';
import { XdrWriter } from '../xdr/writer.ts';

export class Outbox {
  readonly #socket: Duplex;
  readonly #writer = new XdrWriter();
  /** Over TLS each message goes as a record of its own: what follows a message in one record a daemon reads only when more arrives. */
  readonly #oneByOne: boolean;
  #flushing = false;

  constructor(socket: Duplex) {
    this.#socket = socket;
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

  /** Writes a message whose payload is `data` itself, now. False: wait for `drain` before sending more. */
  sendRaw(header: Header, data: Uint8Array): boolean {
    writeFrame(this.#writer, header, () => {}, data.length);
    this.#socket.cork();
    this.#socket.write(this.#writer.take());
    const more = this.#socket.write(data);
    this.#socket.uncork();
    return more;
  }

  flush(): void {
    this.#flushing = false;
    if (this.#writer.length > 0 && this.#socket.writable) this.#socket.write(this.#writer.take());
  }
}
