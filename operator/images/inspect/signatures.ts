/**
 * What a file is by its content, never by its name.
 *
 * A table of magic numbers: disk formats that a hypervisor could open as something else than raw, and the usual
 * mistakes (an archive, an error page of a web server). Nothing found means raw.
 */

/** How many bytes of the beginning are looked at: ISO 9660 has its mark at 32 KiB. */
export const HEAD_BYTES = 64 * 1024;
/** How many bytes of the end are looked at: a fixed VHD and a DMG have only a footer. */
export const TAIL_BYTES = 512;

interface Signature {
  readonly name: string;
  /** From the start; negative: from the end of the file. */
  readonly offset: number;
  readonly magic: Uint8Array;
}

const text = (name: string, offset: number, magic: string): Signature => ({ name, offset, magic: Buffer.from(magic, 'latin1') });

const SIGNATURES: readonly Signature[] = [
  text('qcow2', 0, 'QFI\xfb'),
  text('vhd', 0, 'conectix'),
  text('vhd', -TAIL_BYTES, 'conectix'),
  text('vhdx', 0, 'vhdxfile'),
  text('vmdk', 0, 'KDMV'),
  text('vmdk', 0, 'COWD'),
  text('vmdk', 0, '# Disk DescriptorFile'),
  text('vdi', 64, '\x7f\x10\xda\xbe'),
  text('qed', 0, 'QED\0'),
  text('luks', 0, 'LUKS\xba\xbe'),
  text('parallels', 0, 'WithoutFreeSpace'),
  text('parallels', 0, 'WithouFreSpacExt'),
  text('bochs', 0, 'Bochs Virtual HD Image'),
  text('cloop', 0, '#!/bin/sh\n#V2.0 Format'),
  text('dmg', -TAIL_BYTES, 'koly'),
  text('iso', 0x8001, 'CD001'),
  text('gzip', 0, '\x1f\x8b'),
  text('xz', 0, '\xfd7zXZ\0'),
  text('zstd', 0, '\x28\xb5\x2f\xfd'),
  text('bzip2', 0, 'BZh'),
  text('7z', 0, '7z\xbc\xaf\x27\x1c'),
  text('zip', 0, 'PK\x03\x04'),
  text('tar', 257, 'ustar'),
  text('web page', 0, '<!DOCTYPE html'),
  text('web page', 0, '<!doctype html'),
  text('web page', 0, '<html'),
];

/**
 * The description of a VMDK that names the files with its data: QEMU takes it for one by this line, behind any number of
 * comments and blank lines; none of them need say what it is.
 */
const VMDK_DESCRIPTION = /^(?:#[^\n]*\n|[ \t]*\r?\n)*version=[0-9]+\s/;
/** More than QEMU looks at. */
const DESCRIPTION_BYTES = 4096;

/** The name of what the file looks like; undefined when it bears no known mark, as a raw disk does. */
export function recognise(head: Uint8Array, tail: Uint8Array): string | undefined {
  const found = SIGNATURES.find(({ offset, magic }) =>
    offset < 0 ? bearsAt(tail, tail.length + offset, magic) : bearsAt(head, offset, magic),
  );
  return found?.name ?? (VMDK_DESCRIPTION.test(Buffer.from(head.subarray(0, DESCRIPTION_BYTES)).toString('latin1')) ? 'vmdk' : undefined);
}

function bearsAt(bytes: Uint8Array, offset: number, magic: Uint8Array): boolean {
  if (offset < 0 || offset + magic.length > bytes.length) return false;
  return magic.every((byte, index) => bytes[offset + index] === byte);
}
