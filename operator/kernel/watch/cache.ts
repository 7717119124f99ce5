/**
 * What controllers read: all objects of one kind, as the API server last showed them, never older than what was seen before.
 *
 * Objects in it are shared and must not be changed. `object-cache.ts` implements it, a reflector fills it.
 */
import type { KubeObject } from '../api/object.ts';

export type Change<T extends KubeObject> =
  | {
      readonly kind: 'Added';
      readonly previous: undefined;
      readonly current: T;
      /** True for what the first list, or the replay to a new listener, brought: it may wait behind fresh work. */
      readonly initial: boolean;
      readonly writer: string | undefined;
    }
  | { readonly kind: 'Updated'; readonly previous: T; readonly current: T; readonly writer: string | undefined }
  /** `previous` is the last state known, which may lack the object's very last change. */
  | { readonly kind: 'Deleted'; readonly previous: T; readonly current: undefined; readonly writer: string | undefined };

/** The object that a change is about: as it is now, or as it was last known. */
export function objectOf<T extends KubeObject>(change: Change<T>): T {
  return change.kind === 'Deleted' ? change.previous : change.current;
}

/** Called synchronously, after the cache holds the change. Must not throw; long work belongs in a queue. */
export type ChangeListener<T extends KubeObject> = (change: Change<T>) => void;

/** Objects by a value derived from them. */
export interface Index<T extends KubeObject> {
  get(value: string): readonly T[];
  /** Keys (`namespace/name`) only: what a mapping to queue keys needs. */
  keys(value: string): readonly string[];
}

export interface Cache<T extends KubeObject> {
  readonly size: number;
  /** `key` is `namespace/name`, or `name` of a cluster-scoped object. */
  get(key: string): T | undefined;
  getByUid(uid: string): T | undefined;
  values(): IterableIterator<T>;
  /** An index over all objects, kept up to date from now on. `valuesOf` must depend on the object alone. */
  index(valuesOf: (object: T) => readonly string[]): Index<T>;
  /** True once the first list is complete. Deciding that something does not exist needs it. */
  synced(): boolean;
  /** Hears every change from now on, and first the present objects as initial `Added`s. Returns the way to stop. */
  onChange(listener: ChangeListener<T>): () => void;
  /**
   * Takes in an object that a write of ours returned, so that the next pass does not act on older state. An object
   * older than what the cache has seen, or deleted since, is ignored. `writer` comes back in the change.
   */
  put(object: T, writer?: string): void;
  /** Resolves when the watch has come to this version of the object, or past it; undefined when it has already. */
  whenSeen(object: T): Promise<void> | undefined;
}

/** True when a change touched neither spec nor metadata that people set: a status write. Own writes look like that. */
export function isStatusOnly<T extends KubeObject>(change: Change<T>): boolean {
  if (change.kind !== 'Updated') return false;
  const { metadata: before } = change.previous;
  const { metadata: after } = change.current;
  return (
    before.uid === after.uid &&
    before.generation !== undefined &&
    before.generation === after.generation &&
    before.deletionTimestamp === after.deletionTimestamp &&
    sameJson(before.finalizers, after.finalizers) &&
    sameJson(before.labels, after.labels) &&
    sameJson(before.annotations, after.annotations) &&
    sameJson(before.ownerReferences, after.ownerReferences)
  );
}

/** The server keeps the order of keys (sorted), so equal values have equal texts. */
const sameJson = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);
