/** Steps that freeze and thaw the file systems of a guest. What is frozen is written down first, and forgotten when it is thawed. */
import type { InstanceStatus } from '../../../crds/instance.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { instant } from '../instant.ts';
import { writeStatus, type Pass } from '../pass.ts';
import { changes, targetOf, WORK_MS } from './host.ts';
import { isNotNow } from './run.ts';

const FIRST_AGAIN_MS = 30_000;
const LONGEST_AGAIN_MS = 300_000;
const MAX_MESSAGE = 1_024;

/** Written before anything is frozen: a crash right after it finds its own trace. */
export async function recordFreeze(pass: Pass): Promise<undefined> {
  const { machine } = pass.scene.world;
  const runId = machine.kind === 'Present' ? machine.machine.runId : undefined;
  const { freezeMs } = pass.plan;
  if (runId === undefined || freezeMs === undefined)
    throw new DriverError('Conflict', 'the run of the guest is not known', { reason: 'Unplanned' });
  const now = pass.services.clock.now();
  const freeze = { runId, since: instant(now), until: instant(now + freezeMs) };
  await writeStatus(pass, { ...pass.instance.status, freeze });
  pass.status = { ...pass.status, freeze };
  return undefined;
}

export async function freezeGuest(pass: Pass): Promise<undefined> {
  await changes(pass, 'Guest', WORK_MS, (driver, call) => driver.freezeGuest(targetOf(pass), call));
  return undefined;
}

export async function thawGuest(pass: Pass): Promise<undefined> {
  await changes(pass, 'Guest', WORK_MS, (driver, call) => driver.thawGuest(targetOf(pass), call));
  pass.status = withoutFreeze(pass.status);
  return undefined;
}

/** An agent that does not hear it is asked again, less and less often, as long as the run lasts; what else there is to do goes on. */
export async function thawOverdue(pass: Pass): Promise<undefined> {
  try {
    await thawGuest(pass);
  } catch (error) {
    const { freeze } = pass.status;
    const passes = !(error instanceof DriverError) || error.label === 'HostUnreachable' || isNotNow(error);
    if (passes || freeze === undefined) throw error;
    const attempts = (freeze.attempts ?? 0) + 1;
    const again = Math.min(FIRST_AGAIN_MS * 2 ** (attempts - 1), LONGEST_AGAIN_MS);
    const until = instant(pass.services.clock.now() + again);
    pass.status = { ...pass.status, freeze: { ...freeze, until, attempts, message: error.message.slice(0, MAX_MESSAGE) } };
  }
  return undefined;
}

/** Before a guest is asked to shut down, for one whose writes are held back could not; and before it is let go of, for nobody would do it later. Both go on when its agent does not hear it. */
export async function thawFirst(pass: Pass): Promise<void> {
  if (pass.status.freeze !== undefined) await thawGuest(pass).catch(() => undefined);
}

function withoutFreeze(status: InstanceStatus): InstanceStatus {
  const { freeze: _, ...rest } = status;
  return rest;
}
