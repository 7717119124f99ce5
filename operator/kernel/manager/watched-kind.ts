/** One kind that is watched: its cache and the reflector that fills it. */
import type { KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resource.ts';
import type { Services } from '../services.ts';
import { ObjectCache } from '../watch/object-cache.ts';
import { Reflector } from '../watch/reflector.ts';
import { withoutManagedFields } from '../watch/strip.ts';
import type { CacheOptions } from './types.ts';

export interface WatchedKind {
  readonly name: string;
  readonly cache: ObjectCache<KubeObject>;
  run(signal: AbortSignal): Promise<void>;
}

export const nameOfKind = ({ group, plural }: Resource): string => (group === '' ? plural : `${plural}.${group}`);

export function watchKind<T extends KubeObject>(
  resource: Resource<T>,
  { transform, ...query }: CacheOptions<T>,
  services: Services,
): WatchedKind {
  const name = nameOfKind(resource);
  const log = services.log.child({ watch: name });
  const cache = new ObjectCache<T>({
    transform: (object) => (transform === undefined ? withoutManagedFields(object) : transform(withoutManagedFields(object))),
    onFault: (error) => log.error('A listener or an index of a cache failed', { error }),
  });
  const { client, clock, random } = services;
  const reflector = new Reflector<T>({ client, resource, cache, clock, log, random, query });
  return { name, cache: cache as unknown as ObjectCache<KubeObject>, run: (signal) => reflector.run(signal) };
}
