/**
 * What the names in a spec mean: sizes, image, networks and pool, and which of them are missing.
 *
 * Read from caches at every pass, so a reference that comes later is simply found then. What was resolved when the
 * machine was made (status.resolved) decides where the spec leaves a choice.
 */
import { parseDuration } from '../../crds/duration.ts';
import type { Hypervisor } from '../../crds/hypervisor.ts';
import type { Image, ImageProperties, ImageSource } from '../../crds/image.ts';
import type { Instance, InstanceStatus } from '../../crds/instance.ts';
import type { Network } from '../../crds/network.ts';
import type { ImageFormat, MachineInterface } from '../../drivers/contract.ts';
import type { GuestSystem } from '../../crds/vocabulary.ts';
import type { Hardware } from '../../drivers/hardware.ts';
import { defaultPool, poolOf } from '../hypervisors/pools.ts';
import { findSource } from '../images/source.ts';
import { bootHash, fixedHash } from './boot-hash.ts';
import { driveShape } from './config-drive.ts';
import type { DriveShape } from './configdrive/guest-config.ts';
import { guestRefusal } from './guest-refusal.ts';
import { cardOf, hardwareOf } from './hardware.ts';
import { macAddress } from './naming.ts';
import type { MissingReference, Refusal } from './plan/types.ts';
import type { InstanceCaches } from './services.ts';
import { isOffloaded } from './shelf.ts';
import { effectiveSize, type Size } from './size.ts';
import { rootVolumeOf, type RootVolume } from './volumes/root.ts';

export const DEFAULT_SHUTDOWN_TIMEOUT_MS = 60_000;

export interface Wanted {
  readonly missing: readonly MissingReference[];
  /** Undefined: the flavor is missing. */
  readonly size: Size | undefined;
  /** Of the spec; of a root disk that is a Volume, the one that this is made from. */
  readonly image: Image | undefined;
  readonly rootVolume: RootVolume | undefined;
  /** The source that the host takes; undefined where the host or the image is not known, or has none it can boot. */
  readonly source: ImageSource | undefined;
  readonly interfaces: readonly WantedInterface[];
  readonly hardware: Hardware;
  readonly pool: { readonly key: string; readonly name: string } | undefined;
  readonly shutdownTimeoutMs: number;
  readonly os: GuestSystem;
  /** Who administers the guest, where its image says so. */
  readonly adminUser: string | undefined;
  readonly drive: DriveShape;
  readonly refused: Refusal | undefined;
  readonly bootHash: string | undefined;
  /** Of what no change of a running guest can meet. */
  readonly fixedHash: string;
  readonly makings: string | undefined;
}

export interface WantedInterface {
  readonly name: string;
  readonly mac: string;
  readonly network: Network;
  /** Static ones. */
  readonly addresses: readonly string[];
  /** Undefined: no host is chosen yet, or it lacks the network. */
  readonly source: MachineInterface['source'] | undefined;
  readonly card: Pick<MachineInterface, 'model' | 'mtu' | 'bandwidth'>;
}

/** The host that status names, as far as what is wanted depends on it. */
export interface ChosenHost {
  readonly hypervisor: Hypervisor;
  readonly imageFormats: readonly ImageFormat[];
}

/** What is wanted, for one pass: worked out anew only where something that it depends on was written in between. */
export class WantedOfPass {
  #last: { readonly status: InstanceStatus; readonly hypervisor: Hypervisor | undefined; readonly wanted: Wanted } | undefined;
  /** Of the spec of a generation at a size. */
  #hash: { readonly generation: number | undefined; readonly size: Size; readonly hash: string } | undefined;
  #fixed: { readonly generation: number | undefined; readonly hash: string } | undefined;

