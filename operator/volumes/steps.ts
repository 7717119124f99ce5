/** The steps of a Volume: each is done once more without harm. What cannot be finished now says why. */
import { formatQuantity, parseQuantity } from '../../crds/quantity.ts';
import type { Volume, VolumeStatus } from '../../crds/volume.ts';
import { VOLUME_FINALIZER } from '../../crds/vocabulary.ts';
import type { Disk, DiskRef } from '../../drivers/contract.ts';
import { DriverError } from '../../drivers/labels.ts';
import type { Host, Slot } from '../hypervisors/host.ts';
import { QUICK_MS, WORK_MS, type Work } from '../instances/steps/host.ts';
import type { ApiCall } from '../kernel/api/client.ts';
import { isCurrent, type WriteOutcome } from '../kernel/status/writer.ts';
import type { Readiness } from '../reporting/readiness.ts';
import { volumeDiskName } from '../instances/volumes/disk.ts';
import { machineWith } from './observe.ts';
import type { VolumeServices } from './services.ts';
import type { Place, VolumeStep, VolumeWorld } from './types.ts';

export interface StepInput {
  readonly services: VolumeServices;
  readonly call: ApiCall;
  readonly world: VolumeWorld;
  readonly volume: Volume;
}

export type StepOutcome =
  /** The object as it is now: look again. */
  | { readonly kind: 'Done'; readonly volume: Volume }
  | { readonly kind: 'Pending'; readonly readiness: Readiness; readonly dueAt?: number }
  /** A write met an object that has changed, or is gone. */
  | { readonly kind: 'Ended'; readonly outcome: WriteOutcome<Volume> };

export const VOLUME_STEPS: Readonly<Record<VolumeStep, (input: StepInput) => Promise<StepOutcome>>> = {
  'add-finalizer': async ({ services, volume, call }) => after(await services.writer.addFinalizer(volume, VOLUME_FINALIZER, call)),
  'remove-finalizer': async ({ services, volume, call }) => {
    const outcome = await services.writer.removeFinalizer(volume, VOLUME_FINALIZER, call);
    services.memory.forget(volume.metadata.uid);
    return isCurrent(outcome) ? { kind: 'Ended', outcome } : after(outcome);
  },
  bind,
  look,
  create,
  claim,
  grow,
  'delete-disk': deleteDisk,
};

const after = (outcome: WriteOutcome<Volume>): StepOutcome =>
  isCurrent(outcome) ? { kind: 'Done', volume: outcome.object } : { kind: 'Ended', outcome };

async function writeStatus({ services, volume, call }: StepInput, over: VolumeStatus): Promise<StepOutcome> {
  return after(await services.writer.writeStatus(volume, { ...volume.status, ...over }, call));
}

/** Written before anything is made: from here on a crash, and a deletion, find the place. */
function bind(input: StepInput): Promise<StepOutcome> {
  const { wantedAt } = input.world;
  if (wantedAt?.poolKey === undefined) throw lost('the place went missing meanwhile');
  const { hypervisorName, poolKey: pool, disk = volumeDiskName(input.volume.metadata.uid) } = wantedAt;
  if (wantedAt.disk !== undefined) input.services.existing.take(input.volume, hypervisorName, pool, disk);
  return writeStatus(input, { hypervisorName, pool, disk, phase: 'Creating' });
}

/** Somebody adds it to the pool, and no host tells when. */
const EXISTING_AGAIN_MS = 60_000;

/** An existing disk has the size that the host says. */
async function claim(input: StepInput): Promise<StepOutcome> {
  const found = await findDisk(input);
  if (found !== undefined) return seen(input, found.capacityBytes);
  const { pool, name } = diskOf(input);
  const message = `waits until disk ${name} is in pool ${pool} of Hypervisor ${placeOf(input).hypervisorName}`;
  return { kind: 'Pending', readiness: { kind: 'Waiting', reason: 'DiskNotFound', message }, dueAt: input.world.now + EXISTING_AGAIN_MS };
}

async function look(input: StepInput): Promise<StepOutcome> {
  const found = await findDisk(input);
  input.services.memory.note(input.volume.metadata, { seen: found === undefined ? 'Lost' : 'There', failure: undefined });
  return { kind: 'Done', volume: input.volume };
}

/** One that an earlier attempt made is taken as it is: its name is nobody else's. */
async function create(input: StepInput): Promise<StepOutcome> {
  const { services, world, volume } = input;
  const made = await findDisk(input);
  // What hosts make of an encrypted one is no more than its file.
  if (made !== undefined) return seen(input, volume.spec.encryption === undefined ? made.capacityBytes : world.sizeBytes);
  const passphrase = await keepPassphrase(input);
  if (passphrase !== undefined) return passphrase;
  const base = await baseOf(input);
  if (base.kind === 'Pending') return base;
  if (world.sizeBytes < base.virtualSizeBytes) {
    const message = `Image ${volume.spec.imageName ?? ''} needs a disk of ${base.virtualSizeBytes} bytes: make spec.size that large`;
    throw new DriverError('InvalidSpec', message, { reason: 'VolumeTooSmall' });
  }
  const disk = {
    ...diskOf(input),
    sizeBytes: world.sizeBytes,
    ...(base.key === undefined ? {} : { baseKey: base.key }),
    ...(volume.spec.encryption === undefined ? {} : { secretId: volume.metadata.uid }),
    ...(volume.spec.accessMode === 'ReadWriteMany' ? { format: 'raw' as const } : {}),
  };
  await act(input, 'Build', WORK_MS, (driver, call) => driver.createDisk(disk, call));
  services.memory.note(volume.metadata, { failure: undefined });
  return seen(input, world.sizeBytes);
}

