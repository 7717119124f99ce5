/**
 * When a machine's definition is worth reading, though its state is as it should be: it may have drifted, and status
 * tells of its disks, interfaces and addresses. From memory while nothing hints at a change; else one call to the host.
 */
import type { Pass } from './pass.ts';

/** `woken`: something brought us here, not just the time. After a start of the operator all are read, but not all at once. */
export function wantsDefinition({ scene, status, instance, memory, details, services }: Pass, woken: boolean): boolean {
  const { world } = scene;
  if (world.machine.kind !== 'Present' || scene.details !== undefined || details !== undefined || world.host?.contact !== 'Reachable')
    return false;
  const { lookAt } = memory.of(world.identity.uid);
  if (woken || status.disks === undefined || instance.status?.observedGeneration !== instance.metadata.generation) return true;
  return lookAt !== undefined && lookAt <= services.clock.now();
}

/** A guest gets its addresses a while after it was started, and no host tells when; some never tell them at all. */
const ADDRESSES_WITHIN_MS = 300_000;

/** When the guest was started whose addresses are not known yet; undefined: they are, or there are none to come. */
export function addressesAwaitedSince({ scene, status }: Pass, now: number): number | undefined {
  const { machine } = scene.world;
  const awaited =
    machine.kind === 'Present' && machine.machine.power === 'Running' && status.interfaces !== undefined && status.addresses === undefined;
  if (!awaited || status.run === undefined) return undefined;
  const startedAt = Date.parse(status.run.startedAt);
  return now - startedAt < ADDRESSES_WITHIN_MS ? startedAt : undefined;
}
