/**
 * The cache that a reflector fills and writes feed. What keeps it right:
 *
 * - Nothing older ever replaces something newer: of one object (uid), the higher resourceVersion stays.
 * - `seen` is how far the watch has come. What a write returned from before that is old news, whatever became of it since:
 *   it cannot bring a deleted object back.
 * - A list is the truth at its resourceVersion, except for writes of ours that came after it.
 */
import { type KubeObject, keyOf } from '../api/object.ts';
import type { Cache, Change, ChangeListener, Index } from './cache.ts';
import { ObjectIndex } from './object-index.ts';
import { Sightings } from './sightings.ts';
import { compareVersions } from './version.ts';

export interface ObjectCacheOptions<T extends KubeObject> {
  /** What is kept of an object; applied to everything that comes in. */
  readonly transform?: (object: T) => T;
  /** A listener or an index function threw: a mistake in the program, which must not stop the stream. */
  readonly onFault: (error: unknown) => void;
}

export class ObjectCache<T extends KubeObject> implements Cache<T> {
  private readonly transform: (object: T) => T;
  private readonly onFault: (error: unknown) => void;
  private readonly objects = new Map<string, T>();
  private readonly uids = new Map<string, T>();
  private readonly indexes: ObjectIndex<T>[] = [];
  private readonly listeners = new Set<ChangeListener<T>>();
  private seen: string | undefined;
  private readonly sightings = new Sightings();
  /** Versions that `put` brought and the watch has not shown yet: their events say nothing new. */
  private readonly written = new Set<string>();
  private complete = false;
  private readonly completion = Promise.withResolvers<void>();
  /** What `put` brought while a list was under way; undefined while none is. */
  private writtenDuringList: Map<string, T> | undefined;

  constructor({ transform = (object) => object, onFault }: ObjectCacheOptions<T>) {
    this.transform = transform;
    this.onFault = onFault;
  }

  get size(): number {
    return this.objects.size;
  }

  get(key: string): T | undefined {
    return this.objects.get(key);
  }

  getByUid(uid: string): T | undefined {
    return this.uids.get(uid);
  }

  values(): IterableIterator<T> {
    return this.objects.values();
  }

  synced(): boolean {
    return this.complete;
  }

  /** Resolves with the first complete list. */
  whenSynced(): Promise<void> {
    return this.completion.promise;
  }

  index(valuesOf: (object: T) => readonly string[]): Index<T> {
    const guarded = (object: T): readonly string[] => this.guard(() => valuesOf(object)) ?? [];
    const index = new ObjectIndex<T>(guarded, (key) => this.objects.get(key));
    for (const [key, object] of this.objects) index.update(key, undefined, object);
    this.indexes.push(index);
    return index;
  }

  onChange(listener: ChangeListener<T>): () => void {
    for (const current of this.objects.values()) {
      this.guard(() => listener({ kind: 'Added', previous: undefined, current, initial: true, writer: undefined }));
    }
    // A wrapper of its own, so that the same function may listen twice and stop once.
    const entry: ChangeListener<T> = (change) => listener(change);
    this.listeners.add(entry);
    return () => void this.listeners.delete(entry);
  }

  put(object: T, writer?: string): void {
    if (this.writtenDuringList !== undefined) this.writtenDuringList.set(keyOf(object), object);
    if (this.seen === undefined) return; // The first list brings it, or `replace` takes it from what was written meanwhile.
    const order = compareVersions(object.metadata.resourceVersion, this.seen);
    if (order === undefined || order <= 0) return;
    this.written.add(object.metadata.resourceVersion);
    this.upsert(this.transform(object), writer);
  }

  /** Whether a write of ours brought that version, and the watch has not shown it yet. */
  hasWritten(resourceVersion: string): boolean {
    return this.written.has(resourceVersion);
  }

  whenSeen({ metadata: { resourceVersion } }: T): Promise<void> | undefined {
    const order = this.seen === undefined ? undefined : compareVersions(resourceVersion, this.seen);
    return order === undefined || order <= 0 ? undefined : this.sightings.of(resourceVersion);
  }

  /** An `Added` or `Modified` of the watch. */
  observe(object: T): void {
    this.seen = object.metadata.resourceVersion;
    this.written.delete(this.seen);
    this.upsert(this.transform(object), undefined);
    this.sightings.saw(this.seen);
  }

