/**
 * The typed client of the Kubernetes API: thin, over keep-alive HTTPS, without throttling of its own (the API server's
 * priority and fairness does that). `http-client.ts` implements it; `testing/memory-api.ts` stands in for it in unit tests.
 *
 * All calls reject with `ApiError`, or with the signal's reason when the caller aborted. Nothing is retried but answers
 * of 429 that carry Retry-After, and reads whose connection failed; both within the call's deadline.
 */
import type { KubeObject, NewObject, ObjectRef } from './object.ts';
import type { Resource } from './resource.ts';

/** How long a caller waits, and when it stops waiting. A reconcile's context is one. */
export interface ApiCall {
  readonly signal: AbortSignal;
  /** From now; absent: 30 s. Retries count. A watch has no deadline. */
  readonly timeoutMs?: number;
}

export interface ListQuery {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Page size; the answer's `continue` asks for the next. */
  readonly limit?: number;
  readonly continue?: string;
  /** Absent: the newest there is (a consistent read). */
  readonly resourceVersion?: string;
}

export interface ObjectList<T extends KubeObject> {
  readonly resourceVersion: string;
  /** Set when there are more pages. */
  readonly continue: string | undefined;
  /** apiVersion and kind are filled in, though the server leaves them out of lists. */
  readonly items: readonly T[];
}

export interface WatchQuery {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Where to start: events after it are sent. */
  readonly resourceVersion: string;
  /** After this the server ends the watch by itself, in seconds. */
  readonly timeoutSeconds: number;
}

/** `Bookmark` says only that everything up to this resourceVersion has been sent. */
export interface WatchCall extends Pick<ApiCall, 'signal'> {
  /** Whether the caller has an object of that version already; such an event may come as a mere `Bookmark`, which costs less to read. */
  readonly isKnown?: (resourceVersion: string) => boolean;
}

export type WatchEvent<T extends KubeObject> =
  { readonly kind: 'Added' | 'Modified' | 'Deleted'; readonly object: T } | { readonly kind: 'Bookmark'; readonly resourceVersion: string };

export interface PatchOptions {
  readonly subresource?: string;
  readonly fieldManager?: string;
}

export interface ApplyOptions {
  readonly fieldManager: string;
  /** Takes fields over from other managers. Only for objects that are ours. */
  readonly force?: boolean;
  readonly subresource?: string;
}

export interface DeleteOptions {
  /** Precondition: this very object, not a later one of the same name. */
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
}

export interface ApiClient {
  /** Rejects with `NotFound` when there is none. */
  get<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, call: ApiCall): Promise<T>;
  /** As `get`, but undefined when there is none. */
  find<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, call: ApiCall): Promise<T | undefined>;
  /** One page. */
  list<T extends KubeObject>(resource: Resource<T>, query: ListQuery, call: ApiCall): Promise<ObjectList<T>>;
  create<T extends KubeObject>(
    resource: Resource<T>,
    object: NewObject<T>,
    call: ApiCall,
    options?: { readonly fieldManager?: string },
  ): Promise<T>;
  /** RFC 7386. With `metadata.resourceVersion` in the patch it is guarded: `Conflict` when the object has changed since. */
  mergePatch<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, patch: object, call: ApiCall, options?: PatchOptions): Promise<T>;
  /** Server-side apply; namespace and name are taken from the object's metadata. */
  apply<T extends KubeObject>(resource: Resource<T>, object: ApplyConfiguration, call: ApiCall, options: ApplyOptions): Promise<T>;
  /** Resolves when the deletion was accepted: finalizers may still hold the object. */
  delete(resource: Resource, ref: ObjectRef, call: ApiCall, options?: DeleteOptions): Promise<void>;
  /**
   * Resolves when the server ended the watch; rejects with `Expired` when `resourceVersion` is too old, and with
   * `ConnectionFailed` when the connection broke. `onEvent` is called in order, synchronously, and must not throw;
   * `onActivity` on every sign of life, also when it is part of an event only.
   */
  watch<T extends KubeObject>(
    resource: Resource<T>,
    query: WatchQuery,
    call: WatchCall,
    onEvent: (event: WatchEvent<T>) => void,
    onActivity?: () => void,
  ): Promise<void>;
  /** Ends idle and running connections. */
  close(): Promise<void>;
}

/** The fields we own of an object, and no others. apiVersion and kind are added from the resource. */
export interface ApplyConfiguration {
  readonly metadata: ObjectRef & {
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: KubeObject['metadata']['ownerReferences'];
    readonly finalizers?: readonly string[];
  };
  readonly [field: string]: unknown;
}
