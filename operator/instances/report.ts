/**
 * The status that is to be written at the end of a pass, from what was planned and what is seen. Pure.
 *
 * What was not read in this pass stays as it was last reported: an absent reading is not an empty value. Nothing in it
 * changes while the machine is at rest.
 */
import { MAX_DIFFERENCES } from '../../crds/instance/adoption.ts';
import type { Instance, InstanceAddress, InstanceStatus, Run } from '../../crds/instance.ts';
import { formatQuantity } from '../../crds/quantity.ts';
import type { Machine } from '../../drivers/contract.ts';
import { type ConditionInput, findCondition, replaceConditions } from '../kernel/status/conditions.ts';
import { conditionsOf, type Judged } from './conditions.ts';
import { agentConnected } from './guest/condition.ts';
import type { GuestReading } from './guest/readings.ts';
import { guestAddresses, guestStatus, isAddress, type InterfaceNames } from './guest/told.ts';
import { lifecycleOf } from './lifecycle-record.ts';
import { disksOf, interfacesOf } from './machine-spec.ts';
import type { Difference } from './live-drift.ts';
import { toldSize } from './live-resize.ts';
import { instant } from './instant.ts';
import { phaseOf } from './phase.ts';
import { isRescueDue } from './plan/rescue.ts';
import { mayHeedUntil } from './plan/shutdown.ts';
import type { ObservedMachine } from './plan/types.ts';
import { rootVolumeIn, volumesOf } from './volumes/report.ts';
import type { InstanceVolume } from './volumes/resolve.ts';
import { standingResize } from './resize.ts';
import type { Wanted } from './wanted.ts';

export interface Report extends Judged {
  readonly instance: Instance;
  /** The draft: status as last written, with what steps put into it. */
  readonly status: InstanceStatus;
  readonly wanted: Wanted;
  readonly volumes: readonly InstanceVolume[];
  readonly details: Machine | undefined;
  /** Of a machine that was taken over; undefined: not compared in this pass. */
  readonly differences: readonly Difference[] | undefined;
  /** A run that was begun in this pass. */
  readonly started: Run | undefined;
  readonly rootDiskBytes: number | undefined;
  /** What the agent in the guest told last, in this run. */
  readonly guest: GuestReading | undefined;
  /** Key in the Hypervisor's spec.pools for a pool as the host names it. */
  readonly poolKey: (name: string) => string | undefined;
}

/** Status with fields that are to go: the writer takes a value of undefined for an absent field. */
type Draft = { readonly [Field in keyof InstanceStatus]?: InstanceStatus[Field] | undefined };

export function reportStatus(report: Report): InstanceStatus {
  const { instance, status, world, plan } = report;
  const { generation } = instance.metadata;
  const draft: Draft = {
    ...status,
    ...(world.machine.kind === 'Present' ? ofMachine(report, world.machine.machine) : {}),
    volumes: volumesOf(world, report.volumes, status),
    observedGeneration: generation,
    conditions: replaceConditions(status.conditions ?? [], [...conditionsOf(report), ...agentCondition(report)], {
      now: world.now,
      generation,
    }),
    phase: phaseOf(report),
    resize: standingResize(instance, status),
    powerOff: powerOffOf(report),
    task: plan.kind === 'Settled' ? (failedCopy(report) ?? withdrawnStop(report)) : taskOf(report),
    plannedSteps: plannedStepsOf(report),
    rescue: rescueOf(report),
    lifecycle: lifecycleOf(status.lifecycle, world, isMade(report)),
  };
  return draft as InstanceStatus;
}

/** Until it is through, what a spawn made may still be undone, and made elsewhere. */
function isMade({ status, world: { machine }, plan }: Report): boolean {
  return machine.kind === 'Present' && (status.machineId !== undefined || machine.machine.runId !== undefined || plan.kind === 'Settled');
}

function ofMachine(report: Report, machine: ObservedMachine): Draft {
  const { status, details } = report;
  return {
    machineId: isMade(report) ? machine.machineId : undefined,
    origin: report.world.record.origin,
    powerState: machine.power,
    ...run(report, machine),
    ...resolved(report, machine),
    ...differencesOf(report),
    size: toldSize(status, report.wanted, machine, details),
    ...(details === undefined ? {} : ofDefinition(report, details)),
    ...addresses(report, machine),
    guest: guestOf(report, machine),
    freeze: freezeOf(report, machine),
  };
}

