/**
 * `ObjectWriter` over the API: guarded merge patches, whose answers go into the cache at once.
 *
 * The next write to the same object waits until the watch has shown the last one. The API server applies a patch to the
 * object in its own watch cache first; while that is behind, the patch meets an old version, and all its work - patch,
 * ownership of fields, admission - is done a second time on what etcd says. The watch shows nothing before that cache has it.
 */
import type { ApiCall, ApiClient, PatchOptions } from '../api/client.ts';
import type { Clock } from '../clock.ts';
import { isConflict, isNotFound } from '../api/errors.ts';
import type { KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resource.ts';
import { linkSignals, sleep } from '../timers.ts';
import type { Cache } from '../watch/cache.ts';
import type { JsonRecord } from './equal.ts';
import { mergePatchOf } from './merge-patch.ts';
import type { ObjectWriter, StatusOf, WriteOutcome } from './writer.ts';

export interface ObjectWriterOptions<T extends KubeObject> {
  readonly client: ApiClient;
  readonly resource: Resource<T>;
  readonly cache: Cache<T>;
  readonly clock: Clock;
  /** Comes back as `writer` in the cache's changes. */
  readonly name: string;
  readonly fieldManager: string;
}

/** A watch that shows nothing for so long is slow or broken: the server then does its work twice, which costs no more than time. */
const SHOWN_WITHIN_MS = 5_000;

export class PatchingWriter<T extends KubeObject> implements ObjectWriter<T> {
  private readonly options: ObjectWriterOptions<T>;

  constructor(options: ObjectWriterOptions<T>) {
    this.options = options;
  }

  async writeStatus(object: T, status: StatusOf<T>, call: ApiCall): Promise<WriteOutcome<T>> {
    const found = (object as { readonly status?: JsonRecord }).status;
    const patch = mergePatchOf(found ?? {}, status);
    if (patch === undefined) return { kind: 'Unchanged', object };
    return this.patch(object, { metadata: guard(object), status: patch }, call, 'status');
  }

  async addFinalizer(object: T, finalizer: string, call: ApiCall): Promise<WriteOutcome<T>> {
    const { finalizers = [], deletionTimestamp } = object.metadata;
    // The API server refuses new finalizers once deletion was asked for.
    if (finalizers.includes(finalizer) || deletionTimestamp !== undefined) return { kind: 'Unchanged', object };
    return this.patch(object, { metadata: { ...guard(object), finalizers: [...finalizers, finalizer] } }, call);
  }

  async removeFinalizer(object: T, finalizer: string, call: ApiCall): Promise<WriteOutcome<T>> {
    const { finalizers = [] } = object.metadata;
    if (!finalizers.includes(finalizer)) return { kind: 'Unchanged', object };
    const left = finalizers.filter((name) => name !== finalizer);
    return this.patch(object, { metadata: { ...guard(object), finalizers: left } }, call);
  }

  private async patch(object: T, patch: object, call: ApiCall, subresource?: string): Promise<WriteOutcome<T>> {
    const { client, resource, cache, name, fieldManager } = this.options;
    const seen = cache.whenSeen(object);
    if (seen !== undefined) await this.shown(seen, call);
    const options: PatchOptions = subresource === undefined ? { fieldManager } : { fieldManager, subresource };
    try {
      const written = await client.mergePatch(resource, object.metadata, patch, call, options);
      const { deletionTimestamp, finalizers = [] } = written.metadata;
      // Without finalizers a deleted object is gone with this very write: there is nothing to keep.
      if (deletionTimestamp === undefined || finalizers.length > 0) cache.put(written, name);
      return { kind: 'Written', object: written };
    } catch (error) {
      if (isConflict(error)) return { kind: 'Conflict' };
      if (isNotFound(error)) return { kind: 'Gone' };
      throw error;
    }
  }

  private async shown(seen: Promise<void>, { signal }: ApiCall): Promise<void> {
    using waiting = linkSignals(signal);
    try {
      await Promise.race([seen, sleep(this.options.clock, SHOWN_WITHIN_MS, waiting.signal)]);
    } finally {
      waiting.abort(OVER);
    }
  }
}

/** Ends the timer of a wait that is over. */
const OVER = new Error('shown');

/** Refuses the write when the object is another version, or another object, than the one the decision was made on. */
function guard({ metadata: { uid, resourceVersion } }: KubeObject): { readonly uid: string; readonly resourceVersion: string } {
  return { uid, resourceVersion };
}
