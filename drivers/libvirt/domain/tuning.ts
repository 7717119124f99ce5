/** How disks and interfaces are served and limited, in libvirt's words, both ways. */
import type { MachineInterface } from '../../contract.ts';
import type { Bandwidth, Discard, DiskCache, DiskIo, DiskLimits, StorageTuning } from '../../hardware.ts';
import { attribute, child, textOf, type XmlElement } from '../xml.ts';
import { wordFor } from './words.ts';

type Fields = Readonly<Record<string, string>>;

const CACHES: Readonly<Record<DiskCache, string>> = {
  None: 'none',
  WriteThrough: 'writethrough',
  WriteBack: 'writeback',
  DirectSync: 'directsync',
  Unsafe: 'unsafe',
};
const DISCARDS: Readonly<Record<Discard, string>> = { Unmap: 'unmap', Ignore: 'ignore' };
const IO: Readonly<Record<DiskIo, string>> = { Native: 'native', Threads: 'threads', Uring: 'io_uring' };
const LIMITS: Readonly<Record<keyof DiskLimits, string>> = {
  bytesPerSecond: 'total_bytes_sec',
  readBytesPerSecond: 'read_bytes_sec',
  writeBytesPerSecond: 'write_bytes_sec',
  iops: 'total_iops_sec',
  readIops: 'read_iops_sec',
  writeIops: 'write_iops_sec',
};
const limitNames = Object.keys(LIMITS) as readonly (keyof DiskLimits)[];

/** Attributes of a disk's `<driver>`. */
export const driverAttributes = ({ cache = 'None', discard = 'Unmap', io }: StorageTuning = {}): XmlElement => ({
  '@cache': CACHES[cache],
  '@discard': DISCARDS[discard],
  '@io': io && IO[io],
});

/** Parts of a disk; `key` is its name within the machine. */
export const diskTuning = ({ serials, limits = {} }: StorageTuning = {}, key: string): XmlElement => ({
  serial: serials === 'ByName' ? key : undefined,
  iotune: Object.keys(limits).length === 0 ? undefined : Object.fromEntries(limitNames.map((name) => [LIMITS[name], limits[name]])),
});

/** Of the disk that the guest boots from: all of a machine are tuned alike. */
export function viewStorage(disk: XmlElement | undefined): Fields {
  if (disk === undefined) return {};
  const driver = child(disk, 'driver');
  const [cache = 'none', discard = 'unmap', io] = ['cache', 'discard', 'io'].map((name) => attribute(driver, name));
  const tune = child(disk, 'iotune');
  return {
    ...(cache === 'none' ? {} : { 'storage[cache]': wordFor(CACHES, cache) }),
    ...(discard === 'unmap' ? {} : { 'storage[discard]': wordFor(DISCARDS, discard) }),
    ...(io === undefined ? {} : { 'storage[io]': wordFor(IO, io) }),
    ...(child(disk, 'serial') === undefined ? {} : { 'storage[serials]': 'ByName' }),
    ...limitText((name) => Number(textOf(child(tune, LIMITS[name])) || '0')),
  };
}

/** `found` decides of a cache that a host cannot bypass: there the disks were written through it (machines/start.ts). */
export function wantedStorage({ cache = 'None', discard = 'Unmap', io, serials, limits = {} }: StorageTuning = {}, found: Fields): Fields {
  const there = cache === 'None' && found['storage[cache]'] === 'WriteThrough' ? 'WriteThrough' : cache;
  return {
    ...(there === 'None' ? {} : { 'storage[cache]': there }),
    ...(discard === 'Unmap' ? {} : { 'storage[discard]': discard }),
    ...(io === undefined ? {} : { 'storage[io]': io }),
    ...(serials === 'ByName' ? { 'storage[serials]': serials } : {}),
    ...limitText((name) => limits[name] ?? 0),
  };
}

function limitText(limit: (name: keyof DiskLimits) => number): Fields {
  const set = limitNames.flatMap((name) => (limit(name) === 0 ? [] : [`${name} ${limit(name)}`]));
  return set.length === 0 ? {} : { 'storage[limits]': set.join(', ') };
}

/** Parts of an `<interface>`. */
export const interfaceTuning = ({ model = 'virtio', mtu, bandwidth }: MachineInterface): XmlElement => ({
  model: { '@type': model },
  mtu: mtu === undefined ? undefined : { '@size': mtu },
  bandwidth: bandwidth && {
    inbound: averageOf(bandwidth.inBytesPerSecond),
    outbound: averageOf(bandwidth.outBytesPerSecond),
  },
});

const averageOf = (bytes: number | undefined): XmlElement | undefined =>
  bytes === undefined ? undefined : { '@average': kibibytes(bytes) };
const kibibytes = (bytes: number): number => Math.ceil(bytes / 1024);

/** By part, in our words; what every card of ours has is left out. */
export function viewCard(card: XmlElement): Fields {
  const model = attribute(child(card, 'model'), 'type') ?? 'virtio';
  const average = (way: string): number | undefined => numberOf(attribute(child(card, 'bandwidth', way), 'average'));
  return cardTexts(model, numberOf(attribute(child(card, 'mtu'), 'size')), average('inbound'), average('outbound'));
}

export function wantedCard({ model = 'virtio', mtu, bandwidth = {} }: Pick<MachineInterface, 'model' | 'mtu' | 'bandwidth'>): Fields {
  const { inBytesPerSecond, outBytesPerSecond }: Bandwidth = bandwidth;
  return cardTexts(
    model,
    mtu,
    inBytesPerSecond === undefined ? undefined : kibibytes(inBytesPerSecond),
    outBytesPerSecond === undefined ? undefined : kibibytes(outBytesPerSecond),
  );
}

function cardTexts(model: string, mtu: number | undefined, inbound: number | undefined, outbound: number | undefined): Fields {
  const ways = [...(inbound === undefined ? [] : [`in ${inbound} KiB/s`]), ...(outbound === undefined ? [] : [`out ${outbound} KiB/s`])];
  return {
    ...(model === 'virtio' ? {} : { model }),
    ...(mtu === undefined ? {} : { mtu: String(mtu) }),
    ...(ways.length === 0 ? {} : { bandwidth: ways.join(', ') }),
  };
}

const numberOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
