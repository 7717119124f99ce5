/**
 * Which Instance has a Volume, or is being given it: the one whose status lists it. Status is written before anything is
 * done on a host; what is being written just now counts as written, so that two passes never claim one Volume.
 */
import type { Instance, InstanceStatus, SwapRecord } from '../../../crds/instance.ts';
import type { Index } from '../../kernel/watch/cache.ts';
import { distinct } from '../../kernel/watch/distinct.ts';

export class VolumeClaims {
  readonly #listing: Index<Instance>;
  /** The Instance that is about to list it, by UID of the Volume. */
  readonly #underWay = new Map<string, Instance>();

  /** Instances by the UID of each Volume that their status lists. */
  constructor(listing: Index<Instance>) {
    this.#listing = listing;
  }

  /** Another Instance that has it; undefined: nobody but, maybe, this one. */
  holderBeside(volumeUid: string, instance: Instance): Instance | undefined {
    const { uid } = instance.metadata;
    const claiming = this.#underWay.get(volumeUid);
    if (claiming !== undefined && claiming.metadata.uid !== uid) return claiming;
    return this.#listing.get(volumeUid).find(({ metadata }) => metadata.uid !== uid);
  }

  /** `write` puts them into the status of the Instance. */
  async during<T>(volumeUids: readonly string[], instance: Instance, write: () => Promise<T>): Promise<T> {
    for (const uid of volumeUids) this.#underWay.set(uid, instance);
    try {
      return await write();
    } finally {
      for (const uid of volumeUids) this.#underWay.delete(uid);
    }
  }
}

export const listedVolumes = ({ status }: Instance): readonly string[] => distinct(hasOf(status).map((one) => one.volumeUid));

interface Had extends SwapRecord {
  readonly name: string;
}

/** What it has, or is being given; the Volume among them that one of its volumes moves to. */
export const hasOf = (status: InstanceStatus | undefined): readonly Had[] => [
  ...(status?.rootVolume === undefined ? [] : [{ name: 'root', ...status.rootVolume }]),
  ...(status?.volumes ?? []),
  ...(status?.action?.phase === 'Running' && status.action.swap !== undefined ? [{ name: 'root', ...status.action.swap }] : []),
];

/** Keys of the Volumes that an Instance asks for, the root disk among them. */
export const askedVolumes = (instance: Instance): readonly string[] => keysOf(instance, asked(instance));

/** Those, and the ones that it has. */
export function namedVolumes(instance: Instance): readonly string[] {
  return keysOf(instance, [...asked(instance), ...hasOf(instance.status)]);
}

interface Named {
  readonly volumeName: string;
}

const asked = ({ spec }: Instance): readonly Named[] => [
  ...(spec.rootVolume === undefined ? [] : [spec.rootVolume]),
  ...(spec.volumes ?? []),
];

const keysOf = ({ metadata }: Instance, names: readonly Named[]): readonly string[] =>
  distinct(names.map(({ volumeName }) => `${metadata.namespace}/${volumeName}`));