async function grow(input: StepInput): Promise<StepOutcome> {
  const { services, world, volume } = input;
  const user = machineWith(services, volume);
  await act(input, 'Build', WORK_MS, (driver, call) => driver.growDisk(diskOf(input), world.sizeBytes, user, call));
  return seen(input, world.sizeBytes);
}

function seen(input: StepInput, capacityBytes: number): Promise<StepOutcome> {
  input.services.memory.note(input.volume.metadata, { seen: 'There', failure: undefined });
  // As it is written in the spec, where that is the size: people compare the two.
  const { size } = input.volume.spec;
  const capacity = size !== undefined && parseQuantity(size) === capacityBytes ? size : formatQuantity(capacityBytes);
  return writeStatus(input, { capacity });
}

/** Never from under a machine, whoever's it is: one that was let go of runs on with it. */
async function deleteDisk(input: StepInput): Promise<StepOutcome> {
  const disk = diskOf(input);
  const users = await act(input, 'Read', WORK_MS, (driver, call) => driver.diskUsers(disk, call));
  if (users.length > 0) {
    throw new DriverError(
      'Conflict',
      `machine ${users.join(', ')} has the disk: take it away there, or set spec.deletionPolicy to Retain`,
      {
        reason: 'DiskInUse',
      },
    );
  }
  await act(input, 'Build', QUICK_MS, (driver, call) => driver.deleteDisk(disk, call));
  const { encryption } = input.volume.spec;
  if (encryption !== undefined) await act(input, 'Build', QUICK_MS, (driver, call) => driver.forgetSecret(input.volume.metadata.uid, call));
  return VOLUME_STEPS['remove-finalizer'](input);
}

const SECRET_AGAIN_MS = 30_000;

/** On the host, under the uid of the Volume; undefined: it is there, or none is asked for. */
async function keepPassphrase(input: StepInput): Promise<Extract<StepOutcome, { kind: 'Pending' }> | undefined> {
  const { services, world, volume, call } = input;
  const { namespace, name, uid } = volume.metadata;
  const ref = volume.spec.encryption?.passphraseSecretKeyRef;
  if (ref === undefined) return undefined;
  const found = await services.secrets.read(namespace, ref.name, ref.key, call.signal);
  if (found.kind === 'Missing') {
    const message = `waits until ${found.message}`;
    return { kind: 'Pending', readiness: { kind: 'Waiting', reason: 'SecretNotFound', message }, dueAt: world.now + SECRET_AGAIN_MS };
  }
  const secret = { id: uid, description: `Hostler Volume ${namespace}/${name}`, value: found.value };
  await act(input, 'Build', QUICK_MS, (driver, keeping) => driver.keepSecret(secret, keeping));
  return undefined;
}

type Base =
  | Extract<StepOutcome, { kind: 'Pending' }>
  | { readonly kind: 'Ready'; readonly key: string | undefined; readonly virtualSizeBytes: number };

async function baseOf(input: StepInput): Promise<Base> {
  const { services, volume, call } = input;
  const { imageName } = volume.spec;
  if (imageName === undefined) return { kind: 'Ready', key: undefined, virtualSizeBytes: 0 };
  const image = services.images.get(`${volume.metadata.namespace}/${imageName}`);
  if (image === undefined) throw lost('the image went missing meanwhile');
  const state = await services.bases.ensure({ host: hostOf(input), pool: placeOf(input).pool, image }, call.signal);
  switch (state.kind) {
    case 'Ready':
      return { kind: 'Ready', key: state.base.key, virtualSizeBytes: state.base.virtualSizeBytes };
    case 'InProgress':
      return { kind: 'Pending', readiness: { kind: 'Waiting', reason: 'ImageTransferring', message: state.message } };
    case 'Failed':
      return { kind: 'Pending', readiness: { kind: 'Waiting', reason: state.reason, message: state.message }, dueAt: state.retryAt };
  }
}

async function findDisk(input: StepInput): Promise<Disk | undefined> {
  const { pool, name } = diskOf(input);
  const disks = await act(input, 'Read', WORK_MS, (driver, call) =>
    driver.listDisks({ pools: [pool], namePrefix: name, expected: [name] }, call),
  );
  return disks.find((disk) => disk.name === name);
}

function placeOf({ world }: StepInput): Place & { readonly pool: string } {
  const { place } = world;
  if (place?.pool === undefined) throw lost('the pool went missing meanwhile');
  return { hypervisorName: place.hypervisorName, pool: place.pool };
}

const diskOf = (input: StepInput): DiskRef => ({
  pool: placeOf(input).pool,
  name: input.volume.status?.disk ?? volumeDiskName(input.volume.metadata.uid),
});

function hostOf(input: StepInput): Host {
  const { hypervisorName } = placeOf(input);
  const host = input.services.hosts.get(hypervisorName);
  if (host === undefined) throw new DriverError('HostUnreachable', `there is no session with Hypervisor ${hypervisorName}`);
  return host;
}

const act = <T>(input: StepInput, slot: Slot, timeoutMs: number, work: Work<T>): Promise<T> =>
  hostOf(input).act(slot, timeoutMs, input.call.signal, work);

const lost = (message: string): DriverError => new DriverError('Conflict', message, { reason: 'ReferenceLost' });