  resolve(instance: Instance, status: InstanceStatus, chosen: ChosenHost | undefined, caches: InstanceCaches): Wanted {
    const last = this.#last;
    const same =
      last?.hypervisor === chosen?.hypervisor &&
      last?.status.machineId === status.machineId &&
      last?.status.resolved === status.resolved &&
      last?.status.resize === status.resize &&
      last?.status.lifecycle === status.lifecycle &&
      last?.status.rootVolume?.volumeUid === status.rootVolume?.volumeUid &&
      last?.status.interfaces === status.interfaces;
    if (last !== undefined && same) return last.wanted;
    const wanted = resolveWanted(instance, status, chosen, caches, {
      bootHash: (size) => this.#hashOf(instance, size),
      fixedHash: this.#fixedHashOf(instance),
    });
    this.#last = { status, hypervisor: chosen?.hypervisor, wanted };
    return wanted;
  }

  #hashOf({ metadata: { generation }, spec }: Instance, size: Size): string {
    const known = this.#hash;
    if (known?.generation === generation && known.size.vcpus === size.vcpus && known.size.memoryBytes === size.memoryBytes)
      return known.hash;
    const hash = bootHash(spec, size);
    this.#hash = { generation, size, hash };
    return hash;
  }

  #fixedHashOf({ metadata: { generation }, spec }: Instance): string {
    if (this.#fixed === undefined || this.#fixed.generation !== generation) this.#fixed = { generation, hash: fixedHash(spec) };
    return this.#fixed.hash;
  }
}

function resolveWanted(
  instance: Instance,
  status: InstanceStatus,
  chosen: ChosenHost | undefined,
  caches: InstanceCaches,
  hashes: { readonly bootHash: (size: Size) => string; readonly fixedHash: string },
): Wanted {
  const missing: MissingReference[] = [];
  const { namespace, uid } = instance.metadata;
  const { spec } = instance;

  const size = effectiveSize(instance, status, caches);
  if (size === undefined) missing.push({ ...notFound('Flavor', spec.flavorName), unmet: status.resolved?.flavorName !== spec.flavorName });
  const rootVolume = rootVolumeOf(instance, status, caches);
  const { image, lacking } = imageFor(instance, status, rootVolume, caches);
  if (lacking !== undefined) missing.push(lacking);
  const interfaces: WantedInterface[] = [];
  for (const asked of spec.networks ?? []) {
    const { name, networkName, macAddress: chosenMac, addresses = [] } = asked;
    const network = caches.networks.get(`${namespace}/${networkName}`);
    if (network === undefined) {
      missing.push({ ...notFound('Network', networkName), unmet: !isPlugged(status, name, networkName) });
      continue;
    }
    const source = chosen && hostNetwork(chosen.hypervisor, network.spec.hostNetwork);
    if (chosen !== undefined && source === undefined) {
      missing.push(lacks('HostNetwork', chosen.hypervisor, `spec.networks.${network.spec.hostNetwork}`));
    }
    // What a guest has seen stays; a machine that was taken over keeps what follows from the id it was made with.
    const known = status.interfaces?.find((each) => each.name === name)?.macAddress;
    const mac = chosenMac ?? known ?? macAddress(status.machineId ?? uid, name);
    interfaces.push({ name, mac, network, addresses, source, card: cardOf(asked) });
  }
  const poolKey = chosen && (spec.storage?.pool ?? status.resolved?.pool ?? defaultPool(chosen.hypervisor.spec));
  const pool = poolKey === undefined ? undefined : chosen && poolOf(chosen.hypervisor.spec, poolKey);
  if (chosen !== undefined && pool === undefined)
    missing.push(lacks('Pool', chosen.hypervisor, `spec.pools.${poolKey ?? spec.storage?.pool ?? ''}`));

  // A machine that has its disk does without its Image; what guests are told is then as it was known when it was made.
  const properties = image === undefined ? status.resolved?.image?.properties : image.spec.properties;
  const source = image && chosen && findSource(image, chosen.imageFormats);
  return {
    missing,
    size,
    image,
    rootVolume,
    source,
    interfaces,
    hardware: hardwareOf(spec),
    pool: poolKey === undefined || pool === undefined ? undefined : { key: poolKey, name: pool.pool },
    shutdownTimeoutMs: shutdownTimeout(instance, properties),
    os: properties?.os ?? 'Linux',
    adminUser: properties?.adminUser,
    drive: driveShape(properties),
    refused: guestRefusal(spec, properties, interfaces),
    bootHash: size && hashes.bootHash(size),
    fixedHash: hashes.fixedHash,
    makings: size && poolKey !== undefined ? makingsOf(rootDiskOrigin(rootVolume, image, source), size.flavorName, poolKey) : undefined,
  };
}

