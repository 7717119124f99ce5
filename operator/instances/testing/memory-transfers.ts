/** Images of the world in memory on their hosts: those that are fetched are there, or are said to be on their way; those of snapshots lie where they lie, or are brought from their store. */
import { hostLocations, storedCopies } from '../../images/locations.ts';
import type { BaseImages, BaseRequest, BaseState } from '../ports.ts';
import type { MemoryHosts } from './memory-hosts.ts';

/** `fetched`: what is told of one that is fetched. */
export function memoryTransfers(hosts: MemoryHosts, fetched: (imageName: string) => BaseState): BaseImages {
  return {
    ensure: (request) => {
      hosts.imagePlaces.add(`${request.pool} ${request.sharedId ?? 'unshared'}`);
      const isFetched = request.image.spec.sources[0]?.snapshot === undefined;
      return Promise.resolve(isFetched ? fetched(request.image.metadata.name) : lying(hosts, request));
    },
    onChange: () => () => undefined,
  };
}

/** Which hosts reach it was for the scheduler to say. */
function lying(hosts: MemoryHosts, { pool, image, held = false }: BaseRequest): BaseState {
  const volume = hostLocations(image)[0]?.volume ?? '';
  const onHost = hosts.list().flatMap(({ driver }) => driver.bases.get(`${pool}/${volume}`) ?? [])[0];
  const [stored] = storedCopies(image);
  const brought = stored && {
    key: `base-${stored.key}`,
    format: 'qcow2' as const,
    sizeBytes: stored.sizeBytes,
    virtualSizeBytes: image.status?.virtualSizeBytes ?? 0,
  };
  const base = onHost ?? brought;
  if (base !== undefined && (held || image.metadata.deletionTimestamp === undefined)) return { kind: 'Ready', base };
  return { kind: 'Failed', label: 'NotFound', reason: 'ImageOnlyOnHost', message: 'it is not there', retryAt: Number.POSITIVE_INFINITY };
}