const differencesOf = ({ differences }: Report): Draft => {
  if (differences === undefined) return {};
  const told = differences.slice(0, MAX_DIFFERENCES).map(({ field, wanted, found }) => ({
    field: field.slice(0, MAX_FIELD),
    wanted: wanted.slice(0, MAX_VALUE),
    found: found.slice(0, MAX_VALUE),
  }));
  return { differences: told.length === 0 ? undefined : told };
};

const MAX_FIELD = 253;
const MAX_VALUE = 1_024;

function ofDefinition({ status, wanted, rootDiskBytes, poolKey }: Report, { disks, interfaces }: Machine): Draft {
  // A Volume may have grown.
  const rootBytes = rootDiskBytes ?? wanted.rootVolume?.capacityBytes;
  const rootSize =
    rootBytes === undefined ? status.disks?.find(({ role }) => role === 'root')?.size?.toString() : formatQuantity(rootBytes);
  const plugged = new Set(interfaces.map(({ mac }) => mac));
  const known = interfacesOf(wanted).filter(({ macAddress }) => plugged.has(macAddress));
  return {
    disks: disksOf(disks, poolKey, rootSize),
    rootVolume: status.rootVolume ?? rootVolumeIn(disks, wanted.rootVolume),
    // A network that is missing now leaves the interface where it is.
    ...(wanted.missing.length > 0 ? {} : { interfaces: known.length > 0 ? known : undefined }),
  };
}

function run(report: Report, machine: ObservedMachine): Draft {
  const known = knownRun(report, machine);
  if (known === undefined) return {};
  // Once it is what the spec asks, this is what of it stays as long as it runs.
  const isAsAsked = machine.bootHash !== undefined && machine.bootHash === report.world.desired.bootHash;
  return { run: isAsAsked ? { ...known, bootHash: machine.bootHash, fixedHash: report.wanted.fixedHash } : known };
}

/** Undefined: there never was one. */
function knownRun({ status, started, world }: Report, { runId, bootHash, power }: ObservedMachine): Run | undefined {
  if (runId === undefined) return undefined;
  // As it lives here, this boot of the host is the one it would end with; in which one a run that has ended began, nobody knows.
  const bootId = power === 'Running' || power === 'Paused' ? world.host?.bootId : undefined;
  if (status.run?.id === runId) {
    // It was followed to another host.
    return bootId !== undefined && status.run.bootId === undefined ? { ...status.run, bootId } : status.run;
  }
  if (started?.id === runId) return started;
  // Begun by a process that was killed before it could say so.
  return { id: runId, startedAt: instant(world.now), bootHash: bootHash ?? 'unknown', ...(bootId === undefined ? {} : { bootId }) };
}

/** Once the machine was started for what the spec asks, the spec's sizes are what it takes. */
function resolved({ status, wanted: { size }, world, details }: Report, { power, bootHash }: ObservedMachine): Draft {
  if (world.record.origin === 'Adopted') return details === undefined ? {} : asFound(status, details);
  const current = size !== undefined && power !== 'Stopped' && bootHash === world.desired.bootHash;
  if (!current || status.resolved?.flavorName === size.flavorName) return {};
  return { resolved: { ...status.resolved, flavorName: size.flavorName, vcpus: size.vcpus, memory: formatQuantity(size.memoryBytes) } };
}

/** What was taken over has what it has, whatever its flavor says: that is counted. */
const asFound = ({ resolved: told }: InstanceStatus, { vcpus, memoryBytes, maximum }: Machine): Draft => ({
  resolved: { ...told, vcpus, memory: formatQuantity(maximum?.memoryBytes ?? memoryBytes) },
});

/** The last that were read, while it runs: a guest that is busy may not answer. */
function addresses({ details, wanted, guest }: Report, { power }: ObservedMachine): Draft {
  if (power === 'Stopped') return { addresses: undefined };
  // What the host knows and what the guest tells are one list: with half of it, it would come and go.
  if (details === undefined) return {};
  const names = namesOf(wanted);
  const leased = details.interfaces.flatMap(({ mac, addresses: all }) =>
    all.filter(isAddress).map((address) => addressOf(address, names.get(mac))),
  );
  const told = guest?.agent.kind === 'Answers' ? guestAddresses(guest.agent.report, names) : [];
  const read = [...leased, ...told.filter(({ address }) => !leased.some((other) => other.address === address))];
  return read.length === 0 ? {} : { addresses: read.slice(0, MAX_ADDRESSES) };
}

