/** Which base images something needs, or may need soon. Pure: reads caches. */
import type { Hypervisor } from '../../../crds/hypervisor.ts';
import type { Image } from '../../../crds/image.ts';
import type { Instance } from '../../../crds/instance.ts';
import type { Volume } from '../../../crds/volume.ts';
import type { Cache } from '../../kernel/watch/cache.ts';
import { baseKey, contentSource, fetchedKey } from '../source.ts';
import { isCachedOn } from './pre-cache.ts';

export interface UseCaches {
  readonly images: Cache<Image>;
  readonly instances: Cache<Instance>;
  readonly volumes: Cache<Volume>;
}

/**
 * Keys of the bases that objects on the host need, and those that are on no host yet, which may come to it. `shared`: of a
 * pool that other hosts reach, too, so whatever host an object is on counts.
 */
export function keysInUse(hypervisor: Hypervisor, shared: boolean, { images, instances, volumes }: UseCaches): ReadonlySet<string> {
  const { name } = hypervisor.metadata;
  const keys = new Set<string>();
  const concerns = (hypervisorName: string | undefined): boolean => shared || hypervisorName === undefined || hypervisorName === name;
  const addImage = (image: Image | undefined): void => {
    if (image === undefined) return;
    for (const source of image.spec.sources) {
      const key = baseKey(image, source);
      if (key !== undefined) keys.add(key);
      const content = contentSource(image, source);
      if (content !== undefined) keys.add(fetchedKey(image.metadata.uid, content.checksum.sha256));
    }
  };
  const addNamed = (namespace: string, imageName: string | undefined): void => {
    if (imageName !== undefined) addImage(images.get(`${namespace}/${imageName}`));
  };
  for (const { metadata, spec, status } of instances.values()) {
    if (!concerns(status?.hypervisorName)) continue;
    addNamed(metadata.namespace, spec.imageName);
    addNamed(metadata.namespace, spec.rescue?.imageName);
    const made = status?.resolved?.image;
    const key = made?.baseKey ?? (made?.sha256 && fetchedKey(made.uid, made.sha256));
    if (key !== undefined) keys.add(key);
  }
  for (const { metadata, spec, status } of volumes.values()) {
    if (concerns(status?.hypervisorName ?? spec.hypervisorName)) addNamed(metadata.namespace, spec.imageName);
  }
  for (const image of images.values()) if (image.spec.preCache !== undefined && (shared || isCachedOn(image, hypervisor))) addImage(image);
  return keys;
}
