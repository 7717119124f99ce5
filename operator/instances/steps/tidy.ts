/** After a rebuild: status says what the machine has now, and then what it does not use any more goes. */
import type { InstanceStatus } from '../../../crds/instance.ts';
import { formatQuantity } from '../../../crds/quantity.ts';
import type { Machine } from '../../../drivers/contract.ts';
import { isMadeFrom, topmostFirst } from '../../../drivers/disk-names.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { isOwnedBy } from '../../../drivers/owner.ts';
import { disksOf } from '../machine-spec.ts';
import { writeStatus, type Pass } from '../pass.ts';
import { poolKeyOf } from '../pool-key.ts';
import { deleteDisk } from './disks.ts';
import { reads, targetOf } from './host.ts';
import { ownDisks } from './own-disks.ts';
import { poolsOfTwins } from './pools.ts';

/** Written before any disk goes: a machine that is lost in between is defined again on those that status names. */
export async function recordDisks(pass: Pass): Promise<undefined> {
  const { rebuild } = pass.status.action ?? {};
  const { disks } = await ownMachine(pass);
  const root = disks.find(({ role }) => role === 'root');
  // It failed before the definition was switched, and nothing is new.
  if (rebuild === undefined || root?.name !== rebuild.volume) return undefined;
  const made = (await ownDisks(pass)).find(({ name }) => name === root.name);
  pass.rootDiskBytes = made?.capacityBytes;
  const size = made === undefined ? undefined : formatQuantity(made.capacityBytes);
  const told = { resolved: rebuild.resolved, disks: disksOf(disks, poolKeyOf(pass), size) };
  await writeStatus(pass, { ...pass.instance.status, ...told });
  pass.status = { ...pass.status, ...told };
  return undefined;
}

/** Those of its disks that the definition does not name; in a pool that another host reaches, a copy of the machine may. */
export async function removeUnusedDisks(pass: Pass): Promise<undefined> {
  const { disks } = await ownMachine(pass);
  // A disk that a resize made stands on the one that it was made from.
  const isUsed = (name: string): boolean => disks.some((disk) => disk.name === name || isMadeFrom(disk.name, name));
  const shared = poolsOfTwins(pass);
  for (const disk of topmostFirst(await ownDisks(pass))) {
    if (!isUsed(disk.name) && !shared.has(disk.pool)) await deleteDisk(pass, disk, pass.call.signal);
  }
  pass.status = tidied(pass.status);
  return undefined;
}

function tidied(status: InstanceStatus): InstanceStatus {
  if (status.action === undefined) return status;
  const { rebuild: _, ...action } = status.action;
  return { ...status, action };
}

/** Read afresh: what goes by its definition goes by nothing older. */
async function ownMachine(pass: Pass): Promise<Machine> {
  const { machineId } = targetOf(pass);
  const machine = await reads(pass, (driver, call) => driver.inspect(machineId, call));
  if (machine !== undefined && isOwnedBy(machine.owner, pass.scene.world.identity)) return machine;
  throw new DriverError('Conflict', `machine ${machineId} is not there any more`, { reason: 'MachineNotFound' });
}
