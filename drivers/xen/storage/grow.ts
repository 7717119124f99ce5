/** Making a disk larger. */
import type { DiskRef } from '../../contract.ts';
import { DriverError } from '../../labels.ts';
import type { Target } from '../../owner.ts';
import { readOwned } from '../machines/fresh.ts';
import { isOn } from '../machines/power.ts';
import { run } from '../session/tasks.ts';
import type { Site } from '../site.ts';
import type { Left } from '../time.ts';
import { needDisk, repositoryForMaking, usersOf } from './find.ts';
import { SIZE_KEY, sizeOf } from './names.ts';

/** While a guest has it the storage must be able to: where it cannot, it is `Unsupported`, and grows while the machine is off. */
export async function growDisk(site: Site, disk: DiskRef, sizeBytes: number, user: Target | undefined, left: Left): Promise<void> {
  await site.pool.sync(left);
  repositoryForMaking(site, disk.pool);
  if (user !== undefined) await readOwned(site, user, left);
  const vdi = needDisk(site, disk);
  if (sizeOf(vdi) >= sizeBytes) return;
  const running = usersOf(site, vdi).filter(isOn);
  const other = running.find(({ uuid }) => uuid !== user?.machineId);
  if (other !== undefined)
    throw new DriverError('Conflict', `disk ${disk.name} does not grow: machine ${other.name_label} runs with it`, { reason: 'DiskInUse' });
  const method = running.length > 0 ? 'VDI.resize_online' : 'VDI.resize';
  if (vdi.virtual_size < sizeBytes) await run(site.pool, method, { vdi: vdi.ref, size: sizeBytes }, left);
  await site.rpc.put('VDI', vdi.ref, 'other_config', SIZE_KEY, String(sizeBytes), left);
}
