/** What an Instance claims on its host, from its status: for the scheduler's account. */
import type { Instance } from '../../crds/instance.ts';
import { parseQuantity } from '../../crds/quantity.ts';
import { keyOf } from '../kernel/api/object.ts';
import type { Cache } from '../kernel/watch/cache.ts';
import type { Claim, Claims } from '../scheduler/claims.ts';

/** Undefined: no host is claimed. */
export function claimOf({ status }: Instance): Claim | undefined {
  if (status?.hypervisorName === undefined) return undefined;
  const { vcpus = 0, memory = 0 } = status.resolved ?? {};
  return { hypervisorName: status.hypervisorName, vcpus, memoryBytes: parseQuantity(memory) };
}

/** Keeps the account as Instances come, change and go. Returns the way to stop. */
export function accountFor(instances: Cache<Instance>, claims: Claims): () => void {
  return instances.onChange(({ current, previous }) => {
    if (current !== undefined) claims.observe(keyOf(current), claimOf(current));
    else if (previous !== undefined) claims.forget(keyOf(previous));
  });
}
