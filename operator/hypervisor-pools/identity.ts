/** Which pool a HypervisorPool is: the same one for as long as the object lives, and no two objects are one pool. Pure. */
import type { HypervisorPool } from '../../crds/hypervisor-pool.ts';
import type { Obstacle } from './readiness.ts';

/** `uuid`: of the pool that answers. `others`: other HypervisorPools, and which pool each is known to be. */
export function identityObstacle(
  { metadata, status }: HypervisorPool,
  uuid: string,
  others: ReadonlyMap<HypervisorPool, string | undefined>,
): Obstacle | undefined {
  if (status?.poolUUID !== undefined && status.poolUUID !== uuid) {
    return {
      reason: 'PoolChanged',
      message: `The pool that answers is ${uuid}, and this is pool ${status.poolUUID}: put the endpoints back. Another pool gets a HypervisorPool of its own`,
    };
  }
  const same = [...others].flatMap(([other, known]) => (known === uuid ? [other] : []));
  const elder = same.find((other) => isElder(other.metadata, metadata));
  return (
    elder && {
      reason: 'DuplicatePool',
      message: `HypervisorPool ${elder.metadata.name} is this very pool: delete one of them`,
    }
  );
}

function isElder(a: HypervisorPool['metadata'], b: HypervisorPool['metadata']): boolean {
  return a.creationTimestamp === b.creationTimestamp ? a.name < b.name : a.creationTimestamp < b.creationTimestamp;
}
