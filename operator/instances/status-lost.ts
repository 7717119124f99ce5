/**
 * Whether the status of an Instance was lost: it has our finalizer, and nothing says that no host was ever chosen for it.
 *
 * What says so is `status.origin`, which stands before a host does; and, until the first status is written, that it was
 * this very process that put the finalizer on.
 */
import type { Instance, InstanceStatus } from '../../crds/instance.ts';
import { INSTANCE_FINALIZER } from '../../crds/vocabulary.ts';
import type { Memory } from './memory.ts';

export function isStatusLost({ metadata }: Instance, { hypervisorName, machineId, origin }: InstanceStatus, memory: Memory): boolean {
  if (hypervisorName !== undefined || metadata.finalizers?.includes(INSTANCE_FINALIZER) !== true) return false;
  return (origin === undefined || machineId !== undefined) && memory.of(metadata.uid).begun !== true;
}
