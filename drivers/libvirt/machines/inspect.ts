/** One machine with its definition, read afresh. */
import { DomainInterfaceAddressesSource, DomainXml, ErrorCode, LibvirtError, isLibvirtError, type LibvirtClient } from 'node-libvirt';
import type { DiskRef, Machine, ObservedInterface, PluggedVolume } from '../../contract.ts';
import { definitionPart, writeDefinition } from '../domain/definition.ts';
import { viewDomain, type DomainView, type ViewedVolume } from '../domain/view.ts';
import type { Pools } from '../storage/pools.ts';
import type { Left } from '../time.ts';
import { isUuid, readFresh, type Fresh } from './fresh.ts';
import { hasBlockJob } from './jobs.ts';
import type { Registry } from './registry.ts';

export interface Inspector {
  readonly client: LibvirtClient;
  readonly pools: Pools;
  readonly registry: Registry;
}

/** Undefined when the host says there is none. */
export async function inspectMachine({ client, pools, registry }: Inspector, machineId: string, left: Left): Promise<Machine | undefined> {
  if (!isUuid(machineId)) return undefined;
  const ref = { uuid: machineId };
  try {
    const [fresh, inactive] = await Promise.all([
      readFresh(client, machineId, left),
      client.domains.xml(ref, { flags: DomainXml.INACTIVE, ...left() }),
    ]);
    if (fresh === undefined) return undefined;
    const running = fresh.active ? await readRunning(client, machineId, left) : undefined;
    const machine = machineOf(fresh, inactive, running, pools);
    if (machine.busy) registry.noteBusy(machineId);
    return machine;
  } catch (error) {
    if (isLibvirtError(error, ErrorCode.NO_DOMAIN)) return undefined;
    throw error;
  }
}

interface Running {
  readonly xml: string;
  readonly addresses: ReadonlyMap<string, readonly string[]>;
}

async function readRunning(client: LibvirtClient, machineId: string, left: Left): Promise<Running> {
  const [xml, addresses] = await Promise.all([client.domains.xml({ uuid: machineId }, left()), leasesOf(client, machineId, left)]);
  return { xml, addresses };
}

function machineOf(fresh: Fresh, inactive: string, running: Running | undefined, pools: Pools): Machine {
  const next = viewDomain(inactive);
  const diskAt = (path: string) => pools.diskAt(path);
  const live = running && viewDomain(running.xml);
  const shown = definitionPart(live ?? next, diskAt);
  return {
    machineId: fresh.domain.uuid,
    name: fresh.domain.name,
    power: fresh.power,
    powerReason: fresh.powerReason,
    ...(next.owner === undefined ? {} : { owner: next.owner }),
    busy: fresh.busy || (running !== undefined && hasBlockJob(running.xml)),
    persistent: fresh.persistent,
    vcpus: shown.vcpus,
    memoryBytes: shown.memoryBytes,
    ...(shown.maximum && { maximum: shown.maximum }),
    disks: shown.disks,
    ...pluggedVolumes(next, live, diskAt),
    interfaces: shown.interfaces.map(({ mac }): ObservedInterface => ({ mac, addresses: running?.addresses.get(mac) ?? [] })),
    ...(live?.guestAgent === undefined ? {} : { guestAgent: live.guestAgent }),
    definition: writeDefinition({
      next: definitionPart(next, diskAt),
      ...(live === undefined ? {} : { live: definitionPart(live, diskAt) }),
    }),
  };
}

const has = (list: readonly ViewedVolume[], { id, path }: ViewedVolume): boolean => list.some((one) => one.id === id && one.path === path);

/** What is told of none is nothing. */
function pluggedVolumes(next: DomainView, live: DomainView | undefined, diskAt: (path: string) => DiskRef): Pick<Machine, 'volumes'> {
  const [defined, running] = [next.volumes ?? [], live?.volumes ?? []];
  const volumes: readonly PluggedVolume[] = [
    ...defined.map((one) => ({ id: one.id, ...diskAt(one.path), plugged: has(running, one) ? ('Both' as const) : ('Next' as const) })),
    ...running.flatMap((one) => (has(defined, one) ? [] : [{ id: one.id, ...diskAt(one.path), plugged: 'Run' as const }])),
  ];
  return volumes.length === 0 ? {} : { volumes };
}

/** By MAC: what the host's own DHCP gave. A host that cannot tell leaves the machine without addresses, not unread. */
async function leasesOf(client: LibvirtClient, uuid: string, left: Left): Promise<ReadonlyMap<string, readonly string[]>> {
  try {
    const interfaces = await client.domains.interfaceAddresses({ uuid }, DomainInterfaceAddressesSource.LEASE, left());
    return new Map(interfaces.map(({ mac = '', addresses }) => [mac.toLowerCase(), addresses.map(({ address }) => address)]));
  } catch (error) {
    if (error instanceof LibvirtError) return new Map();
    throw error;
  }
}
