/** From a pass to its report: what is told at its end, and while it lasts. */
import type { InstanceStatus } from '../../crds/instance.ts';
import type { Judged } from './conditions.ts';
import { writeStatus, type Pass } from './pass.ts';
import type { Decision } from './plan/plan.ts';
import type { World } from './plan/types.ts';
import { poolKeyOf } from './pool-key.ts';
import { reportStatus } from './report.ts';
import type { Pending } from './steps/types.ts';
import { transitions } from './transitions.ts';

/** Quick transitions are coalesced: only what lasts longer than this since the last write is told before it ends. */
export const TELL_AFTER_MS = 5_000;

/** Writes the status that follows from the decision, where it differs from what is there. */
export async function tell(pass: Pass, decision: Decision, pending?: Judged['pending']): Promise<void> {
  await write(pass, statusOf(pass, { ...decision, world: pass.scene.world, pending }));
}

/** Writes down what is under way, before it is: a crash finds its own trace. */
export const tellUnderWay = (pass: Pass): Promise<void> => write(pass, statusUnderWay(pass));

/** Status while the steps of the plan are being taken. */
function statusUnderWay(pass: Pass, step?: string): InstanceStatus {
  const { world } = pass.scene;
  const record = { ...world.record, hypervisorName: pass.status.hypervisorName };
  return statusOf(pass, { world: { ...world, record }, plan: pass.plan, powerOff: world.record.powerOff, step });
}

/** Before a step of a pass that takes its time: how far it has come. */
export async function tellProgress(pass: Pass, step: string): Promise<void> {
  if (pass.services.clock.monotonic() - pass.toldAt < TELL_AFTER_MS) return;
  await write(pass, statusUnderWay(pass, step));
}

export const pendingAt = (step: string, pending: Pending): NonNullable<Judged['pending']> => ({ ...pending, step });

async function write(pass: Pass, status: InstanceStatus): Promise<void> {
  const before = pass.instance.status;
  const outcome = await writeStatus(pass, status);
  pass.status = status;
  pass.toldAt = pass.services.clock.monotonic();
  if (outcome === 'Written') for (const note of transitions(before, status)) pass.services.events.record(pass.instance, note);
}

export const runIdOf = ({ machine }: World): string | undefined => (machine.kind === 'Present' ? machine.machine.runId : undefined);

function statusOf(pass: Pass, judged: Judged): InstanceStatus {
  const { scene, instance, status, started, rootDiskBytes } = pass;
  return reportStatus({
    ...judged,
    instance,
    status,
    wanted: scene.wanted,
    volumes: scene.volumes,
    details: scene.details,
    differences: scene.differences,
    started,
    rootDiskBytes,
    guest: pass.services.guests.of(instance.metadata.uid, runIdOf(scene.world)),
    poolKey: poolKeyOf(pass),
  });
}
