/** The Image that a snapshot becomes: made once, owned by the snapshot, with the place of its content in status. */
import type { Image, ImageLocation, ImageProperties, StoredCopy } from '../../crds/image.ts';
import type { Instance } from '../../crds/instance.ts';
import type { InstanceSnapshot } from '../../crds/instance-snapshot.ts';
import { API_VERSION, IMAGE_FINALIZER } from '../../crds/vocabulary.ts';
import type { BaseImage } from '../../drivers/contract.ts';
import { DriverError } from '../../drivers/labels.ts';
import type { Places } from '../images/content-removal.ts';
import type { ApiClient } from '../kernel/api/client.ts';
import type { ReconcileContext } from '../kernel/controller/reconcile.ts';
import type { Manager } from '../kernel/manager/types.ts';
import { isCurrent, type ObjectWriter } from '../kernel/status/writer.ts';
import type { Cache } from '../kernel/watch/cache.ts';
import { IMAGES, INSTANCES } from '../resources.ts';
import { imageNameOf } from './plan.ts';

/** Not made: `Running` comes right by itself. */
export type Made =
  | { readonly kind: 'Made'; readonly uid: string }
  | { readonly kind: 'NotMade'; readonly phase: 'Running' | 'Failed'; readonly reason: string; readonly message: string };

const READ_MS = 3_000;

export class ImageMaker {
  readonly #client: ApiClient;
  readonly #images: Cache<Image>;
  readonly #instances: Cache<Instance>;
  readonly #writer: ObjectWriter<Image>;
  readonly #places: Places;
  readonly #fieldManager: string;

  constructor(manager: Manager, places: Places, name: string) {
    this.#client = manager.client;
    this.#images = manager.cache(IMAGES);
    this.#instances = manager.cache(INSTANCES);
    this.#writer = manager.writer(IMAGES, name);
    this.#places = places;
    this.#fieldManager = `hostler/${name}`;
  }

  /** Idempotent: the Image that an earlier pass made is completed. */
  async make(snapshot: InstanceSnapshot, location: ImageLocation, context: ReconcileContext): Promise<Made> {
    const read = await this.#read(location, context.signal);
    if ('kind' in read) return read;
    const { namespace } = snapshot.metadata;
    const known = this.#images.get(`${namespace}/${imageNameOf(snapshot)}`);
    const image =
      known ??
      (await this.#client.create(IMAGES, imageOf(snapshot, read, this.#propertiesOf(snapshot)), context, {
        fieldManager: this.#fieldManager,
      }));
    const { format, sizeBytes, virtualSizeBytes } = read;
    const status = { ...image.status, format, sizeBytes, virtualSizeBytes, locations: [location] };
    const written = await this.#writer.writeStatus(image, status, context);
    return isCurrent(written)
      ? { kind: 'Made', uid: image.metadata.uid }
      : { kind: 'NotMade', phase: 'Running', reason: 'Captured', message: 'the Image was changed while it was written' };
  }

  /** Says in the Image that the copy in the store is complete. */
  addStored(image: Image, copy: StoredCopy, context: ReconcileContext): ReturnType<ObjectWriter<Image>['writeStatus']> {
    const locations = [...(image.status?.locations ?? []).filter(({ store }) => store === undefined), { store: copy }];
    return this.#writer.writeStatus(image, { ...image.status, locations }, context);
  }

  /** What is to be known of its guests is what was known of the one that was copied. */
  #propertiesOf({ metadata, spec }: InstanceSnapshot): ImageProperties | undefined {
    const resolved = this.#instances.get(`${metadata.namespace}/${spec.instanceName}`)?.status?.resolved?.image;
    return resolved && this.#images.getByUid(resolved.uid)?.spec.properties;
  }

  async #read({ hypervisorName, pool, volume }: ImageLocation, signal: AbortSignal): Promise<BaseImage | Made> {
    const poolName = this.#places.hypervisors.get(hypervisorName)?.spec.pools?.[pool]?.pool;
    const host = this.#places.hosts.get(hypervisorName);
    if (poolName === undefined || host === undefined) return unreachable(hypervisorName);
    try {
      const base = await host.act('Read', READ_MS, signal, (driver, call) => driver.findBase(poolName, volume, call));
      return base ?? lost(hypervisorName);
    } catch (error) {
      if (!(error instanceof DriverError) || signal.aborted) throw error;
      return unreachable(hypervisorName);
    }
  }
}

const unreachable = (hypervisorName: string): Made => ({
  kind: 'NotMade',
  phase: 'Running',
  reason: 'HostUnreachable',
  message: `waits until Hypervisor ${hypervisorName} answers: the copy is on it`,
});

const lost = (hypervisorName: string): Made => ({
  kind: 'NotMade',
  phase: 'Failed',
  reason: 'ContentMissing',
  message: `somebody removed the copy from Hypervisor ${hypervisorName}`,
});

/** Its finalizer is on it from the beginning: nobody can delete it and leave its content behind. */
function imageOf(snapshot: InstanceSnapshot, { format }: BaseImage, properties: ImageProperties | undefined) {
  const { namespace, name, uid } = snapshot.metadata;
  return {
    metadata: {
      namespace,
      name: imageNameOf(snapshot),
      finalizers: [IMAGE_FINALIZER],
      ownerReferences: [{ apiVersion: API_VERSION, kind: 'InstanceSnapshot', name, uid, controller: true }],
    },
    spec: { sources: [{ format, snapshot: { name } }], ...(properties && { properties }) },
  };
}
