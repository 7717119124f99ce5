/** The one file in a layer, as it streams past: nothing is kept, and nothing is written anywhere. */
import { pipeline, Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { DriverError } from '../../../drivers/labels.ts';
import { imageTooLarge } from '../inspect/refusal.ts';
import { BESIDE } from './layers.ts';
import type { Packing } from './manifest.ts';

/**
 * The file of that path; without one, the file in the folder `disk`. It is told its size before its bytes come. Returns whether
 * there was one; the archive is read to its end, so that the digest of the whole can be judged.
 */
export async function* fileIn(
  archive: AsyncIterable<Uint8Array>,
  packing: Packing,
  path: string | undefined,
  maxSizeBytes: number,
  onSize: (bytes: number) => void,
): AsyncGenerator<Uint8Array, boolean, undefined> {
  const tar = extract();
  const unpacked = unpacking(archive, packing);
  const source = Readable.from(bounded(unpacked, BESIDE * maxSizeBytes), { objectMode: false });
  // What goes wrong destroys the archive, and so reaches the loop below.
  pipeline(source, tar, () => undefined);
  let found = false;
  try {
    for await (const entry of tar) {
      const { header } = entry;
      if (found || !isWanted(header, path)) {
        entry.resume();
        continue;
      }
      found = true;
      const { size } = header;
      if (size > maxSizeBytes) throw imageTooLarge(`The file in the artifact has ${size} bytes; at most ${maxSizeBytes} are accepted`);
      onSize(size);
      yield* entry as AsyncIterable<Uint8Array>;
    }
  } catch (error) {
    throw error instanceof DriverError ? error : damaged(error);
  } finally {
    tar.destroy();
    source.destroy();
  }
  return found;
}

function unpacking(archive: AsyncIterable<Uint8Array>, packing: Packing): AsyncIterable<Uint8Array> {
  if (packing === 'Tar') return archive;
  const unpack: Transform = packing === 'TarGzip' ? createGunzip() : createZstdDecompress();
  return pipeline(Readable.from(archive, { objectMode: false }), unpack, () => undefined);
}

/** A few bytes can unpack to any number. */
async function* bounded(content: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw imageTooLarge(`The layer of the artifact unpacks to more than ${maxBytes} bytes`);
    yield chunk;
  }
}

function isWanted({ name, type }: Header, path: string | undefined): boolean {
  if (type !== 'file' && type !== 'contiguous-file') return false;
  const normal = name.replace(/^(\.?\/)+/, '');
  return path === undefined ? /^disk\/[^/.][^/]*$/.test(normal) : normal === path.replace(/^\/+/, '');
}

const damaged = (cause: unknown): DriverError =>
  new DriverError(
    'InvalidSpec',
    `The layer of the artifact cannot be unpacked: ${cause instanceof Error ? cause.message : String(cause)}`,
    {
      reason: 'DamagedImage',
      cause,
    },
  );
