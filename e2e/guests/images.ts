/**
 * Guest images, made on the spot: a boot sector at the start of an otherwise empty disk, raw or as qcow2.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from '../environment/command.ts';
import { stateDir } from '../environment/paths.ts';
import { bootSector, type Ending } from './boot-sector.ts';

export interface GuestImage {
  readonly file: string;
  readonly fileName: string;
  readonly format: 'raw' | 'qcow2';
  readonly sizeBytes: number;
  readonly sha256: string;
}

const DISK_BYTES = 1024 * 1024;

/** Makes the image in that directory, or finds it there. Needs `qemu-img` for qcow2. */
export async function makeBootSectorImage(dir: string, format: GuestImage['format'], ending: Ending = 'Never'): Promise<GuestImage> {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, `boot-sector-${ending.toLowerCase()}.${format}`);
  await writeWhole(file, async (unfinished) => {
    writeFileSync(unfinished, Buffer.concat([bootSector(ending)], DISK_BYTES));
    if (format === 'qcow2') await convertToQcow2(unfinished);
  });
  return describe(file, format);
}

/**
 * The small Linux with an agent that the set-up made: it obeys the power button and prints its config drive. Needs 128 MiB,
 * with UEFI 256, with secure boot 512. UEFI starts it by a shim that usual firmware trusts, or by a boot loader that it does not.
 */
export async function makeLinuxImage(dir: string, starter: 'Shim' | 'Grub' = 'Shim'): Promise<GuestImage> {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, starter === 'Shim' ? 'linux.qcow2' : 'linux-untrusted.qcow2');
  await writeWhole(file, async (unfinished) => {
    const disk = `${unfinished}.raw`;
    copyFileSync(join(stateDir, 'guests/linux.raw'), disk);
    if (starter === 'Grub') await startByGrub(disk);
    await run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', disk, unfinished]);
    rmSync(disk);
  });
  return describe(file, 'qcow2');
}

/** Debian's boot loader is signed, but by a key that only the shim knows. */
async function startByGrub(disk: string): Promise<void> {
  const grub = `${disk}.grub`;
  await run('mcopy', ['-i', disk, '::EFI/BOOT/grubx64.efi', grub]);
  await run('mcopy', ['-o', '-i', disk, grub, '::EFI/BOOT/BOOTX64.EFI']);
  rmSync(grub);
}

/** A qcow2 image whose header names another file as its backing file: one that must never be used. */
export async function makeImageWithBackingFile(dir: string): Promise<GuestImage> {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, 'with-backing-file.qcow2');
  const create = ['create', '-q', '-u', '-f', 'qcow2', '-F', 'raw', '-b', '/etc/passwd'];
  await writeWhole(file, (unfinished) => run('qemu-img', [...create, unfinished, String(DISK_BYTES)]));
  return describe(file, 'qcow2');
}

/** Whoever reads the file at the same time sees a whole one; whoever makes it at the same time makes the same. */
async function writeWhole(file: string, write: (unfinished: string) => Promise<unknown>): Promise<void> {
  const unfinished = `${file}.${process.pid}`;
  await write(unfinished);
  renameSync(unfinished, file);
}

async function convertToQcow2(file: string): Promise<void> {
  const converted = `${file}.qcow2`;
  await run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', file, converted]);
  renameSync(converted, file);
}

function describe(file: string, format: GuestImage['format']): GuestImage {
  const content = readFileSync(file);
  return { file, fileName: basename(file), format, sizeBytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
}
