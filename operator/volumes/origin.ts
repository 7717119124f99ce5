/** What the disk of a Volume is made on: the base of its Image, or what was copied of another Volume. */
import type { Instance } from '../../crds/instance.ts';
import { DriverError } from '../../drivers/labels.ts';
import type { DiskRef } from '../../drivers/contract.ts';
import type { Target } from '../../drivers/owner.ts';
import { imagePlaceOf } from '../hypervisors/pools.ts';
import type { CaptureState } from '../instances/ports.ts';
import { QUICK_MS, WORK_MS } from '../instances/steps/host.ts';
import { COPYING, copyBase, sourceKey } from '../instances/volumes/copies.ts';
import { findCondition } from '../kernel/status/conditions.ts';
import { diskOn } from '../instances/volumes/disk.ts';
import { toldUsers } from '../instances/volumes/disk-users.ts';
import { usersElsewhere } from '../instances/volumes/sharing.ts';
import { machineWith } from './observe.ts';
import { isMissing, sourceOf, type Source } from './source.ts';
import { act, hostOf, lost, placeOf, readerOf, waiting, type StepInput, type Unfinished } from './step-input.ts';

export type Origin = Unfinished | OriginReady;

interface OriginReady {
  readonly kind: 'Ready';
  /** Undefined: it begins blank. */
  readonly key: string | undefined;
  readonly virtualSizeBytes: number;
}

export function originOf(input: StepInput): Promise<Origin> {
  const { imageName, sourceVolumeName } = input.volume.spec;
  if (imageName !== undefined) return imageOrigin(input, imageName);
  if (sourceVolumeName !== undefined) return copyOrigin(input);
  return Promise.resolve({ kind: 'Ready', key: undefined, virtualSizeBytes: 0 });
}

async function imageOrigin(input: StepInput, imageName: string): Promise<Origin> {
  const { services, volume, call } = input;
  const image = services.images.get(`${volume.metadata.namespace}/${imageName}`);
  if (image === undefined) throw lost('the image went missing meanwhile');
  const host = hostOf(input);
  const place = imagePlaceOf(services.hypervisors.get(host.name)?.spec, placeOf(input).pool);
  const state = await services.bases.ensure({ host, ...place, image }, call.signal);
  switch (state.kind) {
    case 'Ready':
      return { kind: 'Ready', key: state.base.key, virtualSizeBytes: state.base.virtualSizeBytes };
    case 'InProgress':
      return waiting('ImageTransferring', state.message);
    case 'Failed':
      return waiting(state.reason, state.message, state.retryAt);
  }
}

const AGAIN_MS = 10_000;

/** It is being deleted, and nothing holds that up: a lock, or a policy under which nothing is done, keeps a machine from removal only. */
function isGoing({ metadata, spec, status }: Instance): boolean {
  if (metadata.deletionTimestamp === undefined || spec.deletionProtection === true) return false;
  const { deletionPolicy = status?.origin === 'Adopted' ? 'Retain' : 'Delete', reconcilePolicy = 'Reconcile' } = spec;
  return deletionPolicy !== 'Delete' || (spec.lock === undefined && ACTS.has(reconcilePolicy));
}

const ACTS: ReadonlySet<string> = new Set(['Reconcile', 'EnsureExists']);

/** The copy is made in the background, and holds what the disk held when it was begun: cut off, it is begun anew. */
async function copyOrigin(input: StepInput): Promise<Origin> {
  const { services, volume, world } = input;
  const source = sourceOf(services, volume);
  const disk =
    source === undefined || isMissing(source) ? undefined : diskOn(source.made, placeOf(input).hypervisorName, services.hypervisors);
  if (source === undefined || isMissing(source) || disk === undefined) throw lost('the Volume that it is a copy of went missing meanwhile');
  const key = copyBase(volume.metadata.uid);
  const host = hostOf(input);
  const going = source.holder !== undefined && isGoing(source.holder) ? source.holder.metadata.name : undefined;
  // A deletion waits for nothing: what it leaves is copied when it is through.
  const isTold = findCondition(volume.status?.conditions, 'Ready')?.reason === COPYING;
  if (going !== undefined) {
    if (isTold || services.copies.hasTurn(key)) await endCopy(input);
    return waiting('InstanceDeleting', `waits until Instance ${going}, which is being deleted, is gone`);
  }
  // Nobody waits for what only waits itself; who has the disk is asked when the turn has come.
  if (!services.copies.hasTurn(key)) {
    // Begun by an operator that is no more: its host may still be at work on it, and hold the guest still.
    if (isTold) await endCopy(input);
    services.copies.queue({ key, host, subject: volume.metadata });
    return waiting('CopyQueued', `waits for its turn among the copies and transfers of Hypervisor ${host.name}`);
  }
  const user = await userOf(input, source, disk);
  if (user.kind === 'Others') return waiting('DiskInUse', `waits until ${user.names} gives back disk ${disk.name}`, world.now + AGAIN_MS);
  const state = services.copies.ensure({
    host,
    target: user.target,
    subject: volume.metadata,
    capture: { disk, pool: placeOf(input).pool, key, quiesce: quiesceFor(source.holder) },
  });
  // Where the connection broke, say, the guest may be held still: it is let go of before the copy waits for another turn.
  if (hasBroken(state)) await endCopy(input);
  return told(state, source.volume.metadata.name, world.now + AGAIN_MS);
}

