/** The machine that `spec.adopt` names gets this Instance's mark. It keeps its id, its name, its disks and its run. */
import { DriverError } from '../../../drivers/labels.ts';
import type { Machine } from '../../../drivers/contract.ts';
import { isOwnedBy, type OwnerMark } from '../../../drivers/owner.ts';
import type { Pass } from '../pass.ts';
import { adoptableBy, isNobodys, relation } from '../twins.ts';
import { changes, hostOf, QUICK_MS, reads } from './host.ts';

export async function adoptMark(pass: Pass): Promise<undefined> {
  const { scene } = pass;
  const machineId = pass.status.machineId ?? '';
  const machine = await reads(pass, (driver, call) => driver.inspect(machineId, call));
  if (machine === undefined) throw gone(machineId);
  if (isOwnedBy(machine.owner, scene.world.identity)) return undefined;
  return pass.plan.twin?.kind === 'Adoptable' ? takeOver(pass, machine) : rename(pass, machine);
}

/** One that was made for an earlier object of this name. */
async function rename(pass: Pass, { machineId, owner }: Machine): Promise<undefined> {
  const { scene, services } = pass;
  const { identity } = scene.world;
  const { clusterId, namespace, name, uid } = identity;
  const isLiving = (each: string): boolean => services.caches.instances.getByUid(each) !== undefined;
  if (owner === undefined || relation(owner, identity, isLiving) !== 'Namesake') throw gone(machineId);
  const mark: OwnerMark = { ...owner, clusterId, namespace, name, uid };
  await changes(pass, 'Build', QUICK_MS, (driver, call) => driver.setMark({ machineId, clusterId, uid: owner.uid }, mark, call));
  return undefined;
}

/** One that is nobody's, as long as its Hypervisor offers it. The run that it is in, if it is on, is one from now on. */
async function takeOver(pass: Pass, { machineId, owner, power }: Machine): Promise<undefined> {
  const { scene, services } = pass;
  const { identity } = scene.world;
  const listed = adoptableBy(identity, services.caches.hypervisors.get(hostOf(pass).name));
  if (!isNobodys(owner) || !listed.includes(machineId)) throw gone(machineId);
  const { clusterId, namespace, name, uid } = identity;
  const run = power === 'Stopped' ? {} : { runId: services.newId() };
  const mark: OwnerMark = { clusterId, namespace, name, uid, role: 'main', origin: 'Adopted', ...run };
  await changes(pass, 'Build', QUICK_MS, (driver, call) => driver.adopt(machineId, mark, call));
  const note = `machine ${machineId} on Hypervisor ${hostOf(pass).name} was taken over as it is`;
  services.events.record(pass.instance, { type: 'Normal', reason: 'Adopted', action: 'Adopt', note });
  return undefined;
}

const gone = (machineId: string): DriverError =>
  new DriverError('Conflict', `machine ${machineId} is not there to be adopted any more`, { reason: 'AdoptionNotAllowed' });
