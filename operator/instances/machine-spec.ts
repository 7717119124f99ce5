/** The machine as it should be defined, for the driver: what is wanted, under names of ours, with our mark. */
import type { InstanceDisk, InstanceInterface } from '../../crds/instance.ts';
import { MAX_DISKS, MAX_POOL_LENGTH, MAX_VOLUME_LENGTH } from '../../crds/vocabulary.ts';
import type { DiskRef, Machine, MachineDisk, MachineSpec } from '../../drivers/contract.ts';
import { DriverError } from '../../drivers/labels.ts';
import type { OwnerMark } from '../../drivers/owner.ts';
import { extraDisks } from './extra-disks.ts';
import { diskName, isRescueDisk, machineName } from './naming.ts';
import type { Identity, Recorded } from './plan/types.ts';
import type { Size } from './size.ts';
import type { Wanted } from './wanted.ts';

export interface Sources {
  readonly identity: Identity;
  readonly record: Recorded;
  readonly wanted: Wanted;
  /** The machine as it is; undefined: it is not there. */
  readonly machine: Machine | undefined;
  /** Disks that status recorded, where the machine itself is gone; pools by key. */
  readonly recordedDisks: readonly InstanceDisk[];
  readonly poolName: (key: string) => string | undefined;
  /** Names of disks that it is to have, by the names of those that it has instead; absent: these stay. */
  readonly exchanged?: ReadonlyMap<string, string> | undefined;
  /** The config drive written in this pass. */
  readonly configDrive: DiskRef | undefined;
  /** What the disks of the machine are exchanged for; absent: they stay what they are. */
  readonly rebuiltDisks?: readonly MachineDisk[] | undefined;
  /** What it is to be from now on; absent: what it is. */
  readonly become?: Become;
}

/** A rescue machine boots from the disk given; one that is itself again has the config drive that it had, as far as there is one. */
export type Become =
  | { readonly role: 'rescue'; readonly disk: DiskRef; readonly configDrive: DiskRef & Pick<MachineDisk, 'device'> }
  | { readonly role: 'main'; readonly configDrive: DiskRef | undefined };

/** Throws `Conflict` where something that is needed went missing since the plan was made. */
export function machineSpec(sources: Sources): MachineSpec {
  const { identity, record, wanted, machine } = sources;
  const { size } = wanted;
  if (size === undefined) throw new DriverError('Conflict', 'the flavor went missing meanwhile', { reason: 'ReferenceLost' });
  return {
    machineId: record.machineId ?? identity.uid,
    name: machine?.name ?? machineName(identity),
    owner: ownerMark(sources),
    vcpus: size.vcpus,
    memoryBytes: size.memoryBytes,
    ...(size.maximum && { maximum: size.maximum }),
    disks: machineDisks(sources),
    interfaces: wanted.interfaces.flatMap(({ name, mac, source, card }) => (source === undefined ? [] : [{ name, mac, source, ...card }])),
    ...wanted.hardware,
  };
}

/**
 * The mark of a machine that is there keeps its run: what the run was started for stays known until the next start. One
 * that is defined again carries on with the run that status recorded as ended, so that its end keeps its reason.
 */
function ownerMark({ identity, record, machine, become }: Sources): OwnerMark {
  const { clusterId, namespace, name, uid } = identity;
  const { powerOff, run } = record;
  const mark: OwnerMark = {
    clusterId,
    namespace,
    name,
    uid,
    role: become?.role ?? (machine?.owner?.role === 'rescue' ? 'rescue' : 'main'),
  };
  if (machine !== undefined || powerOff?.runId === undefined) return mark;
  return { ...mark, runId: powerOff.runId, ...(run?.id === powerOff.runId ? { bootHash: run.bootHash } : {}) };
}

