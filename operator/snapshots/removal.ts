/** Deleting an InstanceSnapshot: a copy under way is ended, its Image goes, then whatever may be left on the host. */
import type { Image, ImageLocation } from '../../crds/image.ts';
import type { Instance } from '../../crds/instance.ts';
import type { InstanceSnapshot } from '../../crds/instance-snapshot.ts';
import { DriverError } from '../../drivers/labels.ts';
import { type Places, type Removal, removeContent } from '../images/content-removal.ts';
import type { Captures } from '../instances/ports.ts';
import type { ApiClient } from '../kernel/api/client.ts';
import { isNotFound } from '../kernel/api/errors.ts';
import type { ReconcileContext } from '../kernel/controller/reconcile.ts';
import { findCondition } from '../kernel/status/conditions.ts';
import type { Cache } from '../kernel/watch/cache.ts';
import { IMAGES } from '../resources.ts';
import { removeStored, type StoredPlaces } from '../stores/removal.ts';
import type { Sends } from '../stores/sends.ts';
import { imageNameOf } from './plan.ts';

export interface Remaining {
  readonly clusterId: string;
  readonly instances: Cache<Instance>;
  readonly images: Cache<Image>;
  readonly captures: Captures;
  readonly places: Places;
  readonly sends: Sends;
  readonly stored: StoredPlaces;
}

const END_MS = 8_000;

export class SnapshotRemoval {
  readonly #client: ApiClient;
  readonly #around: Remaining;

  constructor(client: ApiClient, around: Remaining) {
    this.#client = client;
    this.#around = around;
  }

  async remove(snapshot: InstanceSnapshot, context: ReconcileContext): Promise<Removal> {
    const { location, store } = snapshot.status ?? {};
    if (store !== undefined) await this.#around.sends.cancel(store);
    const image = await this.#removeImage(snapshot, context);
    if (image.kind === 'Kept' || location === undefined) return image;
    await this.#endCapture(snapshot, context);
    return this.removeCopies(snapshot, location, context.signal);
  }

  /** What may be on the host, and in the store: nothing was sent there before it was an Image. */
  async removeCopies({ status }: InstanceSnapshot, location: ImageLocation, signal: AbortSignal): Promise<Removal> {
    const removed = await removeContent(this.#around.places, status?.imageUid === undefined ? this.#whereMade(location) : location, signal);
    if (removed.kind === 'Kept' || status?.store === undefined || status.imageUid === undefined) return removed;
    await this.#around.sends.cancel(status.store);
    return removeStored(this.#around.stored, status.store, signal);
  }

  /** Its host may still be at what is no Image yet: while there is that host, no other removes it. */
  #whereMade({ sharedId, ...location }: ImageLocation): ImageLocation {
    const mayWrite = this.#around.places.hypervisors.get(location.hypervisorName) !== undefined;
    return mayWrite || sharedId === undefined ? location : { ...location, sharedId };
  }

  async #removeImage({ metadata, ...snapshot }: InstanceSnapshot, context: ReconcileContext): Promise<Removal> {
    const name = imageNameOf({ metadata, ...snapshot });
    const image = this.#around.images.get(`${metadata.namespace}/${name}`);
    if (image?.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid) !== true) return { kind: 'Gone' };
    if (image.metadata.deletionTimestamp === undefined) {
      try {
        await this.#client.delete(IMAGES, { namespace: metadata.namespace, name }, context, { uid: image.metadata.uid });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
    const held = findCondition(image.status?.conditions, 'Deleting');
    const message = `waits until its Image ${name} is gone${held === undefined ? '' : `: ${held.message}`}`;
    return { kind: 'Kept', reason: held?.reason ?? 'ImageDeleting', message };
  }

  /** The Instance ends it by itself, where it can; a machine that is somebody else's by now is left alone. */
  async #endCapture({ metadata, spec, status }: InstanceSnapshot, { signal }: ReconcileContext): Promise<void> {
    const { location, instanceUid } = status ?? {};
    if (location === undefined || instanceUid === undefined || status?.imageUid !== undefined) return;
    await this.#around.captures.cancel(location.volume);
    const { hosts, hypervisors } = this.#around.places;
    const pool = hypervisors.get(location.hypervisorName)?.spec.pools?.[location.pool]?.pool;
    const host = hosts.get(location.hypervisorName);
    if (pool === undefined || host === undefined) return;
    const instance = this.#around.instances.get(`${metadata.namespace}/${spec.instanceName}`);
    const machineId = instance?.metadata.uid === instanceUid ? (instance.status?.machineId ?? instanceUid) : instanceUid;
    const target = { machineId, clusterId: this.#around.clusterId, uid: instanceUid };
    try {
      await host.act('Build', END_MS, signal, (driver, call) => driver.endCapture(target, pool, location.volume, call));
    } catch (error) {
      // What cannot be ended now shows when the content is removed.
      if (!(error instanceof DriverError) || signal.aborted) throw error;
    }
  }
}
