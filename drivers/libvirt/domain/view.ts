/** What a definition says, as far as the driver compares and reports it: the same few facts from our own XML and from anyone's. */
import type { MachineDisk } from '../../contract.ts';
import type { OwnerMark } from '../../owner.ts';
import { markOfDomain } from '../mark.ts';
import { attribute, child, children, parseXml, textOf, type XmlElement } from '../xml.ts';
import { viewHardware } from './hardware.ts';
import { viewSize, type ViewedSize } from './size.ts';
import { viewCard } from './tuning.ts';
import { AGENT_CHANNEL, diskOfAlias, nameOfInterfaceAlias } from './names.ts';
import { idOfVolumeAlias } from './volumes.ts';

export interface DomainView extends ViewedSize {
  readonly name: string;
  readonly uuid: string;
  /** Its own; volumes are apart. */
  readonly disks: readonly ViewedDisk[];
  /** Absent: none. */
  readonly volumes?: readonly ViewedVolume[];
  readonly interfaces: readonly ViewedInterface[];
  readonly owner?: OwnerMark;
  /** By field, in our words: what it has beyond what every machine of ours has. Absent: nothing. */
  readonly hardware?: Readonly<Record<string, string>>;
  /** Of what runs: whether an agent holds its channel open. Absent: there is none, or it does not run. */
  readonly guestAgent?: 'Connected' | 'Disconnected';
}

export interface ViewedDisk {
  readonly role: MachineDisk['role'];
  readonly label?: string;
  readonly device?: 'CDROM';
  /** Path on the host, or what else the source is called; '' for an empty drive. */
  readonly path: string;
}

export interface ViewedVolume {
  readonly id: string;
  readonly path: string;
}

export interface ViewedInterface {
  /** As its alias says; of one that is not ours, its MAC. */
  readonly name: string;
  /** Lower case. */
  readonly mac: string;
  /** `network lab`, `bridge br0`, or the type alone for what we never make. */
  readonly source: string;
  /** By part, in our words, where it is another than every card of ours has. */
  readonly tuning?: Readonly<Record<string, string>>;
}

export function viewDomain(xml: string): DomainView {
  const domain = parseXml('domain', xml);
  const devices = child(domain, 'devices');
  const owner = markOfDomain(domain);
  const disks = children(devices, 'disk');
  const volumes = disks.flatMap(viewVolume);
  const hardware = viewHardware(domain);
  const guestAgent = viewAgent(devices);
  return {
    name: textOf(child(domain, 'name')),
    uuid: textOf(child(domain, 'uuid')).toLowerCase(),
    ...viewSize(domain),
    disks: disks.filter((disk) => volumeIdOf(disk) === undefined).map(viewDisk),
    ...(volumes.length === 0 ? {} : { volumes }),
    interfaces: children(devices, 'interface').map(viewInterface),
    ...(owner === undefined ? {} : { owner }),
    ...(Object.keys(hardware).length === 0 ? {} : { hardware }),
    ...(guestAgent === undefined ? {} : { guestAgent }),
  };
}

/** libvirt says so of a running machine only. */
function viewAgent(devices: XmlElement | undefined): DomainView['guestAgent'] {
  const targets = children(devices, 'channel').map((channel) => child(channel, 'target'));
  const state = attribute(
    targets.find((target) => attribute(target, 'name') === AGENT_CHANNEL),
    'state',
  );
  if (state === undefined) return undefined;
  return state === 'connected' ? 'Connected' : 'Disconnected';
}

function viewDisk(disk: XmlElement, index: number): ViewedDisk {
  const known = diskOfAlias(attribute(child(disk, 'alias'), 'name')) ?? { role: guessRole(disk, index) };
  return { ...known, path: pathOfDisk(disk), ...(attribute(disk, 'device') === 'cdrom' ? { device: 'CDROM' } : {}) };
}

/** '' for an empty drive; of one that is named by its pool, `pool/name`; of one on the network, `protocol:name`. */
export function pathOfDisk(disk: XmlElement): string {
  const source = child(disk, 'source');
  const [pool, volume] = ['pool', 'volume'].map((what) => attribute(source, what));
  if (pool !== undefined && volume !== undefined) return `${pool}/${volume}`;
  const [protocol, name] = ['protocol', 'name'].map((what) => attribute(source, what));
  if (protocol !== undefined && name !== undefined) return `${protocol}:${name}`;
  return ['file', 'dev', 'name', 'dir'].map((what) => attribute(source, what)).find((value) => value !== undefined) ?? '';
}

/** Path of what it is being copied to; undefined: it is not. */
export const mirrorOfDisk = (disk: XmlElement): string | undefined =>
  attribute(child(disk, 'mirror', 'source'), 'file') ?? attribute(child(disk, 'mirror'), 'file');

const volumeIdOf = (disk: XmlElement): string | undefined => idOfVolumeAlias(attribute(child(disk, 'alias'), 'name'));

function viewVolume(disk: XmlElement): readonly ViewedVolume[] {
  const id = volumeIdOf(disk);
  return id === undefined ? [] : [{ id, path: pathOfDisk(disk) }];
}

/** Of a definition that is not ours (adopted): the first disk is what it boots from, as libvirt's default says. */
function guessRole(disk: XmlElement, index: number): MachineDisk['role'] {
  if (attribute(disk, 'device') === 'cdrom') return 'config';
  return index === 0 || attribute(child(disk, 'boot'), 'order') === '1' ? 'root' : 'ephemeral';
}

/** A running machine on a network that is a bridge reads as type bridge, but still names its network: that is what it was given. */
function viewInterface(element: XmlElement): ViewedInterface {
  const source = child(element, 'source');
  const kind = (['network', 'bridge'] as const).find((name) => attribute(source, name) !== undefined);
  const mac = (attribute(child(element, 'mac'), 'address') ?? '').toLowerCase();
  const tuning = viewCard(element);
  return {
    name: nameOfInterfaceAlias(attribute(child(element, 'alias'), 'name')) ?? mac,
    mac,
    source: kind === undefined ? (attribute(element, 'type') ?? '') : `${kind} ${attribute(source, kind) ?? ''}`,
    ...(Object.keys(tuning).length === 0 ? {} : { tuning }),
  };
}
