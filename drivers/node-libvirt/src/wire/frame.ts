/** The frame around every message: a length that counts itself, then a header of six words, then the XDR payload. */
import { InvalidArgumentError, ProtocolError } from '../errors.ts';
import type { XdrWriter } from '../xdr/writer.ts';

export const PROGRAM = { REMOTE: 0x2000_8086, QEMU: 0x2000_8087, KEEPALIVE: 0x6b65_6570 } as const;
/** All three programs are still at their first version. */
export const PROGRAM_VERSION = 1;

export const MESSAGE_TYPE = { CALL: 0, REPLY: 1, EVENT: 2, STREAM: 3, CALL_WITH_FDS: 4, REPLY_WITH_FDS: 5, STREAM_HOLE: 6 } as const;
export const STATUS = { OK: 0, ERROR: 1, CONTINUE: 2 } as const;

const LENGTH_BYTES = 4;
export const HEADER_BYTES = 24;
/** Length and header: what the shortest frame has. */
export const FRAME_MIN_BYTES = LENGTH_BYTES + HEADER_BYTES;
/** libvirt's own maximum, which does not count the length. */
export const FRAME_MAX_BYTES = LENGTH_BYTES + 33_554_432;
/** How much stream data goes into one message: what every version of libvirt accepts. */
export const STREAM_CHUNK_BYTES = 262_120;

export interface Header {
  readonly program: number;
  readonly procedure: number;
  readonly type: number;
  readonly serial: number;
  readonly status: number;
}

/** Reads the header of a complete frame. */
export function readHeader(frame: Buffer): Header {
  const version = frame.readUInt32BE(8);
  if (version !== PROGRAM_VERSION) throw new ProtocolError(`Message of program version ${version}, expected ${PROGRAM_VERSION}`);
  return {
    program: frame.readUInt32BE(4),
    procedure: frame.readInt32BE(12),
    type: frame.readUInt32BE(16),
    serial: frame.readUInt32BE(20),
    status: frame.readUInt32BE(24),
  };
}

/**
 * Writes a frame: header, then what `payload` writes. On an error nothing of it stays in the writer. `trailingBytes` belong to
 * the frame too, but the caller sends them behind it.
 */
export function writeFrame(writer: XdrWriter, header: Header, payload: (writer: XdrWriter) => void, trailingBytes = 0): void {
  const start = writer.length;
  writer.uint(0);
  writer.uint(header.program);
  writer.uint(PROGRAM_VERSION);
  writer.int(header.procedure);
  writer.uint(header.type);
  writer.uint(header.serial);
  writer.uint(header.status);
  try {
    payload(writer);
    writer.patchUint(start, checkedLength(writer.length - start + trailingBytes));
  } catch (error) {
    writer.truncate(start);
    throw error;
  }
}

function checkedLength(length: number): number {
  if (length > FRAME_MAX_BYTES) throw new InvalidArgumentError(`Message of ${length} bytes, at most ${FRAME_MAX_BYTES} are allowed`);
  return length;
}
