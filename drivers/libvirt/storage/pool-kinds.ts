/**
 * What libvirt's types of pools are to us. In pools of files disks are made as files, one on the other; in volume groups as
 * whole copies, by way of a pool of files beside them (devices.ts); in Ceph empty ones, which have nothing of anybody in them.
 * Units of an iSCSI target are there already, and only had. A definition names the first by path, and the others as
 * `placedVolume` says.
 */
export type Holding = 'Files' | 'Devices' | 'Ceph' | 'Existing';

const HOLDINGS: Readonly<Record<string, Holding>> = {
  dir: 'Files',
  fs: 'Files',
  netfs: 'Files',
  'iscsi-direct': 'Existing',
  logical: 'Devices',
  rbd: 'Ceph',
};

/** Undefined: of no use to us. */
export const holdingOf = (type: string): Holding | undefined => HOLDINGS[type];

/** Why no disk is made, grown or removed in a pool of such a type, to stand behind its name. */
export function whyNotMade(type: string): string {
  switch (holdingOf(type)) {
    case 'Existing':
      return `of type ${type}, whose disks exist already: none is made, grown or removed there`;
    case 'Devices':
      return `of type ${type}: without an imagePool beside it none of its disks is made, grown or removed, and no image is kept for it`;
    case 'Ceph':
      return `of type ${type}, in which empty disks are made, and libvirt writes nothing into them: no image, and no copy`;
    case 'Files':
    case undefined:
      return `of type ${type}, and disks are made in pools of files (dir, fs, netfs), of logical volumes and of Ceph only`;
  }
}

/** As libvirt calls the logical units of a target. */
const UNIT = /^unit:\d+:\d+:(\d+)$/;

/** What a disk of a machine that names the unit itself, and no pool, calls it, in the words of `pathOfDisk` (domain/view.ts). */
export function unitAt(target: string, name: string): string | undefined {
  const number = UNIT.exec(name)?.[1];
  return number === undefined ? undefined : `iscsi:${target}/${number}`;
}
