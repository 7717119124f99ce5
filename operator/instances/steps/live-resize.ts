/** Steps that give a running guest another size. */
import { DriverError } from '../../../drivers/labels.ts';
import type { OwnerMark } from '../../../drivers/owner.ts';
import { keyOf } from '../../kernel/api/object.ts';
import type { Pass } from '../pass.ts';
import { changing, type DesiredLive } from '../plan/live-resize.ts';
import type { Size } from '../size.ts';
import { changes, QUICK_MS, targetOf, WORK_MS } from './host.ts';
import { noRoomFor, ROOM_RETRY_MS } from './resize.ts';
import type { Pending } from './types.ts';

/** Once there is room for it: the mark says that the run is not quite what it was started for any more. */
export async function beginLiveResize(pass: Pass): Promise<Pending | undefined> {
  const { services, instance, status } = pass;
  const { size } = wantedOf(pass);
  const full = noRoomFor(pass, size);
  if (full !== undefined) return { reason: 'HostFull', message: full, retryAt: services.clock.now() + ROOM_RETRY_MS };
  const { vcpus, memoryBytes } = size;
  services.claims.assume(keyOf(instance), { hypervisorName: status.hypervisorName ?? '', vcpus, memoryBytes });
  await markRun(pass, changing);
  return undefined;
}

export async function resizeLive(pass: Pass): Promise<undefined> {
  const { live } = wantedOf(pass);
  await changes(pass, 'Build', WORK_MS, (driver, call) => driver.resizeLive(targetOf(pass), live.size, call));
  return undefined;
}

/** From here on the run is one that was started for what the spec asks. */
export async function endLiveResize(pass: Pass): Promise<undefined> {
  const { size } = wantedOf(pass);
  await markAsAsked(pass);
  const note = `the running guest was given the size of Flavor ${size.flavorName}`;
  pass.services.events.record(pass.instance, { type: 'Normal', reason: 'ResizedLive', action: 'ResizeLive', note });
  return undefined;
}

/** All that differs was met while it runs. */
export async function markAsAsked(pass: Pass): Promise<undefined> {
  const { bootHash } = pass.scene.world.desired;
  if (bootHash !== undefined) await markRun(pass, () => bootHash);
  return undefined;
}

function wantedOf({ scene: { wanted, world } }: Pass): { readonly size: Size; readonly live: DesiredLive } {
  const { live } = world.desired;
  if (wanted.size === undefined || live === undefined)
    throw new DriverError('Conflict', 'the flavor went missing meanwhile', { reason: 'ReferenceLost' });
  return { size: wanted.size, live };
}

async function markRun(pass: Pass, change: (bootHash: string) => string): Promise<void> {
  const owner = pass.scene.details?.owner;
  if (owner?.bootHash === undefined) throw new DriverError('Conflict', 'the machine has no run any more', { reason: 'RunEnded' });
  const mark: OwnerMark = { ...owner, bootHash: change(owner.bootHash) };
  await changes(pass, 'Build', QUICK_MS, (driver, call) => driver.setMark(targetOf(pass), mark, call));
}
