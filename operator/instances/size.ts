/**
 * The size that a machine is to have: that of the flavor in the spec, unless a resize says otherwise.
 *
 * With `spec.resize` another flavor counts from the moment on that its resize was begun, and no longer once that is taken
 * back: whatever starts the machine meanwhile starts it with the size that it has.
 */
import type { FlavorSpec } from '../../crds/flavor.ts';
import type { Instance, InstanceSpec, InstanceStatus, ResizeRecord } from '../../crds/instance.ts';
import { parseQuantity } from '../../crds/quantity.ts';
import type { MachineSize } from '../../drivers/contract.ts';
import type { InstanceCaches } from './services.ts';

/** Bytes; a root disk of 0 is as large as the image, or the Volume. */
export interface Size {
  readonly flavorName: string;
  readonly vcpus: number;
  readonly memoryBytes: number;
  /** What a running guest can be given; absent: no more. */
  readonly maximum?: MachineSize;
  readonly rootDiskBytes: number;
  /** Of the one without a label. */
  readonly ephemeralBytes: number;
  readonly ephemeralDisks: readonly { readonly label: string; readonly sizeBytes: number }[];
  readonly swapBytes: number;
}

/** The disks of a spec that are in place of its Flavor's. */
export type OwnDisks = Pick<InstanceSpec, 'ephemeralDisks' | 'swap' | 'rootVolume'>;

/** Of a Flavor, but for the disks in place of its; undefined: there is none of that name. */
export function sizeOf(flavorName: string, own: OwnDisks, { flavors }: Pick<InstanceCaches, 'flavors'>): Size | undefined {
  const flavor = flavors.get(flavorName);
  if (flavor === undefined) return undefined;
  const { vcpus, memory, rootDisk = 0 } = flavor.spec;
  return {
    flavorName,
    vcpus,
    memoryBytes: parseQuantity(memory),
    ...maximumOf(flavor.spec),
    rootDiskBytes: own.rootVolume === undefined ? parseQuantity(rootDisk) : 0,
    ...disksOf(flavor.spec, own),
  };
}

function maximumOf({ vcpus, memory, maxVcpus, maxMemory }: FlavorSpec): Pick<Size, 'maximum'> {
  if (maxVcpus === undefined && maxMemory === undefined) return {};
  return { maximum: { vcpus: maxVcpus ?? vcpus, memoryBytes: parseQuantity(maxMemory ?? memory) } };
}

type DiskSizes = Pick<Size, 'ephemeralBytes' | 'ephemeralDisks' | 'swapBytes'>;

const disksOf = ({ ephemeralDisk = 0, swap = 0 }: Pick<FlavorSpec, 'ephemeralDisk' | 'swap'>, own: OwnDisks): DiskSizes => ({
  ephemeralBytes: own.ephemeralDisks === undefined ? parseQuantity(ephemeralDisk) : 0,
  ephemeralDisks: (own.ephemeralDisks ?? []).map(({ name, size }) => ({ label: name, sizeBytes: parseQuantity(size) })),
  swapBytes: parseQuantity(own.swap ?? swap),
});

/** Undefined: the flavor is missing. */
export function effectiveSize({ spec }: Instance, status: InstanceStatus, caches: Pick<InstanceCaches, 'flavors'>): Size | undefined {
  const recorded = recordedSize(spec, status);
  if (recorded === undefined) return sizeOf(spec.flavorName, spec, caches);
  // A Flavor cannot be changed, but deleted: what was recorded of it counts.
  return { ...disksOf({}, spec), ...sizeOf(recorded.flavorName, spec, caches), ...recorded };
}

type RecordedSize = Omit<Size, keyof DiskSizes | 'maximum'>;

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
