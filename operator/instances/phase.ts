/** One word for people and columns. Derived from what was planned; nothing reads it. */
import type { Phase, ResizePhase } from '../../crds/vocabulary.ts';
import type { Judged } from './conditions.ts';

export function phaseOf({ world, plan, pending }: Judged): Phase {
  const { machine, host, record, deleting } = world;
  if (deleting) return 'Deleting';
  if (world.desired.softDeleted !== undefined && plan.kind === 'Settled') return 'SoftDeleted';
  if (world.desired.shelved !== undefined && plan.kind === 'Settled') return 'Shelved';
  if (host?.contact === 'Silent' || host?.contact === 'Gone') return 'Unknown';
  const resizing = RESIZE_PHASES[record.resize?.phase ?? 'Reverted'];
  if (resizing !== undefined) return resizing;
  if (record.action?.rebuild !== undefined && record.action.phase === 'Running') return 'Rebuilding';
  if (machine.kind === 'Present' && (record.machineId !== undefined || machine.machine.runId !== undefined || plan.kind === 'Settled')) {
    const { power, role } = machine.machine;
    return role === 'rescue' && power === 'Running' ? 'Rescued' : power;
  }
  if (plan.kind === 'Blocked') return 'Error';
  if (record.machineId !== undefined) return 'Unknown';
  if (record.hypervisorName !== undefined) return 'Building';
  return pending?.step === 'claim' ? 'Scheduling' : 'Pending';
}

const RESIZE_PHASES: Readonly<Record<ResizePhase, Phase | undefined>> = {
  Resizing: 'Resizing',
  Reverting: 'Resizing',
  AwaitingConfirmation: 'ResizePending',
  Reverted: undefined,
};
