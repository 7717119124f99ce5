/** What our devices say of themselves, in their `other_config`: which of the machine's disks, volumes or cards they are. */
import type { MachineDisk, MachineInterface, MachineVolume } from '../../contract.ts';
import { parseRecord, type StringMap } from '../numbered.ts';

const DISK = 'hostler.dev/disk';
const VOLUME = 'hostler.dev/volume';
const CARD = 'hostler.dev/interface';
/** As others mark a disk with a life of its own: it is not destroyed with the machine. */
const OWN_LIFE = 'osvol';

/** The name is that of the VDI; the pool is kept as it was asked for, by name or UUID. */
export type DiskTag = Omit<MachineDisk, 'name'>;
export type VolumeTag = Omit<MachineVolume, 'name'>;
export type CardTag = Pick<MachineInterface, 'name' | 'source'>;

export function diskTag(disk: MachineDisk): StringMap {
  const { name: _, ...tag } = disk;
  return { [DISK]: JSON.stringify(tag satisfies DiskTag) };
}

export function volumeTag(volume: MachineVolume): StringMap {
  const { name: _, ...tag } = volume;
  return { [VOLUME]: JSON.stringify(tag satisfies VolumeTag), [OWN_LIFE]: volume.id };
}

export const cardTag = ({ name, source }: MachineInterface): StringMap => ({ [CARD]: JSON.stringify({ name, source } satisfies CardTag) });

/** Written by us; one that somebody broke is none. */
const tagIn = <T>(config: StringMap, key: string, field: keyof T & string): T | undefined => {
  const tag = parseRecord(config[key] ?? '');
  return typeof tag?.[field] === 'string' ? (tag as T) : undefined;
};

export const diskTagOf = (config: StringMap): DiskTag | undefined => tagIn<DiskTag>(config, DISK, 'role');
export const volumeTagOf = (config: StringMap): VolumeTag | undefined => tagIn<VolumeTag>(config, VOLUME, 'id');
export const cardTagOf = (config: StringMap): CardTag | undefined => tagIn<CardTag>(config, CARD, 'name');
