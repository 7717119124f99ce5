/**
 * Config drives that an instance which is put away has left: those that its definition does not name. Looked for once by each
 * process, and again after a failure: nothing of it is on record, for the host tells.
 */
import { DriverError } from '../../drivers/labels.ts';
import { isOwnedBy } from '../../drivers/owner.ts';
import { configDriveOwner } from './naming.ts';
import type { Pass } from './pass.ts';
import type { Plan } from './plan/types.ts';
import { deleteDisk } from './steps/disks.ts';
import { reads, targetOf } from './steps/host.ts';
import { ownDisks, owners } from './steps/own-disks.ts';
import { poolsOfTwins } from './steps/pools.ts';

const FIRST_AGAIN_MS = 60_000;
const LONGEST_AGAIN_MS = 900_000;

/** At the end of a pass, where the plan says so. In how many milliseconds to come back for it; infinity: there is nothing to do. */
export async function removeOldDrivesBeside(pass: Pass, plan: Plan): Promise<number> {
  if (plan.kind !== 'Settled' || plan.beside !== 'RemoveOldDrives') return Number.POSITIVE_INFINITY;
  const { memory, scene, services, call, log } = pass;
  const { uid } = scene.world.identity;
  const now = services.clock.monotonic();
  const { lookAt = now, failures = 0 } = memory.of(uid).drives ?? {};
  if (lookAt > now) return lookAt - now;
  try {
    await removeOldDrives(pass);
    memory.note(uid, { drives: { lookAt: Number.POSITIVE_INFINITY, failures: 0 } });
    return Number.POSITIVE_INFINITY;
  } catch (error) {
    if (call.signal.aborted || !(error instanceof DriverError)) throw error;
    log.info('Config drives that are not used could not be removed', { error });
    const again = Math.min(FIRST_AGAIN_MS * 2 ** failures, LONGEST_AGAIN_MS);
    memory.note(uid, { drives: { lookAt: now + again, failures: failures + 1 } });
    return again;
  }
}

/** By the definition, read afresh; in a pool that another host reaches, a copy of the machine may have one that this one has not. */
async function removeOldDrives(pass: Pass): Promise<void> {
  const { machineId } = targetOf(pass);
  const machine = await reads(pass, (driver, call) => driver.inspect(machineId, call));
  if (machine === undefined || !isOwnedBy(machine.owner, pass.scene.world.identity)) return;
  const used = new Set(machine.disks.map(({ name }) => name));
  const drives = (await ownDisks(pass)).filter(({ name }) => owners(pass).includes(configDriveOwner(name) ?? ''));
  const shared = poolsOfTwins(pass);
  for (const drive of drives) if (!used.has(drive.name) && !shared.has(drive.pool)) await deleteDisk(pass, drive, pass.call.signal);
}
