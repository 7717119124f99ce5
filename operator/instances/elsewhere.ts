/** What the other hosts say of an Instance's machine, and which of them have not been heard on it. */
import type { Instance, InstanceStatus } from '../../crds/instance.ts';
import type { Hypervisor } from '../../crds/hypervisor.ts';
import type { Host } from '../hypervisors/host.ts';
import { isFenced } from './fenced.ts';
import type { Memory } from './memory.ts';
import type { Elsewhere, Identity, MachineReading, Twin } from './plan/types.ts';
import type { InstanceServices } from './services.ts';
import { twinsOn } from './twins.ts';

interface Subject {
  readonly identity: Identity;
  readonly instance: Instance;
  readonly status: InstanceStatus;
  readonly machine: MachineReading;
}

const NOBODY: Elsewhere = Object.freeze({ twins: [], confirmed: false, unheard: [], silentSharers: [] });

export function elsewhere(services: InstanceServices, memory: Memory, subject: Subject): Elsewhere {
  const { caches, hosts, clock } = services;
  const { identity, instance, status } = subject;
  const others = hosts.list().filter(({ name }) => name !== status.hypervisorName);
  const unopened = status.hypervisorName === undefined ? notOpened(services) : [];
  if (others.length === 0 && unopened.length === 0) return NOBODY;
  // A machine that has been made is looked for by its id; one that has not may have been made under an earlier object.
  const byMark = status.machineId === undefined;
  const ids = [status.machineId ?? identity.uid, ...(instance.spec.adopt === undefined ? [] : [instance.spec.adopt.machineId])];
  const twins = others.flatMap((host) => twinsOn(host, identity, ids, byMark, (uid) => caches.instances.getByUid(uid) !== undefined));
  const since = searchedSince(memory, subject);
  const now = clock.now();
  return {
    twins,
    confirmed: isConfirmed(services, memory, subject, twins, now),
    unheard: [...others.filter((host) => isUnheard(host, since)).map(({ name }) => name), ...unopened],
    silentSharers:
      since === undefined || status.hypervisorName === undefined
        ? []
        : silentSharers(others, caches.hypervisors.get(status.hypervisorName), status, (name) => caches.hypervisors.get(name), now),
  };
}

/** Right after the start of the operator there are Hypervisors that no session was opened for yet; later there is none to come. */
const OPENING_MS = 30_000;

const isStalled = ({ status }: Hypervisor): boolean => status?.conditions?.some(({ type }) => type === 'Stalled') ?? false;

function notOpened({ caches, hosts, clock, startedAt }: InstanceServices): readonly string[] {
  if (clock.now() - startedAt > OPENING_MS) return [];
  return [...caches.hypervisors.values()]
    .filter((hypervisor) => hosts.get(hypervisor.metadata.name) === undefined && !isStalled(hypervisor))
    .map(({ metadata }) => metadata.name);
}

/** Since when the machine is missed, or off: older observations of other hosts do not count. Undefined: it is not looked for. */
function searchedSince(memory: Memory, { identity, status, machine }: Subject): number | undefined {
  if (machine.kind === 'Absent') return memory.of(identity.uid).missedAt;
  if (machine.kind !== 'Present' || machine.machine.power !== 'Stopped') return undefined;
  return status.powerOff === undefined ? Number.POSITIVE_INFINITY : Date.parse(status.powerOff.observedAt);
}

/** A host that answers, or was not asked yet, and has not been observed, or not since. One that is silent, or refuses, is another matter. */
function isUnheard(host: Host, since: number | undefined): boolean {
  if (cannotBeHeard(host)) return false;
  const snapshot = host.snapshot();
  return snapshot === undefined || (since !== undefined && snapshot.observedAt < since);
}

/** It does not answer, or answers and refuses: waiting for an observation would be waiting for a person. */
export function cannotBeHeard(host: Host): boolean {
  const { status } = host.reachability();
  return status === 'False' || (status === 'Unknown' && host.contacted);
}

/** Silent hosts, not fenced, that reach the pool its disks are in: it may run there. */
function silentSharers(
  others: readonly Host[],
  own: Hypervisor | undefined,
  status: InstanceStatus,
  hypervisorOf: (name: string) => Hypervisor | undefined,
  now: number,
): readonly string[] {
  const shared = new Set((status.disks ?? []).map(({ pool }) => own?.spec.pools?.[pool]?.sharedId).filter((id) => id !== undefined));
  if (shared.size === 0) return [];
  return others
    .filter(cannotBeHeard)
    .filter((host) => {
      const hypervisor = hypervisorOf(host.name);
      const reaches = Object.values(hypervisor?.spec.pools ?? {}).some(({ sharedId }) => sharedId !== undefined && shared.has(sharedId));
      return hypervisor !== undefined && reaches && !isFenced(hypervisor, host, now);
    })
    .map(({ name }) => name);
}

/** Seen running on two hosts, and both observed again since: no move in between explains it. */
function isConfirmed(
  { hosts }: InstanceServices,
  memory: Memory,
  { identity, status, machine }: Subject,
  twins: readonly Twin[],
  now: number,
): boolean {
  const running = twins.find(({ kind, power }) => kind === 'Ours' && power === 'Running');
  const { twiceAt } = memory.of(identity.uid);
  if (running === undefined || machine.kind !== 'Present' || machine.machine.power !== 'Running') {
    if (twiceAt !== undefined) memory.note(identity.uid, { twiceAt: undefined });
    return false;
  }
  if (twiceAt === undefined) {
    memory.note(identity.uid, { twiceAt: now });
    return false;
  }
  const observedAt = [status.hypervisorName ?? '', running.hypervisorName].map((name) => hosts.get(name)?.snapshot()?.observedAt ?? 0);
  return observedAt.every((at) => at > twiceAt);
}
