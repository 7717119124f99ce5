/** A machine as it is at this moment: what every changing verb reads first. */
import { DriverError } from '../../labels.ts';
import { isOwnedBy, type Target } from '../../owner.ts';
import { markOf } from '../mark.ts';
import type { Kept } from '../session/objects.ts';
import { isMachine, type Site } from '../site.ts';
import type { Left } from '../time.ts';
import { isBusy, powerOf } from './power.ts';

export type Vm = Kept<'VM'>;

/** Undefined when the host has no such machine; one that is on another host of the pool is that one's. */
export async function readFresh(site: Site, machineId: string, left: Left): Promise<Vm | undefined> {
  await site.pool.sync(left);
  site.host();
  const vm = site.objects.find('VM', ({ uuid }) => uuid === machineId);
  return vm !== undefined && isMachine(vm) && site.isHere(vm) ? vm : undefined;
}

/** The machine with the target's mark; undefined when it is gone. Rejects with `Conflict`, `NotOurs`, on any other. */
export async function readOwned(site: Site, target: Target, left: Left): Promise<Vm | undefined> {
  const vm = await readFresh(site, target.machineId, left);
  if (vm === undefined || isOwnedBy(markOf(vm.other_config), target)) return vm;
  throw notOurs(vm);
}

/** As `readOwned`, for verbs that need the machine. */
export async function readPresent(site: Site, target: Target, left: Left): Promise<Vm> {
  const vm = await readOwned(site, target, left);
  if (vm === undefined) throw notFound(target.machineId);
  return vm;
}

/** As `readPresent`, for verbs that must not disturb a job on it. */
export async function readIdle(site: Site, target: Target, left: Left): Promise<Vm> {
  const vm = await readPresent(site, target, left);
  if (!isBusy(vm)) return vm;
  const jobs = Object.values(vm.current_operations).join(', ');
  throw new DriverError('Conflict', `a job runs on machine ${vm.name_label} (${jobs}): nothing is changed until it ends`, {
    reason: 'Busy',
  });
}

export const notFound = (machineId: string): DriverError =>
  new DriverError('NotFound', `there is no machine ${machineId} on the host`, { reason: 'MachineNotFound' });

export const notOurs = ({ name_label, uuid }: Vm): DriverError =>
  new DriverError('Conflict', `machine ${name_label} (${uuid}) carries another owner's mark, or none: it is not touched`, {
    reason: 'NotOurs',
  });

/** A verb that the machine's power state does not allow. */
export function refused(vm: Vm, verb: string): DriverError {
  const { power } = powerOf(vm);
  return new DriverError('Conflict', `machine ${vm.name_label} is ${power}: cannot ${verb} it`, { reason: `Is${power}` });
}
