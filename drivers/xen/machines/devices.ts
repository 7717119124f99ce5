/**
 * Which number a disk has in a machine, as the guest sees it: 0 is what it boots from, 1 the root disk of a machine that is
 * rescued, 2 swap, 3 the config drive, and the others follow. Guests without drivers of their own see only 0 to 3.
 */
import type { MachineDisk } from '../../contract.ts';

const SWAP = 2;
const CONFIG = 3;
const FIRST_OTHER = 4;

/** Disks with numbers of their own; of each other role there may be several, numbered in their order. */
export function numbered(disks: readonly MachineDisk[]): readonly (readonly [disk: MachineDisk, number: number])[] {
  const rescued = disks.some(({ role }) => role === 'rescue');
  let next = FIRST_OTHER;
  return disks.map((disk) => {
    switch (disk.role) {
      case 'rescue':
        return [disk, 0];
      case 'root':
        return [disk, rescued ? 1 : 0];
      case 'swap':
        return [disk, SWAP];
      case 'config':
        return [disk, CONFIG];
      case 'ephemeral':
        return [disk, next++];
    }
  });
}

/** Numbers for what is plugged in later. */
export function freeNumbers(taken: ReadonlySet<number>): (wanted?: number) => number {
  const used = new Set(taken);
  return (wanted) => {
    let number = wanted === undefined || used.has(wanted) ? FIRST_OTHER : wanted;
    while (used.has(number)) number += 1;
    used.add(number);
    return number;
  };
}
