/**
 * Conditions of an Instance, from what was planned and what is seen: the design's table, and one condition per aspect.
 *
 * Pure. Abnormal-true ones (Reconciling, Stalled, Deleting, RestartRequired, RebuildRequired, ResizePending, Frozen) are stated only while they hold.
 */
import type { ConditionInput } from '../kernel/status/conditions.ts';
import { needsRebuild, needsRestart } from './plan/drift.ts';
import { isFrozen } from './plan/freeze.ts';
import { HOST_UNREACHABLE } from './plan/host.ts';
import { DISABLED } from './plan/reconcile-policy.ts';
import { isRescueDue } from './plan/rescue.ts';
import type { Plan, PowerOff, World } from './plan/types.ts';
import { volumesReady } from './volumes/condition.ts';
import type { Pending } from './steps/types.ts';

export interface Judged {
  readonly world: World;
  readonly plan: Plan;
  readonly powerOff: PowerOff | undefined;
  /** Of a step that could not be finished. */
  readonly pending?: (Pending & { readonly step: string }) | undefined;
  /** The step that is being done. */
  readonly step?: string | undefined;
}

export function conditionsOf(judged: Judged): readonly ConditionInput[] {
  return [...readiness(judged), ...aspects(judged)];
}

/** Reason and message of the plan; of a step that waits for something, its own. */
export function headline({ plan, pending, step }: Judged): { readonly reason: string; readonly message: string } {
  if (pending !== undefined) return { reason: pending.reason, message: pending.message };
  switch (plan.kind) {
    case 'Settled':
      return { reason: plan.reason, message: plan.message ?? '' };
    case 'Steps':
      return { reason: plan.operation, message: step === undefined ? '' : `step ${step}` };
    case 'Wait':
      return { reason: plan.reason, message: `waits until ${plan.until}` };
    case 'Blocked':
      return { reason: plan.reason, message: plan.message };
  }
}

function readiness(judged: Judged): readonly ConditionInput[] {
  const { plan } = judged;
  const told = headline(judged);
  const ready = (status: ConditionInput['status']): ConditionInput => ({ type: 'Ready', status, ...told });
  const reconciling: ConditionInput = { type: 'Reconciling', status: 'True', ...told };
  if (plan.kind === 'Settled') return [ready('True')];
  if (plan.kind === 'Blocked') return [ready('False'), { type: 'Stalled', status: 'True', ...told }];
  // Not known, and nothing goes on: by Ready=Unknown alone, kstatus would call it in progress for ever.
  if (told.reason === DISABLED) return [ready('Unknown'), { type: 'Stalled', status: 'True', ...told }];
  return [ready(told.reason === HOST_UNREACHABLE ? 'Unknown' : 'False'), reconciling];
}

function aspects(judged: Judged): readonly ConditionInput[] {
  const { world } = judged;
  const stated = [scheduled(judged), imageReady(judged), networkReady(judged), volumesReady(world), running(judged), hostReachable(world)];
  return [...stated, ...abnormal(judged)].filter((condition) => condition !== undefined);
}

function scheduled({ world, pending }: Judged): ConditionInput | undefined {
  const { hypervisorName } = world.record;
  if (hypervisorName !== undefined)
    return { type: 'Scheduled', status: 'True', reason: 'Placed', message: `on Hypervisor ${hypervisorName}` };
  return pending?.step === 'claim' ? { type: 'Scheduled', status: 'False', reason: pending.reason, message: pending.message } : undefined;
}

function imageReady({ world, pending, step }: Judged): ConditionInput | undefined {
  if (world.desired.rootVolume !== undefined) return undefined;
  const { record, machine, missing } = world;
  if (pending?.step === 'ensure-base') return { type: 'ImageReady', status: 'False', reason: pending.reason, message: pending.message };
  if (record.machineId !== undefined || machine.kind === 'Present') return { type: 'ImageReady', status: 'True', reason: 'Used' };
  const lost = missing.find(({ kind }) => kind === 'Image');
  if (lost !== undefined) return { type: 'ImageReady', status: 'False', reason: lost.reason, message: `waits until ${lost.until}` };
  const past = step !== undefined && step !== 'ensure-base' && step !== 'claim' && step !== 'add-finalizer';
  return past ? { type: 'ImageReady', status: 'True', reason: 'Available' } : undefined;
}

