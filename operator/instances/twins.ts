/**
 * Machines on any host that have to do with an Instance: by its id, by the id it is to adopt, or by their mark.
 *
 * By id a look into each host's snapshot is enough. By mark the snapshot is indexed when somebody asks, and the index kept
 * for a moment: thousands are made at once while observations follow each other.
 */
import type { Hypervisor } from '../../crds/hypervisor.ts';
import type { MachineState } from '../../drivers/contract.ts';
import { isOwnedBy, type OwnerMark } from '../../drivers/owner.ts';
import type { Host, HostSnapshot } from '../hypervisors/host.ts';
import type { Identity, MachineReading, Twin } from './plan/types.ts';

/** Whether an object with this uid lives: a machine marked for a living Instance is nobody else's. */
export type IsLiving = (uid: string) => boolean;

/** Undefined: the machine has nothing to do with this Instance beyond an id that was asked for. */
export function relation(owner: OwnerMark | undefined, me: Identity, isLiving: IsLiving): 'Ours' | 'Namesake' | undefined {
  if (owner === undefined) return undefined;
  if (isOwnedBy(owner, me)) return 'Ours';
  const namesake =
    owner.role !== 'retained' && owner.clusterId === me.clusterId && owner.namespace === me.namespace && owner.name === me.name;
  return namesake && owner.uid !== me.uid && !isLiving(owner.uid) ? 'Namesake' : undefined;
}

/** `listed`: ids of the machines that its Hypervisor offers our namespace. */
export function twinOf(hypervisorName: string, machine: MachineState, me: Identity, isLiving: IsLiving, listed: readonly string[]): Twin {
  const { machineId, power, powerReason, owner } = machine;
  const movedAway = power === 'Stopped' && powerReason === 'Migrated';
  const nobodys = isNobodys(owner) && listed.includes(machineId) ? 'Adoptable' : 'Stranger';
  return { hypervisorName, machineId, power, runId: owner?.runId, movedAway, kind: relation(owner, me, isLiving) ?? nobodys };
}

/** It never had an owner, or was let go of. */
export const isNobodys = (owner: OwnerMark | undefined): boolean => owner === undefined || owner.role === 'retained';

export const adoptableBy = ({ namespace }: Pick<Identity, 'namespace'>, hypervisor: Hypervisor | undefined): readonly string[] =>
  (hypervisor?.spec.adoptable ?? []).filter((one) => one.namespace === namespace).map(({ machineId }) => machineId);

/** A machine of our id that does not carry our mark. */
export function notOurs(machine: MachineState, me: Identity, isLiving: IsLiving): MachineReading {
  const { owner, machineId } = machine;
  if (owner === undefined) return { kind: 'NotOurs', machineId, mark: 'None' };
  if (owner.role === 'retained') return { kind: 'NotOurs', machineId, mark: 'Retained' };
  return { kind: 'NotOurs', machineId, mark: relation(owner, me, isLiving) === 'Namesake' ? 'Namesake' : 'Other' };
}

/** What is looked for on a host. */
export interface Sought {
  readonly ids: readonly string[];
  /** Machines marked for this namespace and name (`markOf`), too; undefined: by id alone. */
  readonly mark: string | undefined;
  readonly isLiving: IsLiving;
  /** Ids that the Hypervisor offers our namespace. */
  readonly listedOn: (hypervisorName: string) => readonly string[];
}

const NONE: readonly Twin[] = Object.freeze([]);

/** Machines of one host that are sought. */
export function twinsOn(host: Host, me: Identity, { ids, mark, isLiving, listedOn }: Sought): readonly Twin[] {
  const snapshot = host.snapshot();
  if (snapshot === undefined) return NONE;
  const { machines } = snapshot;
  const byMark = mark === undefined ? UNMARKED : marked(host, snapshot, mark);
  // Asked of every host in every pass, and nearly always so.
  if (byMark.length === 0 && !ids.some((id) => machines.has(id))) return NONE;
  const related = ({ machineId }: MachineState): boolean => {
    // The index may be of a moment ago.
    const machine = machines.get(machineId);
    return machine !== undefined && relation(machine.owner, me, isLiving) !== undefined;
  };
  const present = ids.filter((id) => machines.has(id));
  const marks = byMark.filter(related).map(({ machineId }) => machineId);
  return [...new Set([...present, ...marks])].flatMap((id) => {
    const machine = machines.get(id);
    return machine === undefined ? [] : [twinOf(host.name, machine, me, isLiving, listedOn(host.name))];
  });
}

/** Under which a mark is found in the index of a snapshot. */
export const markOf = ({ clusterId, namespace, name }: Pick<OwnerMark, 'clusterId' | 'namespace' | 'name'>): string =>
  `${clusterId}/${namespace}/${name}`;

type ByName = ReadonlyMap<string, readonly MachineState[]>;
interface KeptIndex {
  readonly machines: HostSnapshot['machines'];
  readonly seenAt: number;
  readonly byName: ByName;
}
const indexes = new WeakMap<Host, KeptIndex>();
/** Observations that follow each other closely share an index: it is never older than an observation may be anyway. */
const INDEX_FOR_MS = 2_000;

const UNMARKED: readonly MachineState[] = Object.freeze([]);

function marked(host: Host, { machines, seenAt }: HostSnapshot, mark: string): readonly MachineState[] {
  let index = indexes.get(host);
  if (index === undefined || (index.machines !== machines && seenAt - index.seenAt > INDEX_FOR_MS)) {
    index = { machines, seenAt, byName: indexByName(machines) };
    indexes.set(host, index);
  }
  return index.byName.get(mark) ?? UNMARKED;
}

function indexByName(machines: HostSnapshot['machines']): ByName {
  const index = new Map<string, MachineState[]>();
  for (const machine of machines.values()) {
    if (machine.owner === undefined) continue;
    const key = markOf(machine.owner);
    const others = index.get(key);
    if (others === undefined) index.set(key, [machine]);
    else others.push(machine);
  }
  return index;
}
