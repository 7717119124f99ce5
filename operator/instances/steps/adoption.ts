/** The machine that `spec.adopt` names gets this Instance's mark. It keeps its id, its name, its disks and its run. */
import { DriverError } from '../../../drivers/labels.ts';
import { isOwnedBy, type OwnerMark } from '../../../drivers/owner.ts';
import type { Pass } from '../pass.ts';
import { relation } from '../twins.ts';
import { changes, QUICK_MS, reads } from './host.ts';

export async function adoptMark(pass: Pass): Promise<undefined> {
  const { scene, services } = pass;
  const { identity } = scene.world;
  const { clusterId, namespace, name, uid } = identity;
  const machineId = pass.status.machineId ?? '';
  const machine = await reads(pass, (driver, call) => driver.inspect(machineId, call));
  if (isOwnedBy(machine?.owner, identity)) return undefined;
  const isLiving = (owner: string): boolean => services.caches.instances.getByUid(owner) !== undefined;
  if (machine?.owner === undefined || relation(machine.owner, identity, isLiving) !== 'Namesake') {
    throw new DriverError('Conflict', `machine ${machineId} is not there to be adopted any more`, { reason: 'AdoptionNotAllowed' });
  }
  const mark: OwnerMark = { ...machine.owner, clusterId, namespace, name, uid };
  const target = { machineId, clusterId, uid: machine.owner.uid };
  await changes(pass, 'Build', QUICK_MS, (driver, call) => driver.setMark(target, mark, call));
  return undefined;
}
