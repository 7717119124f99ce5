/**
 * Says where the file of an Image goes that somebody brings, and looks whether it is there.
 *
 * It counts when it was of one length twice: not every server hides a file until it has all of it. That it is the right one
 * shows on its way to a host, as with every image.
 */
import type { Image, ImageStatus } from '../../../crds/image.ts';
import { IMAGE_FINALIZER } from '../../../crds/vocabulary.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { Controller } from '../../kernel/controller/controller.ts';
import type { ReconcileContext } from '../../kernel/controller/reconcile.ts';
import { DONE, requeueAfter, type Result } from '../../kernel/controller/result.ts';
import type { Lease } from '../../kernel/lease/lease.ts';
import type { Manager } from '../../kernel/manager/types.ts';
import { endPass, isCurrent } from '../../kernel/status/writer.ts';
import { linkSignals } from '../../kernel/timers.ts';
import { isStatusOnly } from '../../kernel/watch/cache.ts';
import { IMAGES } from '../../resources.ts';
import { removeStored } from '../../stores/removal.ts';
import type { Stores } from '../../stores/stores.ts';
import { uploadKey, uploadSource } from './upload.ts';

const NAME = 'image-uploads';
const LOOK_MS = 8_000;
const AGAIN_MS = 10_000;
/** Between the two looks that a file must be the same in. */
const STILL_MS = 3_000;
const AUDIT_MS = 900_000;

type Upload = NonNullable<ImageStatus['upload']>;

export function addUploadController(manager: Manager, lease: Lease, stores: Stores): Controller {
  const images = manager.cache(IMAGES);
  const writer = manager.writer(IMAGES, NAME);
  /** Length when it was last looked at, by uid of Images that wait for it. */
  const seen = new Map<string, number | undefined>();
  const controller = manager.controller({ name: NAME, gate: lease, reconcile });
  controller.watches(images, { when: (change) => !isStatusOnly(change) });
  images.onChange(({ kind, previous }) => {
    if (kind === 'Deleted') seen.delete(previous.metadata.uid);
  });
  return controller;

  async function reconcile(key: string, context: ReconcileContext): Promise<Result> {
    const image = images.get(key);
    const source = image && uploadSource(image.spec);
    if (image === undefined || source === undefined || image.metadata.deletionTimestamp !== undefined) return DONE;
    const asked = source.upload?.imageStoreName;
    const { upload } = image.status ?? {};
    const moved =
      upload !== undefined && ((asked !== undefined && asked !== upload.imageStoreName) || upload.key !== uploadKey(image, source));
    if (upload === undefined || moved) return begin(image, uploadKey(image, source), asked, context);
    return look(image, upload, context);
  }

  /** The finalizer first: from then on nobody can delete the Image and leave the file behind. */
  async function begin(image: Image, key: string, asked: string | undefined, context: ReconcileContext): Promise<Result> {
    const { upload } = image.status ?? {};
    if (upload !== undefined) {
      const removed = await removeStored({ stores, clock: manager.clock }, upload, context.signal);
      if (removed.kind === 'Kept') return requeueAfter(AGAIN_MS);
    }
    const choice = stores.choose(asked);
    if (choice.kind !== 'Store' || choice.sharedId !== undefined)
      return upload === undefined ? requeueAfter(AGAIN_MS) : write(image, undefined, context);
    const held = await writer.addFinalizer(image, IMAGE_FINALIZER, context);
    if (!isCurrent(held)) return endPass(held);
    const { url } = (await stores.open(choice.name, context.signal)).readable(key);
    seen.delete(image.metadata.uid);
    return write(held.object, { imageStoreName: choice.name, key, url: url.href }, context);
  }

  async function look(image: Image, upload: Upload, context: ReconcileContext): Promise<Result> {
    const { uid } = image.metadata;
    const size = await sizeOf(upload, context.signal);
    if (size === 'Unknown') return requeueAfter(AGAIN_MS);
    const before = seen.get(uid) ?? upload.sizeBytes;
    seen.set(uid, size);
    if (size !== before) return size === undefined ? write(image, without(upload), context) : requeueAfter(STILL_MS);
    if (size === upload.sizeBytes) return requeueAfter(size === undefined ? AGAIN_MS : AUDIT_MS);
    return write(image, { ...upload, ...(size !== undefined && { sizeBytes: size }) }, context);
  }

  async function sizeOf({ imageStoreName, key }: Upload, signal: AbortSignal): Promise<number | undefined | 'Unknown'> {
    using link = linkSignals(signal);
    const timer = manager.clock.after(LOOK_MS, () => link.abort(new Error('the store does not answer')));
    try {
      return await (await stores.open(imageStoreName, link.signal)).sizeOf(key, link.signal);
    } catch (error) {
      if (signal.aborted || !(error instanceof DriverError)) throw error;
      return 'Unknown';
    } finally {
      timer.cancel();
    }
  }

  async function write(image: Image, upload: Upload | undefined, context: ReconcileContext): Promise<Result> {
    const { upload: _, ...others } = image.status ?? {};
    const written = await writer.writeStatus(image, { ...others, ...(upload && { upload }) }, context);
    return isCurrent(written) ? requeueAfter(upload?.sizeBytes === undefined ? AGAIN_MS : AUDIT_MS) : endPass(written);
  }
}

const without = ({ imageStoreName, key, url }: Upload): Upload => ({ imageStoreName, key, url });
