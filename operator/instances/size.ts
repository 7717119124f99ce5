/**
 * The size that a machine is to have: that of the flavor in the spec, unless a resize says otherwise.
 *
 * With `spec.resize` another flavor counts from the moment on that its resize was begun, and no longer once that is taken
 * back: whatever starts the machine meanwhile starts it with the size that it has.
 */
import type { Instance, InstanceSpec, InstanceStatus, ResizeRecord } from '../../crds/instance.ts';
import { parseQuantity } from '../../crds/quantity.ts';
import type { InstanceCaches } from './services.ts';

/** Bytes; a root disk of 0 is as large as the image. */
export interface Size {
  readonly flavorName: string;
  readonly vcpus: number;
  readonly memoryBytes: number;
  readonly rootDiskBytes: number;
  readonly ephemeralBytes: number;
  readonly swapBytes: number;
}

/** Of a Flavor; undefined: there is none of that name. */
export function sizeOf(flavorName: string, { flavors }: Pick<InstanceCaches, 'flavors'>): Size | undefined {
  const flavor = flavors.get(flavorName);
  if (flavor === undefined) return undefined;
  const { vcpus, memory, rootDisk = 0, ephemeralDisk = 0, swap = 0 } = flavor.spec;
  return {
    flavorName,
    vcpus,
    memoryBytes: parseQuantity(memory),
    rootDiskBytes: parseQuantity(rootDisk),
    ephemeralBytes: parseQuantity(ephemeralDisk),
    swapBytes: parseQuantity(swap),
  };
}

/** Undefined: the flavor is missing. */
export function effectiveSize({ spec }: Instance, status: InstanceStatus, caches: Pick<InstanceCaches, 'flavors'>): Size | undefined {
  const recorded = recordedSize(spec, status);
  if (recorded === undefined) return sizeOf(spec.flavorName, caches);
  // A Flavor cannot be changed, but deleted: what was recorded of it counts.
  return { ephemeralBytes: 0, swapBytes: 0, ...sizeOf(recorded.flavorName, caches), ...recorded };
}

type RecordedSize = Omit<Size, 'ephemeralBytes' | 'swapBytes'>;

/** Undefined: that of the spec. */
function recordedSize(spec: InstanceSpec, { machineId, resolved, resize }: InstanceStatus): RecordedSize | undefined {
  switch (resize?.phase) {
    case 'Resizing':
    case 'AwaitingConfirmation':
      return endSize(resize.to);
    case 'Reverting':
      return endSize(resize.from);
    case 'Reverted':
      if (resize.to.flavorName === spec.flavorName) return endSize(resize.from);
      break;
    case undefined:
  }
  const { flavorName, vcpus, memory, rootDisk = 0 } = resolved ?? {};
  const stands = spec.resize !== undefined && machineId !== undefined && flavorName !== spec.flavorName;
  if (!stands || flavorName === undefined || vcpus === undefined || memory === undefined) return undefined;
  return { flavorName, vcpus, memoryBytes: parseQuantity(memory), rootDiskBytes: parseQuantity(rootDisk) };
}

const endSize = ({ flavorName, vcpus, memory, disks }: ResizeRecord['from']): RecordedSize => ({
  flavorName,
  vcpus,
  memoryBytes: parseQuantity(memory),
  rootDiskBytes: parseQuantity(disks.find(({ name }) => name === 'root')?.size ?? 0),
});