/** Disks stay what they are: those of the machine, else those recorded, else those that a spawn makes. Only the config drive is exchanged, and what a resize makes larger. */
function machineDisks(sources: Sources): readonly MachineDisk[] {
  const { identity, machine, recordedDisks, poolName, wanted, become, exchanged, rebuiltDisks } = sources;
  const known = machine?.disks ?? recordedDisks.map((disk) => recordedDisk(disk, poolName, wanted));
  const made = rebuiltDisks ?? (known.length > 0 ? known : firstDisks(identity.uid, wanted));
  const all = made.map((disk) => exchangedFor(disk, exchanged?.get(disk.name)));
  // A machine that is defined again is itself, whatever it was before.
  const isRescue = (become?.role ?? machine?.owner?.role) === 'rescue';
  const standing = isRescue ? all : all.filter(({ name }) => !isRescueDisk(name));
  const drive = become?.configDrive ?? sources.configDrive;
  const config = drive && ({ ...(become?.role === 'rescue' ? {} : deviceOf('config', wanted)), ...drive, role: 'config' } as const);
  const disks = config === undefined ? standing : [...standing.filter(({ role }) => role !== 'config'), config];
  // Last, so that every other disk is where it always is.
  return become?.role === 'rescue' ? [...disks.filter(({ role }) => role !== 'rescue'), { role: 'rescue', ...become.disk }] : disks;
}

const recordedDisk = ({ name, role, pool = '', volume }: InstanceDisk, poolName: Sources['poolName'], wanted: Wanted): MachineDisk => ({
  role,
  ...(name.startsWith(`${role}-`) ? { label: name.slice(role.length + 1) } : {}),
  pool: poolName(pool) ?? pool,
  name: volume,
  ...deviceOf(role, wanted),
});

/** A hard disk, but for a config drive whose image asks for more. */
const deviceOf = (role: MachineDisk['role'], { drive }: Wanted): Pick<MachineDisk, 'device'> =>
  role === 'config' && drive.device === 'CDROM' ? { device: 'CDROM' } : {};

const exchangedFor = (disk: MachineDisk, name: string | undefined): MachineDisk => (name === undefined ? disk : { ...disk, name });

function firstDisks(uid: string, { pool, size, rootVolume }: Wanted): readonly MachineDisk[] {
  if (pool === undefined || size === undefined)
    throw new DriverError('Conflict', 'the pool went missing meanwhile', { reason: 'ReferenceLost' });
  const disks = newDisks(uid, pool.name, size, 1);
  if (rootVolume === undefined) return disks;
  if (rootVolume.disk === undefined)
    throw new DriverError('Conflict', 'the Volume of the root disk went missing meanwhile', { reason: 'ReferenceLost' });
  return [{ role: 'root', ...rootVolume.disk }, ...disks.filter(({ role }) => role !== 'root')];
}

/** Those that are made together. */
export function newDisks(uid: string, pool: string, size: Size, incarnation: number): readonly MachineDisk[] {
  const ref = (name: string): DiskRef => ({ pool, name });
  const extra = extraDisks(uid, size, incarnation).map(({ role, label, name }): MachineDisk =>
    Object.assign(ref(name), { role }, label && { label }),
  );
  return [{ role: 'root', ...ref(diskName(uid, 'root', incarnation)) }, ...extra];
}

/** For status: disks by what they are called within the machine, pools by the key that the Hypervisor gives them. A host may say anything of a machine: what the API takes is kept. */
export function disksOf(
  disks: readonly MachineDisk[],
  poolKey: (name: string) => string | undefined,
  rootSize: string | undefined,
): readonly InstanceDisk[] {
  const told = ({ role, label, pool, name }: MachineDisk): InstanceDisk => ({
    name: label === undefined ? role : `${role}-${label}`,
    role,
    ...(pool === '' ? {} : { pool: poolKey(pool) ?? pool }),
    volume: name,
    ...(role === 'root' && rootSize !== undefined ? { size: rootSize } : {}),
  });
  return disks.filter(isNamed).slice(0, MAX_DISKS).map(told);
}

/** An empty drive is none; and a name that no disk has would keep the whole status from being written. A cut one would name another. */
const isNamed = ({ pool, name }: MachineDisk): boolean => name !== '' && name.length <= MAX_VOLUME_LENGTH && pool.length <= MAX_POOL_LENGTH;

export function interfacesOf({ interfaces }: Wanted): readonly InstanceInterface[] {
  return interfaces.map(({ name, mac, network }) => ({ name, macAddress: mac, networkName: network.metadata.name }));
}
