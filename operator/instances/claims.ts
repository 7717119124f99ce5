/** What an Instance claims on its host, from its status: for the scheduler's account. */
import type { Instance, InstanceStatus, ResizeRecord } from '../../crds/instance.ts';
import { parseQuantity } from '../../crds/quantity.ts';
import { keyOf } from '../kernel/api/object.ts';
import type { Cache } from '../kernel/watch/cache.ts';
import type { Claim, Claims } from '../scheduler/claims.ts';

/** Undefined: no host is claimed. */
export function claimOf({ status }: Instance): Claim | undefined {
  if (status?.hypervisorName === undefined) return undefined;
  const sizes = [status.resolved ?? {}, ...resizedBetween(status)];
  return {
    hypervisorName: status.hypervisorName,
    vcpus: Math.max(...sizes.map(({ vcpus = 0 }) => vcpus)),
    memoryBytes: Math.max(...sizes.map(({ memory = 0 }) => parseQuantity(memory))),
  };
}

/** Until a resize is confirmed or taken back it may come to have either size. */
const resizedBetween = ({ resize }: InstanceStatus): readonly ResizeRecord['from'][] =>
  resize === undefined || resize.phase === 'Reverted' ? [] : [resize.from, resize.to];

/** Keeps the account as Instances come, change and go. Returns the way to stop. */
export function accountFor(instances: Cache<Instance>, claims: Claims): () => void {
  return instances.onChange(({ current, previous }) => {
    if (current !== undefined) claims.observe(keyOf(current), claimOf(current));
    else if (previous !== undefined) claims.forget(keyOf(previous));
  });
}
