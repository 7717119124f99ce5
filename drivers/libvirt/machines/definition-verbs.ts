/** The verbs that make, change and remove definitions. */
import { DomainUndefine, DomainXml, ErrorCode, isLibvirtError, type Domain, type LibvirtClient } from 'node-libvirt';
import type { MachineDisk, MachineSpec, MachineVolume } from '../../contract.ts';
import { DriverError } from '../../labels.ts';
import { isOwnedBy, type OwnerMark, type Target } from '../../owner.ts';
import { domainElement, type PlacedDisk } from '../domain/build.ts';
import { withScsi } from '../domain/buses.ts';
import { carryOver } from '../domain/carry.ts';
import { requireSupport } from '../domain/support.ts';
import { withVariablesNote } from '../domain/variables.ts';
import { withVolumes, type NamedDisk, type PlacedVolume } from '../domain/volumes.ts';
import type { HostProfile } from '../host/profile.ts';
import { isFolder, pathIn, type Pool, type Pools } from '../storage/pools.ts';
import type { Left } from '../time.ts';
import { buildXml, parseXml } from '../xml.ts';
import { readFresh, readOwned, refused, type Fresh } from './fresh.ts';
import { runOf, startOf, writeMark } from './marking.ts';

export interface Definer {
  readonly client: LibvirtClient;
  readonly pools: Pools;
  readonly profile: HostProfile;
}

export async function define({ client, pools, profile }: Definer, spec: MachineSpec, left: Left): Promise<{ readonly machineId: string }> {
  requireSupport(spec, profile);
  const [existing, disks, volumes] = await Promise.all([
    findExisting(client, spec, left),
    Promise.all(spec.disks.map((disk) => placed(pools, disk, left))),
    Promise.all((spec.volumes ?? []).map((volume) => placedVolume(pools, volume, left))),
  ]);
  if (existing === undefined) {
    const element = withScsi(withVolumes(domainElement(spec, disks, profile), volumes, undefined));
    const { uuid } = await client.domains.define(buildXml('domain', element), left());
    return { machineId: uuid };
  }
  const owner = { ...keptOf(existing.owner, spec.owner), ...spec.owner };
  const machineId = existing.domain.uuid;
  const before = parseXml('domain', await client.domains.xml(existing.domain, { flags: DomainXml.INACTIVE, ...left() }));
  const built = withVolumes(domainElement({ ...spec, machineId, owner }, disks, profile), volumes, before);
  const element = withScsi(withVariablesNote(carryOver(built, before, spec.firmware), before, spec.firmware));
  await client.domains.define(buildXml('domain', element), left());
  // What runs keeps a mark of its own, which must say the same.
  if (existing.active) await writeMark(client, { ...existing, persistent: true }, owner, left);
  return { machineId };
}

/** What the mark goes on saying of its run; of one that has another role now it says nothing. */
const keptOf = (before: OwnerMark | undefined, { role }: OwnerMark): Partial<OwnerMark> =>
  before?.role === role ? { ...startOf(before), ...runOf(before) } : {};

/** All that hangs on a definition; TPM state is named apart, since older daemons do not know that flag (and remove it by themselves). */
const WITH_ALL_BUT_TPM =
  DomainUndefine.MANAGED_SAVE | DomainUndefine.SNAPSHOTS_METADATA | DomainUndefine.CHECKPOINTS_METADATA | DomainUndefine.NVRAM;

export async function undefine(client: LibvirtClient, target: Target, left: Left): Promise<void> {
  const fresh = await readOwned(client, target, left);
  if (fresh === undefined) return;
  // libvirt would let it run on as a machine without a definition.
  if (fresh.active) throw refused(fresh, 'undefine');
  try {
    await client.domains.undefine(fresh.domain, { flags: WITH_ALL_BUT_TPM | DomainUndefine.TPM, ...left() });
  } catch (error) {
    if (isLibvirtError(error, ErrorCode.NO_DOMAIN)) return;
    if (!isLibvirtError(error, ErrorCode.INVALID_ARG)) throw error;
    await client.domains.undefine(fresh.domain, { flags: WITH_ALL_BUT_TPM, ...left() });
  }
}

/** The machine to go on with; one of that name or id that is not ours is somebody else's. */
async function findExisting(client: LibvirtClient, spec: MachineSpec, left: Left): Promise<Fresh | undefined> {
  const [named, known] = await Promise.all([
    client.domains.lookupByName(spec.name, left()),
    spec.machineId === undefined ? undefined : readFresh(client, spec.machineId, left),
  ]);
  if (named !== undefined && spec.machineId !== undefined && named.uuid !== spec.machineId.toLowerCase()) throw exists(named);
  const existing = known ?? (named && (await readFresh(client, named.uuid, left)));
  if (existing !== undefined && !isOwnedBy(existing.owner, spec.owner)) throw exists(existing.domain);
  if (existing === undefined || existing.domain.name === spec.name) return existing;
  throw new DriverError('Conflict', `machine ${existing.domain.name} (${existing.domain.uuid}) cannot be renamed to ${spec.name}`, {
    reason: 'InstanceExists',
  });
}

const exists = ({ name, uuid }: Domain): DriverError =>
  new DriverError('Conflict', `machine ${name} (${uuid}) is on the host already and is not ours: it is not touched`, {
    reason: 'InstanceExists',
  });

/** What exists already may be booted from; whatever else a machine has of its own was made for it. */
async function placed(pools: Pools, { pool: poolName, name, ...disk }: MachineDisk, left: Left): Promise<PlacedDisk> {
  const pool = await (disk.role === 'root' ? pools.withDisks(poolName, left) : pools.made(poolName, left));
  const named = namedIn(pool, name);
  const format = disk.role === 'config' || named !== undefined ? 'raw' : 'qcow2';
  return { ...disk, path: pathIn(pool, name), format, ...(named && { named }) };
}

export async function placedVolume(pools: Pools, { pool: poolName, name, ...volume }: MachineVolume, left: Left): Promise<PlacedVolume> {
  const pool = await pools.withDisks(poolName, left);
  const named = namedIn(pool, name);
  return { ...volume, path: pathIn(pool, name), ...(named && { named }) };
}

/** Undefined: by its path. */
function namedIn(pool: Pool, name: string): NamedDisk | undefined {
  if (isFolder(pool)) return undefined;
  const { rbd, ref } = pool;
  return rbd ? { kind: 'Rbd', pool: rbd, image: name } : { kind: 'Volume', pool: ref.name, volume: name };
}
