/** The driver's verbs on machines: each reads the owner mark first, then does what the power table says. */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { LocateQuery, MachineSpec } from '../../contract.ts';
import { featuresFor } from '../../hardware.ts';
import { DriverError } from '../../labels.ts';
import { isOwnedBy, type OwnerMark, type Target } from '../../owner.ts';
import type { Ask, Hardware, SentMachine } from '../protocol.ts';
import type { FakeHost } from './host.ts';
import { isOn, sentMachine, type MachineRecord } from './machine.ts';
import { outcomeOf, type PowerAct } from './power.ts';
import { guestHearsShutdown, setPower } from './runs.ts';

export function inspect(host: FakeHost, machineId: string): SentMachine | null {
  const machine = host.get(machineId);
  return machine === undefined ? null : sentMachine(machine);
}

export function locate(host: FakeHost, { machineIds, name, clusterId, namespacedName }: LocateQuery): readonly SentMachine[] {
  const found = new Set<MachineRecord | undefined>(machineIds.map((id) => host.get(id)));
  if (name !== undefined) found.add(host.byName(name));
  if (namespacedName !== undefined) {
    for (const machine of host.marked(namespacedName.namespace, namespacedName.name)) {
      if (clusterId === undefined || machine.owner?.clusterId === clusterId) found.add(machine);
    }
  }
  return [...found].flatMap((machine) => (machine === undefined ? [] : sentMachine(machine)));
}

export function define(host: FakeHost, spec: MachineSpec): { readonly machineId: string } {
  requireFeatures(host, spec);
  const sameName = host.byName(spec.name);
  const there = spec.machineId === undefined ? sameName : host.get(spec.machineId);
  for (const other of [sameName, there]) {
    if (other === undefined || (other === there && isOwnedBy(other.owner, spec.owner))) continue;
    throw new DriverError('Conflict', `Machine ${other.name} (${other.machineId}) is there and is not ours`, { reason: 'InstanceExists' });
  }
  if (there !== undefined) {
    redefine(host, there, spec);
    return { machineId: there.machineId };
  }
  const machineId = spec.machineId ?? randomUUID();
  const { name, owner } = spec;
  host.put(
    { machineId, name, owner, power: 'Stopped', powerReason: 'Unknown', persistent: true, hardware: hardwareOf(spec) },
    'Definition',
  );
  return { machineId };
}

function redefine(host: FakeHost, machine: MachineRecord, spec: MachineSpec): void {
  const { runId, bootHash } = machine.owner?.role === spec.owner.role ? machine.owner : {};
  const owner = { ...(runId !== undefined && { runId }), ...(bootHash !== undefined && { bootHash }), ...spec.owner };
  const hardware = withKept(machine.hardware, hardwareOf(spec));
  if (machine.persistent && isDeepStrictEqual([machine.owner, machine.hardware], [owner, hardware])) return;
  host.put({ ...machine, owner, hardware, persistent: true }, 'Definition');
}

function hardwareOf({ machineId: _id, name: _name, owner: _owner, ...hardware }: MachineSpec): Hardware {
  return hardware;
}

/** Firmware and TPM stay where nobody asks for another: what they hold would be lost. */
function withKept(before: Hardware, { firmware = before.firmware, devices, ...rest }: Hardware): Hardware {
  const { tpm } = before.devices ?? {};
  const kept = tpm === undefined ? devices : { tpm, ...devices };
  return { ...rest, ...(firmware && { firmware }), ...(kept && { devices: kept }) };
}

/** What a script says that the host lacks. */
function requireFeatures(host: FakeHost, spec: MachineSpec): void {
  const lacking = featuresFor(spec).find((feature) => !host.shape.features.includes(feature));
  if (lacking === undefined) return;
  throw new DriverError('Unsupported', `Host ${host.name} has not the feature ${lacking}`, { reason: `${lacking}Unsupported` });
}

export function setMark(host: FakeHost, { target, mark }: Ask<'setMark'>): void {
  const machine = needed(host, target.machineId);
  if (isDeepStrictEqual(machine.owner, mark)) return;
  host.put({ ...owned(machine, target), owner: mark }, 'Definition');
}

export function undefine(host: FakeHost, { target }: Ask<'undefine'>): void {
  const machine = host.get(target.machineId);
  if (machine === undefined) return;
  if (isOn(owned(machine, target))) {
    throw new DriverError('Conflict', `Machine ${machine.name} is ${machine.power}: power it off first`, { reason: `Is${machine.power}` });
  }
  host.remove(machine);
}

export function startPaused(host: FakeHost, { target, run }: Ask<'startPaused'>): void {
  const machine = idle(owned(needed(host, target.machineId), target));
  const outcome = outcomeOf('startPaused', machine);
  if (outcome === undefined) return;
  needParts(host, machine.hardware);
  const owner: OwnerMark | undefined = machine.owner && { ...machine.owner, runId: run.runId, bootHash: run.bootHash };
  setPower(host, { ...machine, ...(owner && { owner }), run: newRun(host, machine) }, outcome);
}

