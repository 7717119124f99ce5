/**
 * Reading a base image off a host.
 *
 * Piece by piece, each read whole before it is passed on: a stream that nobody reads holds up everything else on its
 * connection (node-libvirt, stream.ts), and whoever takes the content may be slow.
 */
import type { LibvirtClient, StorageVolume } from 'node-libvirt';
import type { BaseImage, Sink } from '../../contract.ts';
import { handOver } from '../../hand-over.ts';
import { DriverError } from '../../labels.ts';
import type { Left } from '../time.ts';
import type { Bases } from './bases.ts';

/** In memory at once. Large enough that opening a stream for each costs nothing to speak of. */
const PIECE_BYTES = 8 * 1024 * 1024;

export async function exportBase(
  { client, bases }: { readonly client: LibvirtClient; readonly bases: Bases },
  { pool, key }: { readonly pool: string; readonly key: string },
  sink: Sink,
  left: Left,
): Promise<BaseImage> {
  const base = await bases.find(pool, key, left);
  if (base === undefined) throw new DriverError('NotFound', `base image ${key} is not in pool ${pool}`, { reason: 'BaseNotFound' });
  const volume = { pool, name: key, key: '' };
  for (let offset = 0; offset < base.sizeBytes; offset += PIECE_BYTES) {
    const length = Math.min(PIECE_BYTES, base.sizeBytes - offset);
    for (const chunk of await read(client, volume, offset, length, left)) await handOver(sink, chunk, left());
  }
  return base;
}

async function read(
  client: LibvirtClient,
  volume: StorageVolume,
  offset: number,
  length: number,
  left: Left,
): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of client.volumes.download(volume, { offset, length, ...left() })) {
    chunks.push(chunk);
    bytes += chunk.length;
  }
  if (bytes === length) return chunks;
  throw new DriverError('Transient', `base image ${volume.name} ends at ${offset + bytes} bytes`, { reason: 'ContentTruncated' });
}
