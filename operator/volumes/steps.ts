/** The steps of a Volume: each is done once more without harm. What cannot be finished now says why. */
import { formatQuantity, parseQuantity } from '../../crds/quantity.ts';
import type { Volume, VolumeStatus } from '../../crds/volume.ts';
import { VOLUME_FINALIZER } from '../../crds/vocabulary.ts';
import { DriverError } from '../../drivers/labels.ts';
import { HOST_UNREACHABLE } from '../instances/plan/host.ts';
import { QUICK_MS, WORK_MS } from '../instances/steps/host.ts';
import { copyBase } from '../instances/volumes/copies.ts';
import { volumeDiskName } from '../instances/volumes/disk.ts';
import { toldUsers } from '../instances/volumes/disk-users.ts';
import { usersElsewhere } from '../instances/volumes/sharing.ts';
import { isCurrent, type WriteOutcome } from '../kernel/status/writer.ts';
import { machineWith } from './observe.ts';
import { endCopy, originOf, removeCopy } from './origin.ts';
import {
  act,
  diskOf,
  findDisk,
  hostOf,
  lost,
  placeOf,
  readerOf,
  waiting,
  type StepInput,
  type StepOutcome,
  type Unfinished,
} from './step-input.ts';
import type { VolumeStep } from './types.ts';

export const VOLUME_STEPS: Readonly<Record<VolumeStep, (input: StepInput) => Promise<StepOutcome>>> = {
  'add-finalizer': async ({ services, volume, call }) => after(await services.writer.addFinalizer(volume, VOLUME_FINALIZER, call)),
  'remove-finalizer': async ({ services, volume, call }) => {
    await services.copies.cancel(copyBase(volume.metadata.uid));
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
  return waiting('DiskNotFound', message, input.world.now + EXISTING_AGAIN_MS);
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
  const base = await originOf(input);
  if (base.kind === 'Pending') return base;
  if (world.sizeBytes < base.virtualSizeBytes) {
    const { imageName, sourceVolumeName } = volume.spec;
    const message = `${imageName === undefined ? `Volume ${sourceVolumeName ?? ''}` : `Image ${imageName}`} needs a disk of ${base.virtualSizeBytes} bytes: make spec.size that large`;
    throw new DriverError('InvalidSpec', message, { reason: 'VolumeTooSmall' });
  }
  const disk = {
    ...diskOf(input),
    sizeBytes: world.sizeBytes,
    ...(base.key === undefined ? {} : { baseKey: base.key }),
    ...(volume.spec.encryption === undefined ? {} : { secretId: volume.metadata.uid }),
    ...formatOf(volume),
  };
  await act(input, 'Build', WORK_MS, (driver, call) => driver.createDisk(disk, call));
  services.memory.note(volume.metadata, { failure: undefined });
  return seen(input, world.sizeBytes);
}

/** What several write to has no header that one of them could mistake. */
const formatOf = ({ spec }: Volume): { readonly format?: 'raw' } => (spec.accessMode === 'ReadWriteMany' ? { format: 'raw' } : {});

async function grow(input: StepInput): Promise<StepOutcome> {
  const { services, world, volume } = input;
  const user = machineWith(services, volume);
  await act(input, 'Build', WORK_MS, (driver, call) =>
    driver.growDisk({ ...diskOf(input), ...formatOf(volume) }, world.sizeBytes, user, call),
  );
  return seen(input, world.sizeBytes);
}

function seen(input: StepInput, capacityBytes: number): Promise<StepOutcome> {
  input.services.memory.note(input.volume.metadata, { seen: 'There', failure: undefined });
  // As it is written in the spec, where that is the size: people compare the two.
  const { size } = input.volume.spec;
  const capacity = size !== undefined && parseQuantity(size) === capacityBytes ? size : formatQuantity(capacityBytes);
  return writeStatus(input, { capacity });
}

const SHARERS_AGAIN_MS = 30_000;

/** Never from under a machine, whoever's it is: one that was let go of runs on with it, on any host that reaches it. */
async function deleteDisk(input: StepInput): Promise<StepOutcome> {
  const disk = diskOf(input);
  const here = await act(input, 'Read', WORK_MS, (driver, call) => driver.diskUsers(disk, call));
  const { hypervisorName } = placeOf(input);
  const reader = readerOf(input);
  const elsewhere = await usersElsewhere(input.services, { hypervisorName, disk, reader }, input.call.signal);
  const users = [...toldUsers(here, hostOf(input), reader), ...elsewhere.users];
  if (users.length > 0) {
    throw new DriverError('Conflict', `${users.join(', ')} has the disk: take it away there, or set spec.deletionPolicy to Retain`, {
      reason: 'DiskInUse',
    });
  }
  if (elsewhere.silent.length > 0) {
    const names = elsewhere.silent.join(', ');
    const message = `waits until these Hypervisors, which share the pool, answer or are deleted: ${names}; or spec.deletionPolicy is Retain`;
    return waiting(HOST_UNREACHABLE, message, input.world.now + SHARERS_AGAIN_MS);
  }
  await endCopy(input);
  await act(input, 'Build', QUICK_MS, (driver, call) => driver.deleteDisk(disk, call));
  await removeCopy(input);
  const { encryption } = input.volume.spec;
  if (encryption !== undefined) await act(input, 'Build', QUICK_MS, (driver, call) => driver.forgetSecret(input.volume.metadata.uid, call));
  return VOLUME_STEPS['remove-finalizer'](input);
}

const SECRET_AGAIN_MS = 30_000;

/** On the host, under the uid of the Volume; undefined: it is there, or none is asked for. */
async function keepPassphrase(input: StepInput): Promise<Unfinished | undefined> {
  const { services, world, volume, call } = input;
  const { namespace, name, uid } = volume.metadata;
  const ref = volume.spec.encryption?.passphraseSecretKeyRef;
  if (ref === undefined) return undefined;
  const found = await services.secrets.read(namespace, ref.name, ref.key, call.signal);
  if (found.kind === 'Missing') {
    const message = `waits until ${found.message}`;
    return waiting('SecretNotFound', message, world.now + SECRET_AGAIN_MS);
  }
  const secret = { id: uid, description: `Hostler Volume ${namespace}/${name}`, value: found.value };
  await act(input, 'Build', QUICK_MS, (driver, keeping) => driver.keepSecret(secret, keeping));
  return undefined;
}
