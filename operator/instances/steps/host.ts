/** Calls to the host of a pass: bounded, and remembered. */
import type { Call, Driver } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { Target } from '../../../drivers/owner.ts';
import type { Host, Slot } from '../../hypervisors/host.ts';
import type { Pass } from '../pass.ts';

/** Calls that return at once. */
export const QUICK_MS = 3_000;
/** Calls that do work on the host. Below what a lease of the usual length has left in its worst moment: longer work is found by observation. */
export const WORK_MS = 8_000;

export type Work<T> = (driver: Driver, call: Call) => Promise<T>;

/** The host that status names. */
export function hostOf({ status, services }: Pass): Host {
  const host = services.hosts.get(status.hypervisorName ?? '');
  if (host === undefined) throw new DriverError('HostUnreachable', `there is no session with Hypervisor ${status.hypervisorName ?? ''}`);
  return host;
}

/** Reads; may be done at any time. */
export const reads = <T>(pass: Pass, work: Work<T>, timeoutMs: number = QUICK_MS, signal: AbortSignal = pass.call.signal): Promise<T> =>
  hostOf(pass).act('Read', timeoutMs, signal, work);

/** Changes something: from here on only what is read after it counts. */
export async function changes<T>(
  pass: Pass,
  slot: Slot,
  timeoutMs: number,
  work: Work<T>,
  signal: AbortSignal = pass.call.signal,
): Promise<T> {
  const { memory, services, scene } = pass;
  pass.acted = true;
  try {
    return await hostOf(pass).act(slot, withinLease(pass, timeoutMs), signal, work);
  } finally {
    memory.note(scene.instance.metadata.uid, { actedAt: services.clock.monotonic(), read: undefined });
  }
}

const LEASE_MARGIN_MS = 500;

/** With short leases calls are shorter; what does not end in time is looked after by the next pass. */
const withinLease = ({ services }: Pass, timeoutMs: number): number =>
  Math.min(timeoutMs, Math.max(QUICK_MS, services.leaseLeft() - LEASE_MARGIN_MS));

/** Our machine, and the owner that must be found on it. */
export function targetOf({ scene, status }: Pass): Target {
  const { identity } = scene.world;
  return { machineId: status.machineId ?? identity.uid, clusterId: identity.clusterId, uid: identity.uid };
}
