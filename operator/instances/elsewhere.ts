/** What the other hosts say of an Instance's machine, and which of them have not been heard on it. */
import type { Instance, InstanceStatus } from '../../crds/instance.ts';
import type { Hypervisor } from '../../crds/hypervisor.ts';
import type { Host } from '../hypervisors/host.ts';
import type { Clock } from '../kernel/clock.ts';
import { isFenced } from './fenced.ts';
import { isOutdated } from './left-behind.ts';
import type { Memory } from './memory.ts';
import { lives, ourTwins } from './plan/twins.ts';
import type { Elsewhere, Identity, MachineReading, Twin } from './plan/types.ts';
import type { InstanceServices } from './services.ts';
import { adoptableBy, markOf, twinsOn, type Sought } from './twins.ts';
import { isOpening, isStalled, withoutSession } from './without-session.ts';

interface Subject {
  readonly identity: Identity;
  readonly instance: Instance;
  readonly status: InstanceStatus;
  readonly machine: MachineReading;
  readonly statusLost: boolean;
}

const NOBODY: Elsewhere = Object.freeze({ twins: [], confirmed: false, unheard: [], unobserved: [], silentSharers: [], silent: [] });

export function elsewhere(services: InstanceServices, memory: Memory, subject: Subject): Elsewhere {
  const { caches, hosts, clock } = services;
  const { status } = subject;
  const all = hosts.list();
  const unopened = withoutSession(services, status.hypervisorName);
  if (unopened.length === 0 && all.every(({ name }) => name === status.hypervisorName)) return NOBODY;
  const since = searchedSince(clock, memory, subject);
  const { twins, unheard, unobserved, silent } = ask(all, services, memory, subject, since);
  const opening = isOpening(services);
  const expected = opening ? namesOf(unopened) : [];
  const hopeful = opening ? namesOf(unopened.filter((hypervisor) => !isStalled(hypervisor))) : [];
  // Later one without a session is as silent as one that does not answer.
  if (!opening) silent.push(...namesOf(unopened));
  const own = status.hypervisorName === undefined ? undefined : caches.hypervisors.get(status.hypervisorName);
  return {
    twins,
    confirmed: isConfirmed(services, memory, subject, twins, clock.monotonic()),
    unheard: [...unheard, ...(own === undefined ? hopeful : expected)],
    unobserved: [...unobserved, ...hopeful],
    silentSharers: since === undefined || own === undefined ? [] : silentSharers(services, own, status, silent),
    silent: subject.statusLost ? unfenced(services, [...silent, ...namesOf(opening ? unopened.filter(isStalled) : [])]) : [],
  };
}

/** What the hosts but its own say; names of those that say nothing yet, or not since, and of those that cannot be heard. */
interface Said {
  readonly twins: Twin[];
  readonly unheard: string[];
  readonly unobserved: string[];
  readonly silent: string[];
}

/** One loop, for it is gone through several times a pass, and there may be many hosts. */
function ask(
  all: readonly Host[],
  { caches }: InstanceServices,
  memory: Memory,
  { identity, instance, status }: Subject,
  since: number | undefined,
): Said {
  const said: Said = { twins: [], unheard: [], unobserved: [], silent: [] };
  const sought: Sought = {
    ids: [status.machineId ?? identity.uid, ...(instance.spec.adopt === undefined ? [] : [instance.spec.adopt.machineId])],
    // A machine that has been made is looked for by its id; one that has not may have been made under an earlier object.
    mark: status.machineId === undefined ? markOf(identity) : undefined,
    isLiving: (uid) => caches.instances.getByUid(uid) !== undefined,
    listedOn: (hypervisorName) => (instance.spec.adopt === undefined ? [] : adoptableBy(identity, caches.hypervisors.get(hypervisorName))),
  };
  // Where status names no host, nobody knows any more where this process acted: what was seen before says nothing.
  const { actedAt, left } = memory.of(identity.uid);
  const acted = status.hypervisorName === undefined ? actedAt : undefined;
  for (const host of all) {
    if (host.name === status.hypervisorName) continue;
    const outdated = (left !== undefined && isOutdated(memory, identity.uid, host)) || isBefore(host, acted);
    if (!outdated) said.twins.push(...twinsOn(host, identity, sought));
    if (cannotBeHeard(host)) said.silent.push(host.name);
    else {
      const seenAt = outdated ? undefined : host.snapshot()?.seenAt;
      if (seenAt === undefined) said.unobserved.push(host.name);
      if (seenAt === undefined || (since !== undefined && seenAt <= since)) said.unheard.push(host.name);
    }
  }
  return said;
}

