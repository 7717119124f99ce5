/** Steps that only read: what a plan wants to know before it decides. What they find counts in this pass alone. */
import type { Machine } from '../../../drivers/contract.ts';
import type { Pass } from '../pass.ts';
import { diskName, machineName } from '../naming.ts';
import { diskNameOf } from '../volumes/disk.ts';
import { adoptableBy, twinOf } from '../twins.ts';
import { expectedDisks } from './disks.ts';
import { hostOf, reads } from './host.ts';

/** Asks the host afresh for every machine that has to do with this Instance. */
export async function lookForTwins(pass: Pass): Promise<undefined> {
  const { services, memory, scene } = pass;
  const { identity, record, desired } = scene.world;
  const { clusterId, namespace, name, uid } = identity;
  const id = record.machineId ?? uid;
  const host = hostOf(pass);
  const at = services.clock.monotonic();
  const machineIds = [...new Set([id, uid, ...(desired.adoptMachineId === undefined ? [] : [desired.adoptMachineId])])];
  const found = await reads(pass, (driver, call) =>
    driver.locate({ machineIds, name: machineName(identity), clusterId, namespacedName: { namespace, name } }, call),
  );
  memory.note(uid, { read: { at, machine: found.find(({ machineId }) => machineId === id) } });
  const isLiving = (owner: string): boolean => services.caches.instances.getByUid(owner) !== undefined;
  const listed = desired.adoptMachineId === undefined ? [] : adoptableBy(identity, services.caches.hypervisors.get(host.name));
  pass.looked = { ...pass.looked, twins: found.map((machine) => twinOf(host.name, machine, identity, isLiving, listed)) };
  return undefined;
}

/** Which of the disks made for this Instance are there. */
export async function lookForDisks(pass: Pass): Promise<undefined> {
  const { uid } = pass.scene.world.identity;
  const { disks: recorded, rootVolume } = pass.status;
  const volume = rootVolume && pass.services.caches.volumes.getByUid(rootVolume.volumeUid);
  const made = rootVolume === undefined ? diskName(uid, 'root') : diskNameOf(volume, rootVolume.volumeUid);
  const root = (rootVolume === undefined ? recorded?.find(({ role }) => role === 'root')?.volume : undefined) ?? made;
  const disks = await expectedDisks(pass, root, [root]);
  pass.looked = { ...pass.looked, disks: { rootExists: disks.some(({ name }) => name === root) } };
  return undefined;
}

/** The machine by itself, after something was done to it. Undefined: the host says that it is not there. */
export async function inspectAgain(pass: Pass): Promise<Machine | undefined> {
  const { services, memory, scene, status, call } = pass;
  const { uid } = scene.world.identity;
  const at = services.clock.monotonic();
  const machine = await hostOf(pass).reread(status.machineId ?? uid, call.signal);
  memory.note(uid, { read: { at, machine } });
  return machine;
}
