/** Taking the content of an image, or what there is of it, off a host; and saying what keeps it there. */
import type { Hypervisor } from '../../crds/hypervisor.ts';
import type { ImageLocation } from '../../crds/image.ts';
import { DriverError } from '../../drivers/labels.ts';
import type { Hosts } from '../hypervisors/host.ts';
import type { Cache } from '../kernel/watch/cache.ts';

/** `Gone`: nothing is left there. The other is for a condition. */
export type Removal = { readonly kind: 'Gone' } | { readonly kind: 'Kept'; readonly reason: string; readonly message: string };

export interface Places {
  readonly hosts: Hosts;
  readonly hypervisors: Cache<Hypervisor>;
}

const GONE: Removal = { kind: 'Gone' };
/** All disks of the pool are looked at first. */
const DELETE_MS = 8_000;

/** Idempotent. A Hypervisor that is no more takes what is on it along: nobody could ever look there again. */
export async function removeContent({ hosts, hypervisors }: Places, location: ImageLocation, signal: AbortSignal): Promise<Removal> {
  const { hypervisorName, volume } = location;
  const pool = hypervisors.get(hypervisorName)?.spec.pools?.[location.pool]?.pool;
  if (hypervisors.get(hypervisorName) === undefined) return GONE;
  if (pool === undefined)
    return {
      kind: 'Kept',
      reason: 'PoolNotFound',
      message: `waits until Hypervisor ${hypervisorName} has spec.pools.${location.pool} again`,
    };
  const host = hosts.get(hypervisorName);
  if (host === undefined) return unreachable(hypervisorName);
  try {
    await host.act('Build', DELETE_MS, signal, (driver, call) => driver.deleteBase(pool, volume, call));
    return GONE;
  } catch (error) {
    if (!(error instanceof DriverError) || signal.aborted) throw error;
    if (error.label === 'HostUnreachable') return unreachable(hypervisorName);
    return { kind: 'Kept', reason: error.reason, message: `the content on ${hypervisorName} cannot be removed: ${error.message}` };
  }
}

const unreachable = (hypervisorName: string): Removal => ({
  kind: 'Kept',
  reason: 'HostUnreachable',
  message: `waits until Hypervisor ${hypervisorName} answers`,
});