/** Of one that was offloaded the copy of its own disk, and nothing else. */
function imageFor(
  { metadata: { namespace }, spec }: Instance,
  status: InstanceStatus,
  rootVolume: RootVolume | undefined,
  { images }: Pick<InstanceCaches, 'images'>,
): { readonly image: Image | undefined; readonly lacking?: MissingReference } {
  const { copy } = status.lifecycle ?? {};
  if (copy === undefined || !isOffloaded(status)) {
    const imageName = spec.imageName ?? rootVolume?.volume?.spec.imageName;
    const image = imageName === undefined ? undefined : images.get(`${namespace}/${imageName}`);
    return image === undefined && spec.imageName !== undefined ? { image, lacking: notFound('Image', spec.imageName) } : { image };
  }
  const image = images.getByUid(copy.imageUid);
  const until = `Image ${copy.snapshotName} is there again: it is what was on the root disk, and nothing else is put in its place`;
  return image === undefined ? { image, lacking: { kind: 'Image', reason: 'ShelvedCopyLost', until } } : { image };
}

/** What an unfinished machine is made from. A flavor cannot be changed, so its name stands for its numbers. */
export const makingsOf = (origin: string | undefined, flavorName: string, pool: string): string | undefined =>
  origin === undefined ? undefined : `${origin} ${flavorName} ${pool}`;

/** The content of an Image that a snapshot made never changes. */
export const ofImage = (uid: string, sha256: string | undefined): string => `${uid} ${sha256 ?? ''}`;
const ofVolume = (uid: string): string => `volume ${uid}`;

function rootDiskOrigin(rootVolume: RootVolume | undefined, image: Image | undefined, source: ImageSource | undefined): string | undefined {
  if (rootVolume !== undefined) return rootVolume.volume && ofVolume(rootVolume.volume.metadata.uid);
  return image && source && ofImage(image.metadata.uid, source.checksum?.sha256);
}

/** The makings at the time of the claim, from what it recorded. */
export function recordedMakings({ resolved, rootVolume }: Pick<InstanceStatus, 'resolved' | 'rootVolume'>): string | undefined {
  const { image, flavorName, pool } = resolved ?? {};
  const origin = rootVolume === undefined ? image && ofImage(image.uid, image.sha256) : ofVolume(rootVolume.volumeUid);
  return flavorName !== undefined && pool !== undefined ? makingsOf(origin, flavorName, pool) : undefined;
}

function hostNetwork({ spec }: Hypervisor, key: string): MachineInterface['source'] | undefined {
  const { networks = {} } = spec;
  const { network, bridge } = (Object.hasOwn(networks, key) ? networks[key] : undefined) ?? {};
  if (network !== undefined) return { network };
  return bridge === undefined ? undefined : { bridge };
}

function shutdownTimeout({ spec }: Instance, properties: ImageProperties | undefined): number {
  const text = spec.shutdownTimeout ?? properties?.shutdownTimeout;
  return text === undefined ? DEFAULT_SHUTDOWN_TIMEOUT_MS : parseDuration(text);
}

/** A machine that has the interface does without the Network until its next start. */
const isPlugged = ({ interfaces = [] }: InstanceStatus, name: string, networkName: string): boolean =>
  interfaces.some((each) => each.name === name && each.networkName === networkName);

const notFound = (kind: 'Flavor' | 'Image' | 'Network', name: string): MissingReference => ({
  kind,
  reason: `${kind}NotFound`,
  until: `${kind} ${name} exists`,
});

const lacks = (kind: 'HostNetwork' | 'Pool', { metadata }: Hypervisor, field: string): MissingReference => ({
  kind,
  reason: `${kind}NotFound`,
  until: `Hypervisor ${metadata.name} has ${field}`,
});
