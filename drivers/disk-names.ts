/** What the names of disks tell: one that was made from another (`DiskSpec.fromDisk`) is called by that one's name, a dot, and more. */

/** Whether the disk of this name was made from that other one, or from one that was. */
export const isMadeFrom = (name: string, origin: string): boolean => name.startsWith(`${origin}.`);

/** In an order in which all of them can be deleted: none before those that stand on it. */
export const topmostFirst = <Named extends { readonly name: string }>(disks: readonly Named[]): readonly Named[] =>
  disks.toSorted((a, b) => b.name.length - a.name.length);
