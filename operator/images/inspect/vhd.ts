/**
 * The footer of a VHD image (Xen's native format): 512 bytes at the end, and a copy at the start of a dynamic one.
 *
 * Source: Microsoft's "Virtual Hard Disk Image Format Specification", version 1.0.
 */
import { damagedImage, imageTooLarge, unsafeImage } from './refusal.ts';

const FIXED = 2;
const DYNAMIC = 3;
const DIFFERENCING = 4;

/** Size of the guest's disk in bytes. A differencing disk, which has a parent file, is refused. */
export function readVhdFooter(footer: Uint8Array, maxVirtualSizeBytes: number): number {
  if (footer.length < 512) throw damagedImage('The vhd image ends inside its footer');
  const view = new DataView(footer.buffer, footer.byteOffset, 512);
  const type = view.getUint32(60);
  if (type === DIFFERENCING) throw unsafeImage('The image is a differencing vhd, which has a parent file: flatten it');
  if (type !== FIXED && type !== DYNAMIC) throw damagedImage(`The vhd image is of unknown type ${type}`);
  const size = view.getBigUint64(48);
  if (size === 0n) throw damagedImage('The vhd image has a disk of 0 bytes');
  if (size > BigInt(maxVirtualSizeBytes))
    throw imageTooLarge(`The image's disk has ${size} bytes; at most ${maxVirtualSizeBytes} are accepted`);
  return Number(size);
}
