/** Steps that write down that a rescue is under way, and that it is over. */
import type { InstanceStatus, RescueRecord } from '../../../crds/instance.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { writeStatus, type Pass } from '../pass.ts';

/** Written before anything is made: from here on whoever comes next knows what there may be to clean up. */
export async function beginRescue(pass: Pass): Promise<undefined> {
  const { rescue } = pass.scene.world.desired;
  if (rescue === undefined) throw new DriverError('Conflict', 'the rescue was withdrawn meanwhile', { reason: 'Withdrawn' });
  await writeDown(pass, { imageName: rescue.imageName });
  return undefined;
}

/** Nothing of it is left. Where it is still asked for, status says why it is over; else it says nothing of it any more. */
export async function endRescue(pass: Pass): Promise<undefined> {
  const { rescueEnd } = pass.plan;
  const { rescue } = pass.status;
  await writeDown(pass, rescueEnd === undefined || rescue === undefined ? undefined : { ...rescue, ended: rescueEnd });
  return undefined;
}

/** Only this: what else the draft holds is told at the end of the pass. */
async function writeDown(pass: Pass, rescue: RescueRecord | undefined): Promise<void> {
  await writeStatus(pass, withRecord(pass.instance.status ?? {}, rescue));
  pass.status = withRecord(pass.status, rescue);
}

function withRecord(status: InstanceStatus, rescue: RescueRecord | undefined): InstanceStatus {
  const { rescue: _, ...rest } = status;
  return rescue === undefined ? rest : { ...rest, rescue };
}
