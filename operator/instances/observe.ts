/**
 * Observing one Instance: what is wanted (caches), what its host says (snapshot, or the machine read by itself), and
 * what status recorded, put together into the world that planning decides on.
 *
 * Costs no call to a host while its last observation is newer than what we last did to the machine.
 */
import { parseDuration } from '../../crds/duration.ts';
import type { Hypervisor } from '../../crds/hypervisor.ts';
import type { Instance, InstanceStatus } from '../../crds/instance.ts';
import type { Machine, MachineState } from '../../drivers/contract.ts';
import { isOwnedBy, STARTING, type OwnerMark } from '../../drivers/owner.ts';
import { INSTANCE_FINALIZER, LONGEST_BOOT_HASH, LONGEST_RUN_ID } from '../../crds/vocabulary.ts';
import type { Host } from '../hypervisors/host.ts';
import { reasonWord } from './conditions.ts';
import { elsewhere, cannotBeHeard } from './elsewhere.ts';
import { askedAction } from './asked-action.ts';
import { extraBytes } from './extra-disks.ts';
import { isFenced } from './fenced.ts';
import { differences, liveDrift, type Difference } from './live-drift.ts';
import { desiredLive, runningSize } from './live-resize.ts';
import type { Memory } from './memory.ts';
import { isLayered } from './merging.ts';
import type { Desired, Identity, Looked, MachineReading, ObservedHost, ObservedMachine, Recorded, World } from './plan/types.ts';
import { recorded } from './record.ts';
import { restoreSource } from './restore.ts';
import { desiredResize } from './resize.ts';
import type { InstanceServices } from './services.ts';
import { isStatusLost } from './status-lost.ts';
import { adoptableBy, notOurs } from './twins.ts';
import { desiredShelf, shelfOf } from './shelf.ts';
import { swapTurnOf, turnOf } from './copy-turn.ts';
import { copiedVolumes } from './volumes/copies.ts';
import { resolveVolumes, type InstanceVolume } from './volumes/resolve.ts';
import { missingRootVolume, otherRootVolume, withRootOf } from './volumes/root.ts';
import { swapState } from './volumes/swap.ts';
import type { Wanted, WantedOfPass } from './wanted.ts';
import { isOpening } from './without-session.ts';

/** The world, and what steps and report need besides. */
export interface Scene {
  readonly world: World;
  readonly instance: Instance;
  /** Status as it would be written now. */
  readonly status: InstanceStatus;
  readonly wanted: Wanted;
  readonly volumes: readonly InstanceVolume[];
  /** The host that status names, where there is a session with it. */
  readonly host: Host | undefined;
  /** The machine's state as read last; and with its definition, where that was read in this pass. */
  readonly state: MachineState | undefined;
  readonly details: Machine | undefined;
  /** Of a machine that was taken over as it is; undefined: not compared in this pass. */
  readonly differences: readonly Difference[] | undefined;
}

export interface Observing {
  readonly services: InstanceServices;
  readonly memory: Memory;
  readonly instance: Instance;
  readonly status: InstanceStatus;
  readonly looked: Looked;
  readonly wantedOfPass: WantedOfPass;
  /** The machine's definition, where it was read apart. */
  readonly details: Machine | undefined;
}

