/** What of a pool's licence matters here: the features that Hostler has a use for, by the pool's own flags. Pure. */
import type { PoolRestriction } from '../../crds/vocabulary.ts';

const BY_FLAG: ReadonlyMap<string, PoolRestriction> = new Map([
  ['restrict_vif_locking', 'AddressLocking'],
  ['restrict_xen_motion', 'LiveMigration'],
  ['restrict_storage_xen_motion', 'StorageMigration'],
  ['restrict_checkpoint', 'SuspendedSnapshots'],
  ['restrict_dmc', 'DynamicMemory'],
  ['restrict_set_vcpus_number_live', 'LiveCPUs'],
  ['restrict_vlan', 'VLAN'],
  ['restrict_pool_size', 'PoolSize'],
]);

/** In the order of the alphabet. */
export function restrictionsOf(flags: readonly string[]): readonly PoolRestriction[] {
  const known = flags.flatMap((flag) => BY_FLAG.get(flag) ?? []);
  return [...new Set(known)].sort();
}