/** Whether the last observation of the host is from before that moment; undefined: there was none. */
const isBefore = (host: Host, at: number | undefined): boolean =>
  at !== undefined && (host.snapshot()?.seenAt ?? Number.NEGATIVE_INFINITY) <= at;

const namesOf = (hypervisors: readonly Hypervisor[]): readonly string[] => hypervisors.map(({ metadata }) => metadata.name);

/**
 * Since when the machine is missed, or off, in monotonic milliseconds: older observations of other hosts do not count.
 * Undefined: it is not looked for.
 */
function searchedSince(clock: Clock, memory: Memory, { identity, status, machine }: Subject): number | undefined {
  if (machine.kind === 'Absent') return memory.of(identity.uid).missedAt;
  if (machine.kind !== 'Present' || machine.machine.power !== 'Stopped') return undefined;
  const { powerOff } = status;
  // The end of an earlier run was seen before this one: it says nothing.
  return powerOff === undefined || powerOff.runId !== machine.machine.runId
    ? Number.POSITIVE_INFINITY
    : monotonicOf(clock, powerOff.observedAt);
}

/** A moment that was recorded, maybe by another process; right as long as nobody has set the clock since. */
const monotonicOf = (clock: Clock, instant: string): number => clock.monotonic() - (clock.now() - Date.parse(instant));

/** It does not answer, or answers and refuses: waiting for an observation would be waiting for a person. */
export function cannotBeHeard(host: Host): boolean {
  const { status } = host.reachability();
  return status === 'False' || (status === 'Unknown' && host.contacted);
}

const unfenced = ({ caches, hosts, clock }: InstanceServices, names: readonly string[]): readonly string[] =>
  names.filter((name) => {
    const hypervisor = caches.hypervisors.get(name);
    return hypervisor !== undefined && !isFenced(hypervisor, hosts.get(name), clock.now());
  });

/** Of the silent hosts those, not fenced, that reach a pool its disks are in: it may run there. */
function silentSharers(
  services: InstanceServices,
  own: Hypervisor,
  { disks = [] }: InstanceStatus,
  silent: readonly string[],
): readonly string[] {
  const shared = new Set(disks.map(({ pool = '' }) => own.spec.pools?.[pool]?.sharedId).filter((id) => id !== undefined));
  if (shared.size === 0) return [];
  const reaches = (name: string): boolean =>
    Object.values(services.caches.hypervisors.get(name)?.spec.pools ?? {}).some(
      ({ sharedId }) => sharedId !== undefined && shared.has(sharedId),
    );
  return unfenced(services, silent.filter(reaches));
}

/** Seen to live on two hosts, and both observed again since as they are: no move in between explains them. */
function isConfirmed(
  { hosts }: InstanceServices,
  memory: Memory,
  { identity, status, machine }: Subject,
  twins: readonly Twin[],
  now: number,
): boolean {
  const here = machine.kind === 'Present' ? machine.machine.power : 'Stopped';
  const [living] = ourTwins({ twins });
  const { twice } = memory.of(identity.uid);
  if (living === undefined || !lives(living) || here === 'Stopped') {
    if (twice !== undefined) memory.note(identity.uid, { twice: undefined });
    return false;
  }
  const seen = `${here} here, ${living.power} on ${living.hypervisorName}`;
  if (twice?.seen !== seen) {
    memory.note(identity.uid, { twice: { seen, at: now } });
    return false;
  }
  const seenAt = [status.hypervisorName ?? '', living.hypervisorName].map(
    (name) => hosts.get(name)?.snapshot()?.seenAt ?? Number.NEGATIVE_INFINITY,
  );
  return seenAt.every((at) => at > twice.at);
}