export function observe({ services, memory, instance, status: draft, looked, wantedOfPass, details: apart }: Observing): Scene {
  const { clusterId, clock, caches, hosts } = services;
  const { metadata } = instance;
  const now = clock.now();
  const identity: Identity = { clusterId, namespace: metadata.namespace, name: metadata.name, uid: metadata.uid };
  const { hypervisorName } = draft;
  const hypervisor = hypervisorName === undefined ? undefined : caches.hypervisors.get(hypervisorName);
  const host = hypervisorName === undefined ? undefined : hosts.get(hypervisorName);
  const reading = host && read(services, memory, draft, host, identity);
  // The machine says it, too: a status may be lost.
  const details = reading?.details ?? (reading?.reading.kind === 'Present' ? apart : undefined);
  const known = withRootOf(instance, draft, details, caches.volumes);
  const status = reading?.state?.owner?.origin === 'Adopted' ? { ...known, origin: 'Adopted' as const } : known;
  const wanted = wantedOfPass.resolve(
    instance,
    status,
    hypervisor && { hypervisor, imageFormats: host?.driver.imageFormats ?? [] },
    caches,
  );
  const record = withLastBoot(recorded(status), host, status.machineId ?? metadata.uid);
  const compared = { identity, record, wanted, status, host, hypervisor, details };
  const machine = withDrift(withSize(withListed(reading?.reading ?? { kind: 'NotObserved' }, identity, hypervisor), details), () =>
    liveDrift(compared),
  );
  noteMissing(memory, metadata.uid, machine, clock.monotonic());
  const statusLost = isStatusLost(instance, status, memory);
  const volumes = resolveVolumes(services, { instance, status, details });
  const world: World = {
    now,
    identity,
    deleting: metadata.deletionTimestamp !== undefined,
    finalizer: metadata.finalizers?.includes(INSTANCE_FINALIZER) ?? false,
    statusLost,
    desired: desiredOf(instance, status, wanted, host, caches),
    missing: [
      ...wanted.missing,
      ...otherRootVolume(instance, status),
      ...missingRootVolume(services, instance, status, wanted.rootVolume),
      ...copiedVolumes(caches.copiesOf, instance, status, machine),
    ],
    record,
    host: hypervisorName === undefined ? undefined : observedHost(services, hypervisorName, hypervisor, host),
    machine,
    elsewhere: elsewhere(services, memory, { identity, instance, status, machine, statusLost }),
    looked,
    volumes,
    shelf: shelfOf(caches, instance, status),
    layered: isLayered(memory, host, metadata.uid, status),
    oldDrives: memory.of(metadata.uid).drives?.lookAt !== Number.POSITIVE_INFINITY,
    action: askedAction(caches, instance, status.action, {
      possible: signals(host),
      timeoutMs: wanted.shutdownTimeoutMs,
      turnOf: (uid, copy) => turnOf({ services, memory, instance, status }, uid, copy),
      swapTurnOf: (uid) => swapTurnOf(services, status, uid),
      swapState: (asked) => swapState(services, { instance, status, details }, volumes, asked),
      restoreSource: (name) => restoreSource(caches, { instance, wanted, hypervisor, imageFormats: host?.driver.imageFormats ?? [] }, name),
    }),
  };
  return { world, instance, status, wanted, volumes, host, state: reading?.state, details, differences: differences(compared) };
}

interface Reading {
  readonly reading: MachineReading;
  readonly state: MachineState | undefined;
  readonly details: Machine | undefined;
}

/** The newest that is known: what was read of the machine itself since we acted, or the host's last observation. */
function read({ caches }: InstanceServices, memory: Memory, status: InstanceStatus, host: Host, me: Identity): Reading {
  const { actedAt = LONG_AGO, read: own } = memory.of(me.uid);
  const snapshot = host.snapshot();
  const id = status.machineId ?? me.uid;
  if (own !== undefined && own.at >= actedAt && (snapshot === undefined || own.at >= snapshot.seenAt)) {
    return readingOf(own.machine, own.machine, Math.max(1, missed(host, id, actedAt)), me, caches);
  }
  if (snapshot === undefined || snapshot.seenAt <= actedAt)
    return { reading: { kind: 'NotObserved' }, state: undefined, details: undefined };
  if (own !== undefined || actedAt > LONG_AGO) memory.note(me.uid, { read: undefined, actedAt: undefined });
  return readingOf(snapshot.machines.get(id), undefined, Math.max(1, host.missedSince(id)), me, caches);
}

/** Never, in monotonic milliseconds. */
const LONG_AGO = Number.NEGATIVE_INFINITY;

/** Observations from before we acted count for nothing. */
const missed = (host: Host, id: string, actedAt: number): number =>
  (host.snapshot()?.seenAt ?? LONG_AGO) > actedAt ? host.missedSince(id) : 1;

function readingOf(
  state: MachineState | undefined,
  details: Machine | undefined,
  readings: number,
  me: Identity,
  { instances }: InstanceServices['caches'],
): Reading {
  if (state === undefined) return { reading: { kind: 'Absent', readings }, state, details };
  if (!isOwnedBy(state.owner, me))
    return { reading: notOurs(state, me, (uid) => instances.getByUid(uid) !== undefined), state: undefined, details: undefined };
  return { reading: { kind: 'Present', machine: { ...machineOf(state), ...rootOf(details) } }, state, details };
}

const machineOf = ({ machineId, power, powerReason, owner, busy, persistent }: MachineState): ObservedMachine => ({
  machineId,
  power,
  powerReason: reasonWord(powerReason),
  ...runOf(power, owner),
  busy,
  persistent,
  liveDrift: [],
  role: owner?.role === 'rescue' ? 'rescue' : 'main',
});

const rootOf = (details: Machine | undefined): Pick<ObservedMachine, 'root'> =>
  details === undefined ? {} : { root: details.disks.find(({ role }) => role === 'root')?.name ?? '' };

/**
 * A start that was cut off before the machine ran is none: the mark of the run came first. What is longer than status can
 * hold was not written by us: such a run is one that somebody else began.
 */
