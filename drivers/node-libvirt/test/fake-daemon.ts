/** The other side of a connection, by script: answers calls as the test says, and sends whatever bytes it wants. */
import { duplexPair, type Duplex } from 'node:stream';
import type { RemoteErrorDetail } from '../src/errors.ts';
import type { Procedure } from '../src/procedures/procedure.ts';
import { remoteError } from '../src/types/error.ts';
import { type Header, HEADER_BYTES, MESSAGE_TYPE, PROGRAM, readHeader, STATUS, writeFrame } from '../src/wire/frame.ts';
import { FrameSplitter } from '../src/wire/splitter.ts';
import { XdrReader } from '../src/xdr/reader.ts';
import { XdrWriter } from '../src/xdr/writer.ts';

/** A message as the daemon got it. */
export interface Received {
  readonly header: Header;
  readonly payload: Buffer;
}

type AnyProcedure = Procedure<unknown, unknown>;

export class FakeDaemon {
  readonly socket: Duplex;
  readonly received: Received[] = [];
  /** What to do with each message; nothing, until the test sets it. */
  onMessage: (message: Received) => void = () => {};

  constructor(socket: Duplex) {
    this.socket = socket;
    const splitter = new FrameSplitter((frame) => {
      const message = { header: readHeader(frame), payload: frame.subarray(4 + HEADER_BYTES) };
      this.received.push(message);
      this.onMessage(message);
    });
    socket.on('data', (chunk: Buffer) => splitter.push(chunk));
    socket.on('error', () => {});
  }

  /** A daemon and the client's end of the line to it. */
  static pair(): { readonly daemon: FakeDaemon; readonly socket: Duplex } {
    const [socket, other] = duplexPair();
    return { daemon: new FakeDaemon(other), socket };
  }

  /** Replies to every call of these procedures with the given result. */
  answer(...answers: readonly (readonly [procedure: AnyProcedure, result: object])[]): void {
    this.onMessage = ({ header }) => {
      for (const [procedure, result] of answers) {
        if (header.type === MESSAGE_TYPE.CALL && header.procedure === procedure.number) this.reply(procedure, header.serial, result);
      }
    };
  }

  reply(procedure: AnyProcedure, serial: number, result: object): void {
    this.socket.write(replyFrame(procedure, serial, result));
  }

  fail(procedure: AnyProcedure, serial: number, detail: Partial<RemoteErrorDetail>): void {
    this.socket.write(errorFrame({ ...headerOf(procedure, serial), status: STATUS.ERROR }, detail));
  }

  /** A message of any kind. */
  send(header: Partial<Header>, payload: (writer: XdrWriter) => void = () => {}): void {
    this.socket.write(frame({ ...BLANK, ...header }, payload));
  }
}

const BLANK: Header = { program: PROGRAM.REMOTE, procedure: 0, type: MESSAGE_TYPE.REPLY, serial: 0, status: STATUS.OK };

function headerOf(procedure: AnyProcedure, serial: number): Header {
  return { ...BLANK, program: procedure.program, procedure: procedure.number, serial };
}

export function frame(header: Header, payload: (writer: XdrWriter) => void): Buffer {
  const writer = new XdrWriter();
  writeFrame(writer, header, payload);
  return writer.take();
}

export function replyFrame(procedure: AnyProcedure, serial: number, result: object): Buffer {
  return frame(headerOf(procedure, serial), (writer) => procedure.result.write(writer, result));
}

export function errorFrame(header: Header, detail: Partial<RemoteErrorDetail>): Buffer {
  const { code = 1, domain = 0, message = 'it failed', level = 2, str1, str2, str3, int1 = 0, int2 = 0 } = detail;
  const error = { code, domain, message, level, dom: undefined, str1, str2, str3, int1, int2, net: undefined };
  return frame(header, (writer) => remoteError.write(writer, error));
}

/** The arguments of a call that the daemon got. */
export function argumentsOf<A>(procedure: Procedure<A, unknown>, message: Received | undefined): A {
  if (message === undefined) throw new Error(`${procedure.name} was not called`);
  return procedure.args.read(new XdrReader(message.payload));
}
