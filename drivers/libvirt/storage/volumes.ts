/** Volumes: how they are described to libvirt, and the few things done with any of them. */
import { ErrorCode, isLibvirtError, type LibvirtClient, type StorageVolume } from 'node-libvirt';
import { pause, type Left } from '../time.ts';
import { attribute, bytesOf, child, buildXml, parseXml, textOf, type XmlElement } from '../xml.ts';
import type { Pool } from './pools.ts';

export interface Backing {
  readonly path: string;
  readonly format: 'qcow2' | 'raw';
}

/** A file of so many bytes, sparse. */
export function rawVolume(name: string, sizeBytes: number): string {
  return volumeXml(name, sizeBytes, { format: { '@type': 'raw' } });
}

/** Encrypted as a whole. Its file is larger by the header; a guest sees so many bytes. */
export function luksVolume(name: string, sizeBytes: number, secretId: string): string {
  return volumeXml(name, sizeBytes, { format: { '@type': 'raw' }, encryption: luksEncryption(secretId) });
}

export const luksEncryption = (secretId: string): XmlElement => ({
  '@format': 'luks',
  secret: { '@type': 'passphrase', '@uuid': secretId },
});

/** A growing disk; on a base it holds what differs. The base's format is said, since looking for it would trust a guest. */
export function qcow2Volume(name: string, sizeBytes: number, base: Backing | undefined): string {
  const backingStore = base && { path: base.path, format: { '@type': base.format } };
  return volumeXml(name, sizeBytes, { format: { '@type': 'qcow2' }, compat: '1.1' }, backingStore);
}

/** A logical volume, or an image of Ceph: raw. One that takes less than a guest sees would be a snapshot of nothing to LVM, full one day. */
export function deviceVolume(name: string, sizeBytes: number): string {
  const size = { '@unit': 'bytes', '#text': sizeBytes };
  return buildXml('volume', { name, capacity: size, allocation: size, target: { format: { '@type': 'raw' } } });
}

function volumeXml(name: string, sizeBytes: number, target: XmlElement, backingStore?: XmlElement): string {
  return buildXml('volume', {
    name,
    capacity: { '@unit': 'bytes', '#text': sizeBytes },
    allocation: { '@unit': 'bytes', '#text': 0 },
    target,
    backingStore,
  });
}

export interface VolumeView {
  /** Of the disk that a guest sees, as libvirt makes it out. */
  readonly capacityBytes: number;
  /** Of the file. */
  readonly physicalBytes: number;
  /** That the file takes on its file system. */
  readonly allocatedBytes: number;
  readonly format: string;
  /** Path of what it is based on. */
  readonly backingPath: string | undefined;
}

/** libvirt finds a volume by its pool's and its own name. */
export const volumeRef = (pool: Pool, name: string): StorageVolume => ({ pool: pool.ref.name, name, key: '' });

/** Undefined when there is none, or when libvirt only remembers one whose file is gone. */
export async function viewVolume(client: LibvirtClient, volume: StorageVolume, left: Left): Promise<VolumeView | undefined> {
  try {
    const xml = parseXml('volume', await client.volumes.xml(volume, left()));
    return {
      capacityBytes: bytesOf(child(xml, 'capacity'), 'bytes'),
      physicalBytes: bytesOf(child(xml, 'physical'), 'bytes'),
      allocatedBytes: bytesOf(child(xml, 'allocation'), 'bytes'),
      format: attribute(child(xml, 'target', 'format'), 'type') ?? '',
      backingPath: textOf(child(xml, 'backingStore', 'path')) || undefined,
    };
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

const DELETE_TRIES = 5;
const BETWEEN_TRIES_MS = 100;

/** Gone already is fine. An upload that was just broken off holds on to its volume for a moment. */
export async function deleteVolume(client: LibvirtClient, volume: StorageVolume, left: Left): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await client.volumes.delete(volume, left());
    } catch (error) {
      if (isGone(error)) return;
      const inUse = isLibvirtError(error, ErrorCode.OPERATION_INVALID) && /in use|being allocated/.test(error.message);
      if (!inUse || attempt === DELETE_TRIES) throw error;
    }
    await pause(BETWEEN_TRIES_MS, left);
  }
}

const ENOENT = 2;

export function isGone(error: unknown): boolean {
  return isLibvirtError(error, ErrorCode.NO_STORAGE_VOL) || (isLibvirtError(error, ErrorCode.SYSTEM_ERROR) && error.int1 === ENOENT);
}

/** Content that is all there, as a stream of one chunk. */
export async function* once(content: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  yield content;
  await Promise.resolve();
}
