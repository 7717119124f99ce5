/** How a sequence may end, by what the spec asks in the end: the model that the operator is held to. */
import type { Instance, InstanceSpec } from '../../../../crds/instance.ts';
import { FLAVOR_NAMES, HOST_NAMES, IMAGE_NAMES, NETWORK_NAMES } from './objects.ts';
import type { Edit, Play } from './play.ts';

/** Fields under which nothing comes to an end: they are taken away before it is looked at. */
export const HOLDS: Edit = { lock: null, reconcilePolicy: null, deletionProtection: null };

/** What is right with a machine that is as the spec asks. */
const ASKED = /^Ready=True (Running|Stopped|Paused|Suspended|GuestShutdown|RestartRequired|ResizePending)$/;

/** What stands for good under which spec, beside that. */
const STANDS: readonly (readonly [RegExp, (spec: InstanceSpec, play: Play) => boolean])[] = [
  [/^FlavorNotFound$/, ({ flavorName }) => !FLAVOR_NAMES.includes(flavorName)],
  [/^ImageNotFound$/, ({ imageName = '' }) => !IMAGE_NAMES.includes(imageName)],
  [/^NetworkNotFound$/, ({ networks = [] }) => networks.some(({ networkName }) => !NETWORK_NAMES.includes(networkName))],
  [/^SecretNotFound$/, ({ userData }) => userData !== undefined],
  [/^NoHypervisorFits$/, ({ placement }) => placement?.hypervisorName !== undefined && !HOST_NAMES.includes(placement.hypervisorName)],
  [/^FlavorDiskTooSmall$/, ({ imageName }) => imageName === 'huge'],
  // Where the image was changed and changed back, the machine was rebuilt in between, or not: the disk tells (see `madeFrom`).
  [/^RebuildRequired$/, () => true],
  [/^(ResizeReverted|ResizeFailed|ResizeHeld|ResizeRefused|RootDiskSmaller|DiskShrinks)$/, ({ resize }) => resize !== undefined],
  [/^(Crashed|HostRestart)$/, ({ restartPolicy }) => restartPolicy === 'Never'],
  [/^(AdoptionTargetNotFound|AdoptionNotAllowed)$/, ({ adopt }) => adopt !== undefined],
  // Disks that somebody took to another host are found there beside their machine only.
  [/^DisksLost$/, (_, { moved }) => moved],
  // A machine that was abandoned, and may be adopted.
  [/^(IdentityConflict|InstanceExists)$/, (_, { world }) => world.machines().length > 0],
];

export const isAsked = (ready: string): boolean => ASKED.test(ready);

/** A reason that this spec explains, and that nothing but a change of something ends. */
export function stands({ spec }: Instance, ready: string, play: Play): boolean {
  const reason = ready.replace(/^Ready=\w+ /, '');
  return STANDS.some(([pattern, explains]) => pattern.test(reason) && explains(spec, play));
}