function runOf(power: MachineState['power'], owner: OwnerMark | undefined): Pick<ObservedMachine, 'runId' | 'bootHash'> {
  const cutOff = power === 'Stopped' && owner?.operation === STARTING;
  const { runId = '', bootHash = '' } = cutOff ? {} : (owner ?? {});
  return { runId: within(LONGEST_RUN_ID, runId), bootHash: within(LONGEST_BOOT_HASH, bootHash) };
}

const within = (longest: number, text: string): string | undefined => (text !== '' && text.length <= longest ? text : undefined);

const withListed = (reading: MachineReading, me: Identity, hypervisor: Hypervisor | undefined): MachineReading =>
  reading.kind === 'NotOurs' && adoptableBy(me, hypervisor).includes(reading.machineId) ? { ...reading, adoptable: true } : reading;

const withSize = (reading: MachineReading, details: Machine | undefined): MachineReading =>
  reading.kind === 'Present' && details !== undefined
    ? { kind: 'Present', machine: { ...reading.machine, size: runningSize(details) } }
    : reading;

function withDrift(reading: MachineReading, drift: () => readonly string[]): MachineReading {
  if (reading.kind !== 'Present') return reading;
  const fields = drift();
  return fields.length === 0 ? reading : { kind: 'Present', machine: { ...reading.machine, liveDrift: fields } };
}

/** The boot that this process last saw it running in says more than the one it was started in. */
function withLastBoot(record: Recorded, host: Host | undefined, id: string): Recorded {
  const seen = record.run && host?.lastRunningBootId(id);
  return record.run === undefined || seen === undefined ? record : { ...record, run: { ...record.run, bootId: seen } };
}

function noteMissing(memory: Memory, uid: string, machine: MachineReading, now: number): void {
  const { missedAt } = memory.of(uid);
  if (machine.kind === 'Absent' && missedAt === undefined) memory.note(uid, { missedAt: now });
  if (machine.kind === 'Present' && missedAt !== undefined) memory.note(uid, { missedAt: undefined });
}

function observedHost(services: InstanceServices, name: string, hypervisor: Hypervisor | undefined, host: Host | undefined): ObservedHost {
  if (hypervisor === undefined) return { name, contact: 'Gone', fenced: false, bootId: undefined };
  if (host === undefined && isOpening(services)) return { name, contact: 'Unheard', fenced: false, bootId: undefined };
  return {
    name,
    contact: host === undefined ? 'Silent' : contactOf(host),
    fenced: isFenced(hypervisor, host, services.clock.now()),
    bootId: host?.snapshot()?.bootId,
  };
}

function contactOf(host: Host): ObservedHost['contact'] {
  if (host.reachability().status === 'True') return 'Reachable';
  return cannotBeHeard(host) ? 'Silent' : 'Unheard';
}

/** Whether guests there can be asked to shut down. */
const signals = (host: Host | undefined): boolean => host === undefined || host.driver.capabilities.has('ShutdownSignal');

/** The spec with every absence filled in: what the absence of a field means is decided here and nowhere else. */
function desiredOf(
  instance: Instance,
  status: InstanceStatus,
  wanted: Wanted,
  host: Host | undefined,
  caches: InstanceServices['caches'],
): Desired {
  const { spec } = instance;
  return {
    powerState: spec.powerState ?? 'Running',
    restartPolicy: spec.restartPolicy ?? 'OnCrash',
    reconcilePolicy: spec.reconcilePolicy ?? 'Reconcile',
    deletionPolicy: spec.deletionPolicy ?? (status.origin === 'Adopted' ? 'Retain' : 'Delete'),
    deletionProtection: spec.deletionProtection ?? false,
    lock: spec.lock?.reason,
    guestAgent: spec.guestAgent,
    shutdownTimeoutMs: signals(host) ? wanted.shutdownTimeoutMs : 0,
    imageName: spec.imageName,
    rootVolume: spec.rootVolume && { isDeleted: spec.rootVolume.deleteOnTermination ?? false },
    flavorName: spec.flavorName,
    resize: desiredResize(instance, status, wanted, caches),
    live: desiredLive(instance, status, wanted, host),
    extraDisks: wanted.size !== undefined && extraBytes(wanted.size) > 0,
    pinnedTo: spec.placement?.hypervisorName,
    adoptMachineId: spec.adopt?.machineId,
    bootHash: wanted.bootHash,
    refused: wanted.refused,
    makings: wanted.makings,
    softDeleted:
      spec.lifecycle?.state === 'SoftDeleted'
        ? { reclaimAfterMs: spec.lifecycle.reclaimAfter === undefined ? undefined : parseDuration(spec.lifecycle.reclaimAfter) }
        : undefined,
    shelved: desiredShelf(spec),
    rescue: spec.rescue && {
      imageName: spec.rescue.imageName,
      timeoutMs: spec.rescue.timeout === undefined ? undefined : parseDuration(spec.rescue.timeout),
    },
  };
}
