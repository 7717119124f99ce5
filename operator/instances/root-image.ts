/** What the root disk of a plan is made from: the Image of the spec, or the copy that a snapshot is. */
import type { Image } from '../../crds/image.ts';
import type { Restored } from '../../crds/instance.ts';
import { DriverError } from '../../drivers/labels.ts';
import type { Pass } from './pass.ts';
import { snapshotImage } from './restore.ts';
import { isOffloaded } from './shelf.ts';

export interface RootImage {
  readonly image: Image;
  /** For status, where it is the copy of a snapshot. */
  readonly restored?: Restored;
}

/** Undefined: the Image of the spec is missing. Throws `Conflict` where the snapshot is. */
export function rootImage({ plan, scene, instance, services, status }: Pass): RootImage | undefined {
  const { wanted, world } = scene;
  if (plan.operation !== 'Restore') {
    const { copy } = isOffloaded(status) ? (status.lifecycle ?? {}) : {};
    const restored = copy && { snapshotName: copy.snapshotName, imageName: copy.imageName };
    return wanted.image && { image: wanted.image, ...(restored && { restored }) };
  }
  const { action } = world;
  if (action?.action !== 'Restore') throw new DriverError('Conflict', 'the restore was withdrawn meanwhile', { reason: 'Withdrawn' });
  const found = snapshotImage(services.caches, instance, action.snapshotName);
  if (found.kind === 'Unfit') throw new DriverError('Conflict', found.message, { reason: found.reason });
  return { image: found.image, restored: { snapshotName: action.snapshotName, imageName: world.desired.imageName ?? '' } };
}
