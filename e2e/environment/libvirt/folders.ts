/**
 * A host's own folders and where they are mounted inside it, so that every host believes to be the only one.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';

/** Folder in the host's directory, and the path that libvirt knows it by. */
const MOUNTS = {
  etc: '/etc/libvirt',
  lib: '/var/lib/libvirt',
  cache: '/var/cache/libvirt',
  log: '/var/log/libvirt',
  run: '/run/libvirt',
} as const;

/** Makes the folders, and the mount points where the packages have not made them. Returns `FOLDER:MOUNT-POINT` pairs. */
export function makeFolders(dir: string): readonly string[] {
  for (const [folder, mountPoint] of Object.entries(MOUNTS)) {
    mkdirSync(join(dir, folder), { recursive: true });
    mkdirSync(mountPoint, { recursive: true });
  }
  for (const folder of ['log/qemu', 'lib/images']) mkdirSync(join(dir, folder), { recursive: true });
  return Object.entries(MOUNTS).map(([folder, mountPoint]) => `${folder}:${mountPoint}`);
}

/** What does not survive a reboot. */
export function clearVolatileFolders(dir: string): void {
  rmSync(join(dir, 'run'), { recursive: true, force: true });
}

/** Where a path of the host is on this machine; throws for a path that the host shares with the machine anyway. */
export function outsidePath(dir: string, path: string): string {
  for (const [folder, mountPoint] of Object.entries(MOUNTS)) {
    const rest = relative(mountPoint, path);
    if (!rest.startsWith('..') && !isAbsolute(rest)) return join(dir, folder, rest);
  }
  throw new Error(`${path} is not in a folder of the host's own (${Object.values(MOUNTS).join(', ')})`);
}
