/** How a sequence may end, by what the spec asks in the end: the model that the operator is held to. */
import { parseDuration } from '../../../../crds/duration.ts';
import type { Instance, InstanceSpec } from '../../../../crds/instance.ts';
import { FLAVOR_NAMES, HOST_NAMES, IMAGE_NAMES, NETWORK_NAMES } from './objects.ts';
import type { Edit, Play } from './play.ts';

/** Fields under which nothing comes to an end: they are taken away before it is looked at. */
export const HOLDS: Edit = { lock: null, reconcilePolicy: null, deletionProtection: null };

/** What is right with a machine that is as the spec asks. */
const ASKED = /^Ready=True (Running|Stopped|Paused|Suspended|GuestShutdown|RestartRequired|ResizePending|Rescued|SoftDeleted|Reclaimed)$/;

/** What stands for good under which spec, beside that. */
const STANDS: readonly (readonly [RegExp, (spec: InstanceSpec, play: Play) => boolean])[] = [
  [/^FlavorNotFound$/, ({ flavorName }) => !FLAVOR_NAMES.includes(flavorName)],
  [
    /^ImageNotFound$/,
    ({ imageName = '', rescue }) => [imageName, rescue?.imageName ?? imageName].some((name) => !IMAGE_NAMES.includes(name)),
  ],
  [/^NetworkNotFound$/, ({ networks = [] }) => networks.some(({ networkName }) => !NETWORK_NAMES.includes(networkName))],
  [/^SecretNotFound$/, ({ userData, rescue }) => userData !== undefined || rescue?.passwordSecretKeyRef !== undefined],
  [/^NoHypervisorFits$/, ({ placement }) => placement?.hypervisorName !== undefined && !HOST_NAMES.includes(placement.hypervisorName)],
  [/^FlavorDiskTooSmall$/, ({ imageName }) => imageName === 'huge'],
  // Where the image was changed and changed back, the machine was rebuilt in between, or not: the disk tells (see `madeFrom`).
  [/^RebuildRequired$/, () => true],
  [/^(ResizeReverted|ResizeFailed|ResizeHeld|ResizeRefused|RootDiskSmaller|DiskShrinks)$/, ({ resize }) => resize !== undefined],
  // A third size waits for a word on the second, also where spec.resize is gone by now.
  [/^ResizePending$/, ({ resize }) => resize?.confirm !== 'Automatic'],
  [/^(Crashed|HostRestart)$/, ({ restartPolicy }) => restartPolicy === 'Never'],
  [/^(AdoptionTargetNotFound|AdoptionNotAllowed)$/, ({ adopt }) => adopt !== undefined],
  [/^(ShelveNotPossible|ShelveFailed|ResizePending|MachineCopied)$/, ({ lifecycle }) => lifecycle?.state === 'Shelved'],
  [/^ShelvedCopyUnclaimed$/, (_, { statusLost }) => statusLost],
  // Disks that somebody took to another host are found there beside their machine only.
  [/^DisksLost$/, (_, { moved, wasReclaimed }) => moved || wasReclaimed],
  // What was saved could not go on after a rescue.
  [/^RescueNotPossible$/, ({ rescue, powerState }) => rescue !== undefined && powerState === 'Suspended'],
  [/^ReclaimNotAllowed$/, ({ lifecycle, deletionPolicy }) => lifecycle?.reclaimAfter !== undefined && deletionPolicy !== undefined],
  [
    /^(VolumeNotFound|VolumeDeleting|VolumeElsewhere|VolumeNotMade|SwapRequired)$/,
    ({ volumes, rootVolume }) => volumes !== undefined || rootVolume !== undefined,
  ],
  // A paused guest lets go of nothing.
  [/^NotReleased$/, ({ powerState }) => powerState === 'Paused'],
  // Volumes of a saved guest are not changed.
  [/^GuestSuspended$/, ({ powerState }) => powerState === 'Suspended'],
  // A machine that was abandoned, and may be adopted.
  [/^(IdentityConflict|InstanceExists)$/, (_, { world }) => world.machines().length > 0],
];

/** It goes on by itself, later: what waits is given up at its deadline, what was frozen is thawed, a resize confirms itself, a rescue and the time in which it is kept end. */
export function endsByItself({ spec, status }: Instance, now: number): boolean {
  const confirms = status?.resize?.phase === 'AwaitingConfirmation' && spec.resize?.confirm === 'Automatic';
  const waits = Date.parse(status?.task?.deadline ?? '') > now;
  return waits || confirms || status?.freeze !== undefined || isRescuedForATime(spec, status) || isKeptForATime(spec, status, now);
}

/** One that was put away is not over before it is in use again. */
function isRescuedForATime(spec: InstanceSpec, status: Instance['status']): boolean {
  const { startedAt, ended } = status?.rescue ?? {};
  return spec.rescue?.timeout !== undefined && spec.lifecycle === undefined && startedAt !== undefined && ended === undefined;
}

/** Kept until its time is over; then it goes, as soon as its hosts were observed, or says that it may not. */
function isKeptForATime({ lifecycle, deletionPolicy }: InstanceSpec, status: Instance['status'], now: number): boolean {
  const isThere = status?.machineId !== undefined || status?.lifecycle?.copy !== undefined;
  if (lifecycle?.reclaimAfter === undefined || !isThere) return false;
  const until = Date.parse(status?.lifecycle?.softDeletedAt ?? '') + parseDuration(lifecycle.reclaimAfter);
  return deletionPolicy === undefined || until > now;
}

/** Off its host, or never on one. */
export const isShelved = (ready: string, { spec, status }: Instance): boolean =>
  spec.lifecycle?.state === 'Shelved' && /^Ready=True (Offloaded|Shelved)$/.test(ready) && status?.machineId === undefined;

export const isAsked = (ready: string): boolean => ASKED.test(ready);

/** A reason that this spec explains, and that nothing but a change of something ends. */
export function stands({ spec, status }: Instance, ready: string, play: Play): boolean {
  const reason = ready.replace(/^Ready=\w+ /, '');
  // A rescue that was given up stands until something changes.
  if (spec.rescue !== undefined && status?.rescue?.ended?.reason === reason) return true;
  // The copy of what was shelved lies on a host, and another is asked for.
  const isElsewhere = play.pools === 'Own' && spec.placement?.hypervisorName !== undefined && status?.lifecycle?.copy !== undefined;
  if (reason === 'NoHypervisorFits' && isElsewhere) return true;
  return STANDS.some(([pattern, explains]) => pattern.test(reason) && explains(spec, play));
}
