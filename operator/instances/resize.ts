/** Resizing between API and planners: what the spec asks for, what keeps it from being done, and what status recorded of it. */
import { parseDuration } from '../../crds/duration.ts';
import type { Instance, InstanceSpec, InstanceStatus, ResizeRecord } from '../../crds/instance.ts';
import { parseQuantity } from '../../crds/quantity.ts';
import { nextDiskName } from '../../drivers/disk-names.ts';
import { MAX_DISK_NAME } from './naming.ts';
import type { DesiredResize, RecordedResize } from './plan/resize/types.ts';
import { blocked, wait, type Blocked, type Wait } from './plan/types.ts';
import type { InstanceCaches } from './services.ts';
import { sizeOf, type Size } from './size.ts';
import type { Wanted } from './wanted.ts';

export function desiredResize(
  { spec }: Instance,
  status: InstanceStatus,
  { size }: Wanted,
  caches: Pick<InstanceCaches, 'flavors'>,
): DesiredResize | undefined {
  if (spec.resize === undefined) return undefined;
  const { confirm, confirmAfter } = spec.resize;
  return {
    confirm,
    confirmAfterMs: confirmAfter === undefined ? 0 : parseDuration(confirmAfter),
    hindrance: size === undefined || size.flavorName === spec.flavorName ? undefined : hindrance(size, spec, status, caches),
  };
}

function hindrance(
  from: Size,
  spec: InstanceSpec,
  status: InstanceStatus,
  caches: Pick<InstanceCaches, 'flavors'>,
): Wait | Blocked | undefined {
  const { flavorName } = spec;
  const to = sizeOf(flavorName, spec, caches);
  if (to === undefined) return wait('FlavorNotFound', `Flavor ${flavorName} exists`);
  const root = status.disks?.find(({ role }) => role === 'root');
  const rootBytes = parseQuantity(root?.size ?? from.rootDiskBytes);
  if (to.rootDiskBytes !== 0 && to.rootDiskBytes < rootBytes) {
    return refused(
      flavorName,
      `its root disk of ${to.rootDiskBytes} bytes is smaller than the ${rootBytes} bytes there are, and no disk is cut off`,
    );
  }
  if (nextDiskName(root?.volume ?? '').length > MAX_DISK_NAME)
    return refused(flavorName, 'it was resized so often that its disk can have no longer name');
  const known = sizeOf(from.flavorName, spec, caches);
  return known && extraDiskHindrance(known, to);
}

/** They are made for an instance once, and only the ephemeral one grows. */
function extraDiskHindrance(from: Size, to: Size): Blocked | undefined {
  if (to.ephemeralBytes < from.ephemeralBytes)
    return refused(to.flavorName, 'its ephemeral disk is smaller than the one there is, and no disk is cut off');
  if (from.ephemeralBytes === 0 && to.ephemeralBytes > 0)
    return refused(to.flavorName, 'it has an ephemeral disk, and none is added to an instance that has none');
  return to.swapBytes === from.swapBytes
    ? undefined
    : refused(to.flavorName, 'its swap disk has another size, and swap disks are not resized');
}

const refused = (flavorName: string, why: string): Blocked =>
  blocked('ResizeRefused', `it is not resized to Flavor ${flavorName}: ${why}; name another Flavor`);

export const recordedResize = ({ phase, from, to, runId, resizedAt, reason, message }: ResizeRecord): RecordedResize => ({
  phase,
  from: from.flavorName,
  to: to.flavorName,
  runId,
  fromRoot: from.disks.find(({ name }) => name === 'root')?.volume ?? '',
  resizedAt: resizedAt === undefined ? undefined : Date.parse(resizedAt),
  why: reason === undefined ? undefined : { reason, message: message ?? '' },
});

/** One that was reverted is forgotten as soon as another flavor is asked for than it was to. */
export const standingResize = ({ spec }: Instance, { resize }: InstanceStatus): ResizeRecord | undefined =>
  resize?.phase === 'Reverted' && resize.to.flavorName !== spec.flavorName ? undefined : resize;
