/**
 * libvirt's RPC as seen on the wire by somebody in between: where a frame ends, and whether it asks for a change.
 *
 * Numbers are those of libvirt's remote_protocol.x and virnetprotocol.x. Nothing of the project's own client is used here:
 * the tests that rest on this judge it.
 */

export type FrameKind = 'Call' | 'Reply' | 'StreamData' | 'StreamEnd' | 'Other';

export interface Frame {
  readonly kind: FrameKind;
  /** Program and procedure; `remote:93`. */
  readonly procedure: string;
  readonly serial: number;
  readonly bytes: Buffer;
}

const HEADER_BYTES = 28;
const LONGEST_FRAME = 64 * 1024 * 1024;
const REMOTE_PROGRAM = 0x20008086;

/** What changes something on the host, by procedure number of the remote program. */
const MUTATING: ReadonlyMap<number, string> = new Map([
  [9, 'domainCreate'],
  [11, 'domainDefineXML'],
  [12, 'domainDestroy'],
  [28, 'domainResume'],
  [33, 'domainShutdown'],
  [34, 'domainSuspend'],
  [35, 'domainUndefine'],
  [93, 'storageVolCreateXML'],
  [94, 'storageVolDelete'],
  [125, 'storageVolCreateXMLFrom'],
  [142, 'secretDefineXML'],
  [144, 'secretSetValue'],
  [146, 'secretUndefine'],
  [160, 'domainAttachDeviceFlags'],
  [161, 'domainDetachDeviceFlags'],
  [164, 'domainAbortJob'],
  [174, 'domainUpdateDeviceFlags'],
  [182, 'domainManagedSave'],
  [184, 'domainManagedSaveRemove'],
  [196, 'domainCreateWithFlags'],
  [199, 'domainSetVcpusFlags'],
  [204, 'domainSetMemoryFlags'],
  [208, 'storageVolUpload'],
  [210, 'domainInjectNMI'],
  [231, 'domainUndefineFlags'],
  [234, 'domainDestroyFlags'],
  [237, 'domainBlockJobAbort'],
  [258, 'domainShutdownFlags'],
  [260, 'storageVolResize'],
  [264, 'domainSetMetadata'],
  [266, 'domainBlockRebase'],
  [345, 'domainBlockCopy'],
  [350, 'domainDefineXMLFlags'],
  [421, 'domainBackupBegin'],
]);
/** The one bulk call. */
export const GET_ALL_DOMAIN_STATS = 'remote:344';

/** Name of a call that changes something, or of the end of an upload; undefined for all others. */
export function mutation(frame: Frame): string | undefined {
  if (frame.kind === 'StreamEnd') return 'end of upload';
  if (frame.kind !== 'Call' || !frame.procedure.startsWith('remote:')) return undefined;
  return MUTATING.get(Number(frame.procedure.slice('remote:'.length)));
}

/** Cuts what comes in into whole frames. Throws on a length that cannot be. */
export class FrameSplitter {
  private rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): readonly Frame[] {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const frames: Frame[] = [];
    while (this.rest.length >= HEADER_BYTES) {
      const length = this.rest.readUInt32BE(0);
      if (length < HEADER_BYTES || length > LONGEST_FRAME) throw new Error(`a frame of ${length} bytes`);
      if (this.rest.length < length) break;
      frames.push(toFrame(this.rest.subarray(0, length)));
      this.rest = this.rest.subarray(length);
    }
    return frames;
  }
}

function toFrame(bytes: Buffer): Frame {
  const program = bytes.readUInt32BE(4);
  const name = program === REMOTE_PROGRAM ? 'remote' : program.toString(16);
  const [procedure, type, serial, status] = [bytes.readInt32BE(12), bytes.readInt32BE(16), bytes.readUInt32BE(20), bytes.readInt32BE(24)];
  return { kind: kindOf(type, status, bytes.length), procedure: `${name}:${procedure}`, serial, bytes };
}

function kindOf(type: number, status: number, length: number): FrameKind {
  switch (type) {
    case 0:
      return 'Call';
    case 1:
      return 'Reply';
    case 3:
      // Status ok ends a stream; an empty "continue" is the other way to say end of file.
      return status === 0 || (status === 2 && length === HEADER_BYTES) ? 'StreamEnd' : 'StreamData';
    default:
      return 'Other';
  }
}
