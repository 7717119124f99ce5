/** Taking the content of an image, or what there is of it, off a host; and saying what keeps it there. */
import type { Hypervisor } from '../../crds/hypervisor.ts';
import type { ImageLocation } from '../../crds/image.ts';
import { DriverError } from '../../drivers/labels.ts';
import type { Host, Hosts } from '../hypervisors/host.ts';
import type { Cache } from '../kernel/watch/cache.ts';
import { waysTo } from './reach.ts';

/** `Gone`: nothing is left there. The other is for a condition. */
export type Removal = { readonly kind: 'Gone' } | { readonly kind: 'Kept'; readonly reason: string; readonly message: string };

export interface Places {
  readonly hosts: Hosts;
  readonly hypervisors: Cache<Hypervisor>;
}

const GONE: Removal = { kind: 'Gone' };
/** All disks of the pool are looked at first. */
const DELETE_MS = 8_000;
const LOOK_MS = 8_000;

/**
 * Idempotent. A Hypervisor that is no more takes what is on it along: nobody could ever look there again. What is in a store
 * that Hypervisors share any of them can remove.
 */
export function removeContent(places: Places, location: ImageLocation, signal: AbortSignal): Promise<Removal> {
  return removeAt(places, location.sharedId === undefined ? location : sharerOf(places, location, location.sharedId), signal);
}

/** The place by way of a host that answers, the one that made it before others; none: as it is. */
function sharerOf({ hosts, hypervisors }: Places, location: ImageLocation, sharedId: string): ImageLocation {
  const ways = waysTo(hypervisors.values(), sharedId);
  const ordered = [...ways.filter(({ hypervisorName }) => hypervisorName === location.hypervisorName), ...ways];
  const answers = ordered.find(({ hypervisorName }) => hosts.get(hypervisorName)?.reachability().status === 'True');
  return { ...location, ...(answers ?? ordered[0]) };
}

async function removeAt({ hosts, hypervisors }: Places, location: ImageLocation, signal: AbortSignal): Promise<Removal> {
  const { hypervisorName, volume, sharedId } = location;
  const found = hypervisors.get(hypervisorName)?.spec.pools?.[location.pool];
  // Another pool under that key is not the one it is in.
  const pool = sharedId === undefined || found?.sharedId === sharedId ? found?.pool : undefined;
  if (hypervisors.get(hypervisorName) === undefined) return GONE;
  if (pool === undefined)
    return {
      kind: 'Kept',
      reason: 'PoolNotFound',
      message: `waits until Hypervisor ${hypervisorName} has spec.pools.${location.pool}${sharedId === undefined ? '' : `, or another with sharedId ${sharedId},`} again`,
    };
  const host = hosts.get(hypervisorName);
  if (host === undefined) return unreachable(hypervisorName);
  try {
    if (sharedId !== undefined) await lookAnew(host, pool, volume, signal);
    await host.act('Build', DELETE_MS, signal, (driver, call) => driver.deleteBase(pool, volume, call));
    return GONE;
  } catch (error) {
    if (!(error instanceof DriverError) || signal.aborted) throw error;
    if (error.label === 'HostUnreachable') return unreachable(hypervisorName);
    return { kind: 'Kept', reason: error.reason, message: `the content on ${hypervisorName} cannot be removed: ${error.message}` };
  }
}

/**
 * A host may not know yet that another one completed it there, and would leave it, or not see who uses it. A name that nothing
 * has makes it read the pool again.
 */
async function lookAnew(host: Host, pool: string, volume: string, signal: AbortSignal): Promise<void> {
  const query = { pools: [pool], namePrefix: volume, expected: [volume, `${volume}-sought`] };
  await host.act('Read', LOOK_MS, signal, (driver, call) => driver.listDisks(query, call));
}

const unreachable = (hypervisorName: string): Removal => ({
  kind: 'Kept',
  reason: 'HostUnreachable',
  message: `waits until Hypervisor ${hypervisorName} answers`,
});
