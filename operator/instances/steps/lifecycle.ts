/** Steps that write down what is left of an instance that is put away: nothing, or a copy of its root disk. */
import type { Image } from '../../../crds/image.ts';
import type { InstanceStatus, LifecycleRecord } from '../../../crds/instance.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { keyOf } from '../../kernel/api/object.ts';
import { instant } from '../instant.ts';
import { noteLeft } from '../left-behind.ts';
import { withoutMachine } from '../lifecycle-record.ts';
import { writeStatus, type Pass } from '../pass.ts';
import { hostLocations } from '../../images/locations.ts';
import { copyImage } from '../shelf.ts';
import { attachedAs } from '../volumes/report.ts';
import { QUICK_MS } from './host.ts';

/** Its place on the host is free from here on. What it was stays told as far as it is no claim. */
export async function endReclaim(pass: Pass): Promise<undefined> {
  const now = instant(pass.services.clock.now());
  const { copy: _copy, offloadedAt: _at, ...lifecycle } = pass.status.lifecycle ?? {};
  await leave(pass, { ...withoutMachine(pass.status), lifecycle: { softDeletedAt: now, ...lifecycle, reclaimedAt: now } });
  pass.memory.forget(pass.scene.world.identity.uid);
  return undefined;
}

/** From here on the copy is what the instance is made from. Asked of its host first, for nothing else knows what was on the disk. */
export async function beginOffload(pass: Pass): Promise<undefined> {
  const { scene, services, instance } = pass;
  const { shelf, record } = scene.world;
  const image = shelf.kind === 'Ready' ? copyImage(services.caches, instance, shelf.snapshotName) : undefined;
  if (shelf.kind !== 'Ready' || image === undefined) throw lost('the copy of the root disk went missing meanwhile');
  await proveThere(pass, image);
  const copy = {
    snapshotName: shelf.snapshotName,
    imageUid: image.metadata.uid,
    imageName: record.imageName ?? instance.spec.imageName ?? '',
  };
  const lifecycle: LifecycleRecord = { ...pass.status.lifecycle, copy };
  await writeStatus(pass, { ...pass.instance.status, lifecycle });
  pass.status = { ...pass.status, lifecycle };
  return undefined;
}

/** Its place on the host is free; its volumes and its addresses are still its own. */
export async function endOffload(pass: Pass): Promise<undefined> {
  const { status, services, scene } = pass;
  const listed = new Set((status.volumes ?? []).map(({ volumeUid }) => volumeUid));
  const kept = scene.volumes.filter(({ wanted, volumeUid }) => wanted && listed.has(volumeUid));
  const volumes = kept.map((volume) => attachedAs(volume, 'Attaching'));
  await leave(pass, {
    ...withoutMachine(status),
    ...(status.interfaces === undefined ? {} : { interfaces: status.interfaces }),
    ...(volumes.length === 0 ? {} : { volumes }),
    lifecycle: { ...status.lifecycle, offloadedAt: instant(services.clock.now()) },
  });
  return undefined;
}

async function leave(pass: Pass, status: InstanceStatus): Promise<void> {
  const { services, memory, scene } = pass;
  const { uid } = scene.world.identity;
  const { hypervisorName } = pass.status;
  pass.status = status;
  await writeStatus(pass, status);
  services.claims.forget(keyOf(pass.instance));
  // What was observed there before counts for nothing any more.
  memory.note(uid, { read: undefined, actedAt: undefined, missedAt: undefined });
  if (hypervisorName !== undefined) noteLeft(memory, uid, hypervisorName, services.clock.monotonic());
  pass.looked = { ...pass.looked, twins: undefined, disks: undefined };
}

async function proveThere({ services, call }: Pass, image: Image): Promise<void> {
  const { metadata, spec } = image;
  const [location] = hostLocations(image);
  const host = services.hosts.get(location?.hypervisorName ?? '');
  const pool = services.caches.hypervisors.get(location?.hypervisorName ?? '')?.spec.pools?.[location?.pool ?? '']?.pool;
  if (location === undefined || host === undefined || pool === undefined) throw lost(`where Image ${metadata.name} is cannot be asked`);
  const base = await host.act('Read', QUICK_MS, call.signal, (driver, within) => driver.findBase(pool, location.volume, within));
  if (base === undefined || !spec.sources.some(({ format }) => format === base.format))
    throw lost(`the copy of the root disk is not on Hypervisor ${location.hypervisorName} any more`);
}

const lost = (message: string): DriverError => new DriverError('Conflict', message, { reason: 'ShelvedCopyLost' });
