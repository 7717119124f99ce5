/**
 * What libvirt's types of pools are to us. In pools of files disks are made; units of an iSCSI target, logical volumes and
 * images of Ceph are there already, and only had: what an earlier owner left in new ones could not be kept from the next. A
 * definition names the first by path, and the others as `placedVolume` says.
 */
export type Holding = 'Files' | 'Existing';

const HOLDINGS: Readonly<Record<string, Holding>> = {
  dir: 'Files',
  fs: 'Files',
  netfs: 'Files',
  'iscsi-direct': 'Existing',
  logical: 'Existing',
  rbd: 'Existing',
};

/** Undefined: of no use to us. */
export const holdingOf = (type: string): Holding | undefined => HOLDINGS[type];

/** Why no disk is made, grown or removed in a pool of such a type, to stand behind its name. */
export const whyNotMade = (type: string): string =>
  holdingOf(type) === 'Existing'
    ? `of type ${type}, whose disks exist already: none is made, grown or removed there`
    : `of type ${type}, and disks are made in pools of files only (dir, fs, netfs)`;

/** As libvirt calls the logical units of a target. */
const UNIT = /^unit:\d+:\d+:(\d+)$/;

/** What a disk of a machine that names the unit itself, and no pool, calls it, in the words of `pathOfDisk` (domain/view.ts). */
export function unitAt(target: string, name: string): string | undefined {
  const number = UNIT.exec(name)?.[1];
  return number === undefined ? undefined : `iscsi:${target}/${number}`;
}
