/** The daemon's socket on this machine. */
import { existsSync } from 'node:fs';
import net from 'node:net';
import { ConnectError, InvalidArgumentError } from '../errors.ts';
import type { LibvirtUri } from './uri.ts';
import { bulkSocket } from './bulk.ts';
import { established } from './established.ts';

/** The kernel's limit, without the terminating zero; a longer path would be cut off silently. */
const MAX_PATH_BYTES = 107;

export async function connectUnix(path: string, signal: AbortSignal, bulk = false): Promise<net.Socket> {
  const length = Buffer.byteLength(path);
  if (length > MAX_PATH_BYTES) {
    throw new InvalidArgumentError(`Socket path of ${length} bytes, the system allows ${MAX_PATH_BYTES}: use a shorter one (${path})`);
  }
  if (!path.startsWith('/')) throw new InvalidArgumentError(`Socket path ${JSON.stringify(path)} is not absolute`);
  return established(
    bulk ? bulkSocket({ path }) : net.connect({ path }),
    'connect',
    signal,
    (cause) => new ConnectError(`Cannot connect to ${path}: ${cause.message}`, { cause }),
  );
}

/** Where the daemon listens when the URI does not say: a daemon for this driver alone, or else the one for all. */
export function defaultSocketPath(uri: Pick<LibvirtUri, 'driver' | 'path'>): string {
  const folder = uri.path === '/session' ? `${process.env['XDG_RUNTIME_DIR'] ?? ''}/libvirt` : '/run/libvirt';
  const own = `${folder}/virt${uri.driver}d-sock`;
  return existsSync(own) ? own : `${folder}/libvirt-sock`;
}