const MAX_ADDRESSES = 64;

const namesOf = ({ interfaces }: Wanted): InterfaceNames => new Map(interfaces.map(({ mac, name }) => [mac.toLowerCase(), name]));

/** Goes with the run. Off alone is not its end: what was moved away by hand is off here, and frozen where it lives. */
function freezeOf({ status: { freeze }, plan }: Report, { power, runId }: ObservedMachine): InstanceStatus['freeze'] {
  const over = freeze?.runId !== runId || (power === 'Stopped' && plan.kind === 'Settled');
  return over ? undefined : freeze;
}

/** Kept while the guest is silent, until it is off. */
function guestOf({ status, wanted, world, guest }: Report, { power }: ObservedMachine): InstanceStatus['guest'] {
  if (world.desired.guestAgent !== 'Enabled' || power === 'Stopped') return undefined;
  return guest?.agent.kind === 'Answers' ? guestStatus(guest.agent.report, namesOf(wanted), status.guest, world.now) : status.guest;
}

function agentCondition({ status, world, guest }: Report): readonly ConditionInput[] {
  const condition = agentConnected(world, guest, findCondition(status.conditions, 'AgentConnected'));
  return condition === undefined ? [] : [condition];
}

const addressOf = (address: string, interfaceName: string | undefined): InstanceAddress =>
  interfaceName === undefined ? { address } : { address, interfaceName };

function powerOffOf({ powerOff }: Report): InstanceStatus['powerOff'] {
  if (powerOff === undefined) return undefined;
  const { reason, observedAt, runId, inferred } = powerOff;
  return {
    reason,
    observedAt: instant(observedAt),
    ...(runId === undefined ? {} : { runId }),
    ...(inferred === undefined ? {} : { inferred }),
  };
}

function taskOf({ status: { task }, pending }: Report): InstanceStatus['task'] {
  if (task === undefined || pending === undefined) return task;
  const { progress: _, ...rest } = task;
  return { ...rest, step: pending.step, ...(pending.percent === undefined ? {} : { progress: pending.percent }) };
}

/** One that waits for its turn once more: how often it failed counts on. */
function failedCopy({ status: { task }, world: { record, action } }: Report): InstanceStatus['task'] {
  const isTriedAgain = action?.action === 'Snapshot' && record.action?.uid === action.uid && record.failure?.operation === 'Snapshot';
  return isTriedAgain ? task : undefined;
}

/** Nobody asks for it any more; but the guest heard a signal, and if it goes down now, that was not its own idea. One that was started since heard none. */
function withdrawnStop({ status: { task, run }, started, world: { machine, now } }: Report): InstanceStatus['task'] {
  const isAnother = started !== undefined || Date.parse(run?.startedAt ?? '') > Date.parse(task?.startedAt ?? '');
  const runs = machine.kind === 'Present' && machine.machine.power === 'Running' && !isAnother;
  if (task?.deadline === undefined || !runs || now >= mayHeedUntil(Date.parse(task.deadline))) return undefined;
  const { operation, id, startedAt, deadline } = task;
  return { operation, id, startedAt, deadline, message: 'withdrawn: a guest that still shuts down is started again' };
}

/** Since when the rescue system runs; and nothing of a rescue that is over and that nobody asks for any more. */
function rescueOf({ status: { rescue }, world }: Report): InstanceStatus['rescue'] {
  const { machine, desired, now } = world;
  if (desired.rescue === undefined) return rescue?.ended === undefined ? rescue : undefined;
  const runs = machine.kind === 'Present' && machine.machine.role === 'rescue' && machine.machine.power === 'Running';
  if (!runs || rescue?.startedAt !== undefined || !isRescueDue(world)) return rescue;
  return { imageName: desired.rescue.imageName, ...rescue, startedAt: instant(now) };
}

function plannedStepsOf({ plan, world }: Report): InstanceStatus['plannedSteps'] {
  if (world.desired.reconcilePolicy !== 'DryRun') return undefined;
  const withheld = plan.kind === 'Wait' ? plan.withheld : undefined;
  return (withheld?.steps ?? []).map((step) => ({ operation: withheld?.operation ?? '', step }));
}
