/** The disks that go with a machine whose Instance does not exist: those made for it, where nothing else may have them. */
import type { Hypervisor } from '../../crds/hypervisor.ts';
import type { Disk, Machine } from '../../drivers/contract.ts';
import { topmostFirst } from '../../drivers/disk-names.ts';
import { DriverError } from '../../drivers/labels.ts';
import type { Host, Hosts } from '../hypervisors/host.ts';
import { diskPrefix } from '../instances/naming.ts';
import { QUICK_MS, WORK_MS } from '../instances/steps/host.ts';

export interface DisksInput {
  readonly hypervisor: Hypervisor;
  readonly hypervisors: Iterable<Hypervisor>;
  readonly hosts: Hosts;
  readonly host: Host;
  readonly machine: Machine;
  /** UIDs of Instances that do not exist, which its disks are named after. */
  readonly owners: readonly string[];
  readonly signal: AbortSignal;
}

/** All in the pools that the Hypervisor names, and in those that the machine has disks in. What has other users stays. */
export async function removeDisks(input: DisksInput): Promise<void> {
  const { hypervisor, host, machine, owners, signal } = input;
  const named = Object.values(hypervisor.spec.pools ?? {}).map(({ pool }) => pool);
  const pools = [...new Set([...named, ...machine.disks.map(({ pool }) => pool)])].filter((pool) => pool !== '' && isAlone(input, pool));
  if (pools.length === 0) return;
  for (const owner of owners) {
    const disks = await host.act('Read', WORK_MS, signal, (driver, call) =>
      driver.listDisks({ pools, namePrefix: diskPrefix(owner) }, call),
    );
    for (const disk of topmostFirst(disks)) await removeUnused(input, disk);
  }
}

async function removeUnused({ host, machine, signal }: DisksInput, { pool, name }: Disk): Promise<void> {
  const users = await host.act('Read', WORK_MS, signal, (driver, call) => driver.diskUsers({ pool, name }, call));
  if (users.some((user) => user !== machine.name)) return;
  await host.act('Build', QUICK_MS, signal, (driver, call) => driver.deleteDisk({ pool, name }, call));
}

/** On no other host that shares the pool is there a machine of the same owner: its disks go with the last one. Throws while one of them cannot say. */
function isAlone({ hypervisor, hypervisors, hosts, owners }: DisksInput, pool: string): boolean {
  const shared = sharedIdOf(hypervisor, pool);
  if (shared === undefined) return true;
  const others = [...hypervisors].filter(
    (one) =>
      one.metadata.name !== hypervisor.metadata.name && Object.values(one.spec.pools ?? {}).some(({ sharedId }) => sharedId === shared),
  );
  return others.every(({ metadata: { name } }) => {
    const host = hosts.get(name);
    const machines = host?.snapshot()?.machines;
    if (host?.reachability().status !== 'True' || machines === undefined) {
      throw new DriverError(
        'Conflict',
        `pool ${pool} is shared with Hypervisor ${name}, which does not answer: its disks stay until it does`,
      );
    }
    return ![...machines.values()].some(({ owner }) => owner !== undefined && owners.includes(owner.uid));
  });
}

const sharedIdOf = ({ spec }: Hypervisor, pool: string): string | undefined =>
  Object.values(spec.pools ?? {}).find((one) => one.pool === pool)?.sharedId;