function networkReady({ world: { missing, record } }: Judged): ConditionInput | undefined {
  const lost = missing.find(({ kind }) => kind === 'Network' || kind === 'HostNetwork');
  if (lost !== undefined) return { type: 'NetworkReady', status: 'False', reason: lost.reason, message: `waits until ${lost.until}` };
  return record.hypervisorName === undefined ? undefined : { type: 'NetworkReady', status: 'True', reason: 'Resolved' };
}

function running({ world, powerOff }: Judged): ConditionInput | undefined {
  const { machine, host, record } = world;
  if (host !== undefined && isSilent(host.contact))
    return record.machineId === undefined ? undefined : { type: 'Running', status: 'Unknown', reason: HOST_UNREACHABLE };
  switch (machine.kind) {
    case 'Present': {
      const { power } = machine.machine;
      if (power === 'Running') return { type: 'Running', status: 'True', reason: 'Running' };
      if (power === 'Unknown') return { type: 'Running', status: 'Unknown', reason: 'PowerUnknown' };
      return { type: 'Running', status: 'False', reason: power === 'Stopped' ? reasonWord(powerOff?.reason ?? power) : power };
    }
    case 'Absent':
      return record.machineId === undefined ? undefined : { type: 'Running', status: 'False', reason: 'MachineMissing' };
    case 'NotObserved':
    case 'NotOurs':
      return undefined;
  }
}

function hostReachable({ host }: World): ConditionInput | undefined {
  if (host === undefined || host.contact === 'Unheard') return undefined;
  return isSilent(host.contact)
    ? {
        type: 'HostReachable',
        status: 'Unknown',
        reason: HOST_UNREACHABLE,
        message: `Hypervisor ${host.name} ${host.contact === 'Gone' ? 'does not exist' : 'does not answer'}`,
      }
    : { type: 'HostReachable', status: 'True', reason: 'Reachable' };
}

const isSilent = (contact: NonNullable<World['host']>['contact']): boolean => contact === 'Silent' || contact === 'Gone';

function abnormal(judged: Judged): readonly (ConditionInput | undefined)[] {
  const { world } = judged;
  const { machine, deleting } = world;
  return [
    resizePending(world),
    deleting ? { type: 'Deleting', status: 'True', ...headline(judged) } : undefined,
    machine.kind === 'Present' && needsRestart(world, machine.machine)
      ? { type: 'RestartRequired', status: 'True', reason: 'SpecChanged', message: 'a change of the spec takes effect at the next start' }
      : undefined,
    machine.kind === 'Present' && machine.machine.power !== 'Stopped' && isFrozen(world, machine.machine)
      ? { type: 'Frozen', status: 'True', reason: 'Frozen', message: 'the file systems of the guest are frozen: see status.freeze' }
      : undefined,
    rescued(judged),
    needsRebuild(world)
      ? {
          type: 'RebuildRequired',
          status: 'True',
          reason: 'ImageChanged',
          message: `the machine was made from Image ${world.record.imageName ?? ''}`,
        }
      : undefined,
  ];
}

function resizePending({ record: { resize } }: World): ConditionInput | undefined {
  if (resize?.phase !== 'AwaitingConfirmation') return undefined;
  const message = `resized from Flavor ${resize.from} to ${resize.to}`;
  return { type: 'ResizePending', status: 'True', reason: 'AwaitingConfirmation', message };
}

/** Stated while a rescue is asked for, or the machine is a rescue machine still. */
function rescued(judged: Judged): ConditionInput | undefined {
  const { machine, desired, record, host } = judged.world;
  const here = machine.kind === 'Present' && machine.machine.role === 'rescue' ? machine.machine : undefined;
  if (desired.rescue === undefined && here === undefined) return undefined;
  if (host !== undefined && isSilent(host.contact)) return { type: 'Rescued', status: 'Unknown', reason: HOST_UNREACHABLE };
  if (here?.power === 'Running' && isRescueDue(judged.world))
    return { type: 'Rescued', status: 'True', reason: 'Rescued', message: `runs from Image ${desired.rescue?.imageName ?? ''}` };
  const ended = here === undefined ? record.rescue?.ended : undefined;
  return { type: 'Rescued', status: 'False', ...(ended ?? headline(judged)) };
}

/** A hypervisor's own word, made fit for a condition's reason. */
export const reasonWord = (word: string): string =>
  word
    .slice(0, MAX_WORD)
    .replace(/[^A-Za-z0-9_]/g, '')
    .replace(/^[^A-Za-z]+/, '') || 'Unknown';

const MAX_WORD = 63;