  /** A `Deleted` of the watch. */
  remove(object: T): void {
    this.seen = object.metadata.resourceVersion;
    const key = keyOf(object);
    this.written.delete(this.seen);
    const known = this.objects.get(key);
    // Another uid: a write of ours has shown the next object of that name already.
    if (known?.metadata.uid === object.metadata.uid) this.set(key, known, undefined, undefined);
    this.sightings.saw(this.seen);
  }

  /** A `Bookmark` of the watch: everything up to here was heard. Also in place of the event of a version that we wrote. */
  bookmark(resourceVersion: string): void {
    this.seen = resourceVersion;
    if (this.written.delete(resourceVersion)) this.sightings.saw(resourceVersion);
    else this.sightings.cameTo(resourceVersion);
  }

  /** Call before the first page is asked for; `replace` or another `beginList` ends it. */
  beginList(): void {
    this.writtenDuringList = new Map();
  }

  /** The object to keep for one that a list brought: the very one that is here, if it is the same; so a list costs little memory. */
  intern(object: T): T {
    const known = this.objects.get(keyOf(object));
    return known !== undefined && isSame(known, object) ? known : this.transform(object);
  }

  /** A whole list, every item through `intern`: what is not in it has been deleted, unless it was written after it. */
  replace(items: readonly T[], resourceVersion: string): void {
    const listed = new Map(items.map((item) => [keyOf(item), item]));
    for (const [key, written] of this.writtenDuringList ?? []) {
      const order = compareVersions(written.metadata.resourceVersion, resourceVersion);
      if (order !== undefined && order > 0) listed.set(key, this.intern(written));
    }
    this.writtenDuringList = undefined;
    this.written.clear();
    this.seen = resourceVersion;
    const gone = [...this.objects].filter(([key]) => !listed.has(key));
    for (const [key, known] of gone) this.set(key, known, undefined, undefined);
    for (const [key, item] of listed) this.exchange(key, item, undefined);
    this.complete = true;
    this.completion.resolve();
    this.sightings.cameTo(resourceVersion);
  }

  private upsert(object: T, writer: string | undefined): void {
    const key = keyOf(object);
    const known = this.objects.get(key);
    if (known !== undefined) {
      const order = compareVersions(object.metadata.resourceVersion, known.metadata.resourceVersion);
      if (order !== undefined && order <= 0) return;
    }
    this.exchange(key, object, writer);
  }

  /** Stores the object; one of the same name with another uid was deleted in between, and is shown to be. */
  private exchange(key: string, object: T, writer: string | undefined): void {
    const known = this.objects.get(key);
    if (known === undefined) this.set(key, undefined, object, writer);
    else if (known.metadata.uid !== object.metadata.uid) {
      this.set(key, known, undefined, undefined);
      this.set(key, undefined, object, writer);
    } else if (!isSame(known, object)) this.set(key, known, object, writer);
  }

  private set(key: string, previous: T | undefined, current: T | undefined, writer: string | undefined): void {
    if (previous !== undefined) this.uids.delete(previous.metadata.uid);
    if (current === undefined) this.objects.delete(key);
    else {
      this.objects.set(key, current);
      this.uids.set(current.metadata.uid, current);
    }
    for (const index of this.indexes) index.update(key, previous, current);
    const change = this.changeOf(previous, current, writer);
    if (change === undefined) return;
    for (const listener of this.listeners) this.guard(() => listener(change));
  }

  private changeOf(previous: T | undefined, current: T | undefined, writer: string | undefined): Change<T> | undefined {
    if (current === undefined) return previous === undefined ? undefined : { kind: 'Deleted', previous, current, writer };
    if (previous === undefined) return { kind: 'Added', previous, current, initial: !this.complete, writer };
    return { kind: 'Updated', previous, current, writer };
  }

  private guard<R>(work: () => R): R | undefined {
    try {
      return work();
    } catch (error) {
      this.onFault(error);
      return undefined;
    }
  }
}

function isSame(a: KubeObject, b: KubeObject): boolean {
  return a.metadata.uid === b.metadata.uid && a.metadata.resourceVersion === b.metadata.resourceVersion;
}