/** It had begun, and did not come to its end. */
const hasBroken = (state: CaptureState): boolean =>
  state.kind === 'Failed' && state.error.reason !== 'Busy' && state.error.reason !== 'DiskInUse';

function told(state: CaptureState, name: string, again: number): Origin {
  switch (state.kind) {
    case 'Done':
      return { kind: 'Ready', key: state.base.key, virtualSizeBytes: state.base.virtualSizeBytes };
    case 'InProgress':
      return waiting(COPYING, `Volume ${name} is being copied${state.percent === undefined ? '' : `: ${state.percent} %`}`);
    case 'Failed':
      if (hasBroken(state)) throw state.error;
      return waiting(state.error.reason === 'Busy' ? 'MachineBusy' : state.error.reason, `waits: ${state.error.message}`, again);
  }
}

type User = { readonly kind: 'Known'; readonly target: Target | undefined } | { readonly kind: 'Others'; readonly names: string };

/** By the host, asked now: the machine of whoever status says has it, nobody, or somebody whom nobody knows. */
async function userOf(input: StepInput, { volume }: Source, disk: DiskRef): Promise<User> {
  const users = await act(input, 'Read', WORK_MS, (driver, call) => driver.diskUsers(disk, call));
  const { hypervisorName } = placeOf(input);
  const reader = readerOf(input);
  const elsewhere = await usersElsewhere(input.services, { hypervisorName, disk, reader }, input.call.signal);
  if (elsewhere.users.length > 0) return { kind: 'Others', names: elsewhere.users.join(', ') };
  if (users.length === 0) return { kind: 'Known', target: undefined };
  const target = machineWith(input.services, volume);
  const name = target && hostOf(input).snapshot()?.machines.get(target.machineId)?.name;
  return users.every((user) => user === name)
    ? { kind: 'Known', target }
    : {
        kind: 'Others',
        names: toldUsers(
          users.filter((user) => user !== name),
          hostOf(input),
          reader,
        ).join(', '),
      };
}

/** What is frozen already is let go of by whoever asked for that. */
const quiesceFor = (holder: Instance | undefined): 'Preferred' | 'Never' =>
  holder === undefined || holder.spec.guestAgent === 'Disabled' || holder.status?.freeze !== undefined ? 'Never' : 'Preferred';

/** Ours, and what the host still does of it. */
export async function endCopy(input: StepInput): Promise<void> {
  const { services, volume } = input;
  const key = sourceKey(volume);
  if (key === undefined) return;
  const base = copyBase(volume.metadata.uid);
  await services.copies.cancel(base);
  const source = services.volumes.get(key);
  const target = source && machineWith(services, source);
  if (target === undefined || volume.status?.capacity !== undefined) return;
  try {
    await act(input, 'Build', QUICK_MS, (driver, call) => driver.endCapture(target, placeOf(input).pool, base, call));
  } catch (error) {
    // A machine that is somebody else's by now does nothing for us.
    if (!(error instanceof DriverError) || error.reason !== 'NotOurs') throw error;
  }
}

/** After the disk that stood on it. */
export async function removeCopy(input: StepInput): Promise<void> {
  if (sourceKey(input.volume) === undefined) return;
  const base = copyBase(input.volume.metadata.uid);
  await act(input, 'Build', QUICK_MS, (driver, call) => driver.deleteBase(placeOf(input).pool, base, call));
}