/** Starts as a person would, with the guest running at once. */
export function start(host: FakeHost, machine: MachineRecord): void {
  const outcome = outcomeOf('start', machine);
  if (outcome === undefined) return;
  needParts(host, machine.hardware);
  setPower(host, { ...machine, run: machine.run ?? newRun(host, machine) }, outcome);
}

function newRun(host: FakeHost, { hardware }: MachineRecord): NonNullable<MachineRecord['run']> {
  return { number: host.nextRun(), hardware, guest: 'Held', filtered: false };
}

/** What a start needs on the host: memory, disks and networks. */
function needParts(host: FakeHost, hardware: Hardware): void {
  host.needMemory(hardware.memoryBytes);
  for (const disk of [...hardware.disks, ...(hardware.volumes ?? [])]) {
    if (host.storage.disk(disk) === undefined) {
      throw new DriverError('NotFound', `Disk ${disk.name} is not in pool ${disk.pool}`, { reason: 'DiskNotFound' });
    }
  }
  for (const { source } of hardware.interfaces) {
    if ('network' in source && !host.shape.networks.includes(source.network)) {
      throw new DriverError('NotFound', `The host has no network ${source.network}`, { reason: 'NetworkNotFound' });
    }
  }
}

export function applyFilters(host: FakeHost, { target }: Ask<'applyFilters'>): void {
  const machine = owned(needed(host, target.machineId), target);
  if (machine.run !== undefined && !machine.run.filtered) host.put({ ...machine, run: { ...machine.run, filtered: true } });
}

/** A machine that is gone has nothing to shut down, and neither has one that is off. */
export function signalShutdown(host: FakeHost, { target }: Ask<'signalShutdown'>): void {
  const machine = host.get(target.machineId);
  if (machine !== undefined && owned(machine, target).power === 'Running') guestHearsShutdown(host, machine);
}

/** Ends any job on it. */
export function powerOff(host: FakeHost, { target }: Ask<'powerOff'>): void {
  const machine = host.get(target.machineId);
  if (machine !== undefined) changePower(host, owned(machine, target), 'powerOff');
}

export function discardSavedState(host: FakeHost, { target }: Ask<'discardSavedState'>): void {
  const machine = host.get(target.machineId);
  if (machine !== undefined) changePower(host, owned(machine, target), 'discardSavedState');
}

/** The verbs that need the machine and change nothing but its power. */
export function changeOwnPower(host: FakeHost, { target }: { readonly target: Target }, act: PowerAct): void {
  const machine = idle(owned(needed(host, target.machineId), target));
  if (act === 'restoreFromDisk' && machine.power === 'Suspended') host.needMemory(machine.run?.hardware.memoryBytes ?? 0);
  changePower(host, machine, act);
}

/** The guests of the fake take it as if nothing had happened. */
export function injectNmi(host: FakeHost, { target }: Ask<'injectNmi'>): void {
  const machine = idle(owned(needed(host, target.machineId), target));
  if (machine.power === 'Running') return;
  throw new DriverError('Conflict', `Machine ${machine.name} is ${machine.power}: no guest runs that an NMI could reach`, {
    reason: `Is${machine.power}`,
  });
}

export function changePower(host: FakeHost, machine: MachineRecord, act: PowerAct): void {
  const outcome = outcomeOf(act, machine);
  if (outcome !== undefined) setPower(host, machine, outcome);
}

export function updateLive(host: FakeHost, { target, wanted, fields }: Ask<'updateLive'>): void {
  const machine = idle(owned(needed(host, target.machineId), target));
  const touched = (list: string) => fields.some((field) => field.startsWith(`${list}[`));
  const changed = { ...(touched('interfaces') && { interfaces: wanted.interfaces }) };
  const run = machine.run && { ...machine.run, hardware: { ...machine.run.hardware, ...changed } };
  const owner = fields.includes('owner') ? { ...machine.owner, ...wanted.owner } : machine.owner;
  const hardware = { ...machine.hardware, ...changed };
  host.put({ ...machine, hardware, ...(owner && { owner }), ...(run && { run }) }, 'Definition');
}

export function needed(host: FakeHost, machineId: string): MachineRecord {
  const machine = host.get(machineId);
  if (machine !== undefined) return machine;
  throw new DriverError('NotFound', `Machine ${machineId} is not on host ${host.name}`, { reason: 'MachineNotFound' });
}

export function owned(machine: MachineRecord, target: Target): MachineRecord {
  if (isOwnedBy(machine.owner, target)) return machine;
  throw new DriverError('Conflict', `Machine ${machine.name} (${machine.machineId}) carries another owner's mark, or none`, {
    reason: 'NotOurs',
  });
}

export function idle(machine: MachineRecord): MachineRecord {
  if (machine.job === undefined) return machine;
  throw new DriverError('Conflict', `Machine ${machine.name} is busy: ${machine.job}`, { reason: 'Busy' });
}
