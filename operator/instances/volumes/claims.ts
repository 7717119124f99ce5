/**
 * Which Instance has a Volume, or is being given it: the one whose status lists it. Status is written before anything is
 * done on a host; what is being written just now counts as written, so that two passes never claim one Volume.
 */
import type { Instance } from '../../../crds/instance.ts';
import type { Index } from '../../kernel/watch/cache.ts';

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

export const listedVolumes = ({ status }: Instance): readonly string[] => [
  ...new Set([...(status?.rootVolume === undefined ? [] : [status.rootVolume]), ...(status?.volumes ?? [])].map((one) => one.volumeUid)),
];

/** Keys of the Volumes that an Instance names or lists. */
export const namedVolumes = (instance: Instance): readonly string[] => {
  const { metadata, spec, status } = instance;
  const { namespace } = metadata;
  const roots = [spec.rootVolume, status?.rootVolume].filter((one) => one !== undefined);
  const names = [...roots, ...(spec.volumes ?? []), ...(status?.volumes ?? [])].map(({ volumeName }) => volumeName);
  return [...new Set(names)].map((name) => `${namespace}/${name}`);
};
