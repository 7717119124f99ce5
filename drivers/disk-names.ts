/**
 * What the names of disks tell. One that was made from another (`DiskSpec.fromDisk`) has that one's name with a dot and a
 * number behind it, or with a higher number at its end: `a`, `a.1`, `a.2`, ...; and `a.1.1`, as older names were.
 */

interface ParsedName {
  readonly stem: string;
  readonly numbers: readonly number[];
}

/** Whether the disk of this name was made from that other one, or from one that was. */
export function isMadeFrom(name: string, origin: string): boolean {
  const [one, other] = [parsed(name), parsed(origin)];
  return one.stem === other.stem && compared(one.numbers, other.numbers) > 0;
}

/** The name of one that is to be made from a disk. */
export function nextDiskName(origin: string): string {
  const { stem, numbers } = parsed(origin);
  return [stem, ...numbers.slice(0, -1), (numbers.at(-1) ?? 0) + 1].join('.');
}

/** What a disk, those that it was made from, and those made from it begin with; others may, too. */
export const stemOf = (name: string): string => parsed(name).stem;

/** In an order in which all of them can be deleted: none before those that stand on it. */
export const topmostFirst = <Named extends { readonly name: string }>(disks: readonly Named[]): readonly Named[] =>
  disks.toSorted((a, b) => compared(parsed(b.name).numbers, parsed(a.name).numbers));

function parsed(name: string): ParsedName {
  const [, stem = name, numbers = ''] = NAME.exec(name) ?? [];
  return { stem, numbers: numbers.split('.').slice(1).map(Number) };
}

const NAME = /^(.*?)((?:\.\d{1,9})*)$/;

/** By the first number that differs; what only begins alike comes before. */
function compared(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((number, index) => number !== other[index]);
  if (at === -1) return one.length - other.length;
  return other[at] === undefined ? 1 : (one[at] ?? 0) - other[at];
}
