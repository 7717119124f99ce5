/**
 * A file that the host copied itself is not on its storage when the copy is told done: `qemu-img convert`, by which libvirt
 * copies volumes, leaves that to the kernel, and a power cut within the next half minute can lose it.
 *
 * libvirt has no call that flushes a volume. But to make one as large as it is, it runs `qemu-img resize`, which writes the size
 * into the header once more and flushes that: `fdatasync`, which is for all of the file, whoever wrote it.
 */
import { ErrorCode, isLibvirtError, type LibvirtClient, type StorageVolume } from 'node-libvirt';
import type { Left } from '../time.ts';

/**
 * Of a qcow2 volume that was just made, before anything else looks at it. False: libvirt refuses, since it counts a disk
 * written from end to end, with its tables, as larger than it is; it is on the storage when the kernel has written it.
 */
export async function flushVolume(client: LibvirtClient, volume: StorageVolume, capacityBytes: number, left: Left): Promise<boolean> {
  try {
    await client.volumes.resize(volume, capacityBytes, left());
    return true;
  } catch (error) {
    if (isLibvirtError(error, ErrorCode.INVALID_ARG) && error.message.includes('existing allocation')) return false;
    throw error;
  }
}
