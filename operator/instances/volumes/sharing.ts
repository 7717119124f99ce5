/**
 * Who has a disk on the other hosts that share its pool: a machine that was let go of, or that is not Hostler's, is in no status.
 * Every definition on those hosts is read, so this is asked when a disk changes hands or goes, and at no other time.
 */
import type { Hypervisor } from '../../../crds/hypervisor.ts';
import type { DiskRef } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { Hosts } from '../../hypervisors/host.ts';
import type { Cache } from '../../kernel/watch/cache.ts';
import { toldUsers, type Reader } from './disk-users.ts';
import { isDuplicate } from '../without-session.ts';

export interface SharedDisk {
  /** The Hypervisor that has been asked already. */
  readonly hypervisorName: string;
  /** As that knows it. */
  readonly disk: DiskRef;
  /** What its own machine is called, wherever somebody moved it; undefined: there is none. */
  readonly ownName?: string | undefined;
  readonly reader: Reader;
}

export interface SharedUsers {
  /** Machines, with their hosts, for the people of the namespace. */
  readonly users: readonly string[];
  /** Hypervisors that do not answer: even where they are surely off, a machine on them may have it when they are on again. */
  readonly silent: readonly string[];
}

interface Around {
  readonly hosts: Hosts;
  readonly hypervisors: Cache<Hypervisor>;
}

const READ_MS = 8_000;

export async function usersElsewhere(around: Around, shared: SharedDisk, signal: AbortSignal): Promise<SharedUsers> {
  const users: string[] = [];
  const silent: string[] = [];
  for (const { name, disk } of sharers(around, shared)) {
    const found = await usersOn(around, name, disk, signal);
    if (found === undefined) silent.push(name);
    else {
      const others = found.filter((user) => user !== shared.ownName);
      users.push(...toldUsers(others, around.hosts.get(name), shared.reader).map((user) => `${user} on Hypervisor ${name}`));
    }
  }
  return { users, silent };
}

/** The other hosts that reach the disk, and what it is there. */
function sharers({ hosts, hypervisors }: Around, { hypervisorName, disk }: SharedDisk) {
  const ids = new Set(poolsOf(hypervisors.get(hypervisorName)).flatMap((one) => (one.pool === disk.pool ? (one.sharedId ?? []) : [])));
  return [...hypervisors.values()]
    .filter((one) => one.metadata.name !== hypervisorName && !(hosts.get(one.metadata.name) === undefined && isDuplicate({ hosts }, one)))
    .flatMap((hypervisor) =>
      poolsOf(hypervisor)
        .filter(({ sharedId }) => sharedId !== undefined && ids.has(sharedId))
        .map(({ pool }) => ({ name: hypervisor.metadata.name, disk: { pool, name: disk.name } })),
    );
}

const poolsOf = (hypervisor: Hypervisor | undefined) => Object.values(hypervisor?.spec.pools ?? {});

/** Undefined: it does not answer. */
async function usersOn({ hosts }: Around, name: string, disk: DiskRef, signal: AbortSignal): Promise<readonly string[] | undefined> {
  const host = hosts.get(name);
  if (host?.reachability().status !== 'True') return undefined;
  try {
    return await host.act('Read', READ_MS, signal, (driver, call) => driver.diskUsers(disk, call));
  } catch (error) {
    if (error instanceof DriverError && error.label === 'HostUnreachable') return undefined;
    throw error;
  }
}
