/**
 * Deleting an Image whose content lies on hosts, and in stores: the content goes first, then the finalizer.
 *
 * Instances that were made from it stand on it, and hold it; so do disks on the host whose Instances are no more.
 */
import type { Image } from '../../crds/image.ts';
import type { Instance } from '../../crds/instance.ts';
import { IMAGE_FINALIZER } from '../../crds/vocabulary.ts';
import type { Hosts } from '../hypervisors/host.ts';
import { keyOf } from '../kernel/api/object.ts';
import type { Controller } from '../kernel/controller/controller.ts';
import type { ReconcileContext } from '../kernel/controller/reconcile.ts';
import { DONE, requeueAfter, type Result } from '../kernel/controller/result.ts';
import type { Lease } from '../kernel/lease/lease.ts';
import type { Manager } from '../kernel/manager/types.ts';
import { setCondition } from '../kernel/status/conditions.ts';
import { endPass, isCurrent } from '../kernel/status/writer.ts';
import { isStatusOnly } from '../kernel/watch/cache.ts';
import { transitionEvents } from '../reporting/transitions.ts';
import { HYPERVISORS, IMAGES, INSTANCES } from '../resources.ts';
import { removeStored, type StoredPlaces } from '../stores/removal.ts';
import { removeContent, type Removal } from './content-removal.ts';
import { hostLocations, storedCopies } from './locations.ts';
import { isFetched } from './source.ts';

const NAME = 'image-removal';
/** A disk that stands on it goes without a word. */
const LOOK_AGAIN_MS = 15_000;
const NAMED = 3;

export function addImageRemoval(manager: Manager, lease: Lease, hosts: Hosts, stores: StoredPlaces['stores']): Controller {
  const images = manager.cache(IMAGES);
  const instances = manager.cache(INSTANCES);
  const places = { hosts, hypervisors: manager.cache(HYPERVISORS) };
  const stored = { stores, clock: manager.clock };
  const madeFrom = instances.index(heldImages);
  const writer = manager.writer(IMAGES, NAME);
  const events = manager.events(NAME);
  const controller = manager.controller({ name: NAME, gate: lease, reconcile });
  controller.watches(images, { when: (change) => change.current?.metadata.deletionTimestamp !== undefined && !isStatusOnly(change) });
  controller.watches(instances, {
    when: ({ kind, previous, current }) => kind === 'Deleted' || held(previous).some((uid) => !held(current).includes(uid)),
    toKeys: ({ previous }) =>
      held(previous)
        .flatMap((uid) => images.getByUid(uid) ?? [])
        .map(keyOf),
  });
  return controller;

  async function reconcile(key: string, context: ReconcileContext): Promise<Result> {
    const image = images.get(key);
    const held = image?.metadata.deletionTimestamp !== undefined && image.metadata.finalizers?.includes(IMAGE_FINALIZER) === true;
    if (!held) return DONE;
    const removal = await remove(image, context.signal);
    if (removal.kind === 'Gone') return endPass(await writer.removeFinalizer(image, IMAGE_FINALIZER, context));
    return report(image, removal, context);
  }

  async function remove(image: Image, signal: AbortSignal): Promise<Removal> {
    const { upload } = image.status ?? {};
    const users = image.spec.sources.every(isFetched) ? [] : madeFrom.get(image.metadata.uid);
    if (users.length > 0) return inUse(users);
    for (const location of hostLocations(image)) {
      const removal = await removeContent(places, location, signal);
      if (removal.kind === 'Kept') return removal;
    }
    for (const copy of [...storedCopies(image), ...(upload === undefined ? [] : [upload])]) {
      const removal = await removeStored(stored, copy, signal);
      if (removal.kind === 'Kept') return removal;
    }
    return { kind: 'Gone' };
  }

  async function report(image: Image, { reason, message }: Extract<Removal, { kind: 'Kept' }>, context: ReconcileContext): Promise<Result> {
    const before = image.status?.conditions ?? [];
    const judged = { now: manager.clock.now(), generation: image.metadata.generation };
    const conditions = setCondition(before, { type: 'Deleting', status: 'True', reason, message }, judged);
    const written = await writer.writeStatus(image, { ...image.status, conditions }, context);
    if (!isCurrent(written)) return endPass(written);
    if (written.kind === 'Written')
      for (const event of transitionEvents(before, conditions, 'Delete')) events.record(written.object, event);
    return requeueAfter(LOOK_AGAIN_MS);
  }
}

function inUse(users: readonly Instance[]): Removal {
  const names = users.map(({ metadata }) => metadata.name).toSorted();
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  const message = `the disks of Instances ${names.slice(0, NAMED).join(', ')}${more} stand on it: it goes when they are deleted or rebuilt`;
  return { kind: 'Kept', reason: 'ImageInUse', message };
}

/** What its disk stands on, or is to be made from again. */
const heldImages = ({ status }: Instance): readonly string[] =>
  [status?.resolved?.image?.uid, status?.lifecycle?.copy?.imageUid].filter((uid) => uid !== undefined);

const held = (instance: Instance | undefined): readonly string[] => (instance === undefined ? [] : heldImages(instance));
