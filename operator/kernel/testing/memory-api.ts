/**
 * An API server in memory, for tests of controllers: quick, and full of faults when asked. It keeps the rules that
 * controllers rely on (memory-store.ts); it knows no schemas, no defaults, no RBAC, and takes any namespace for granted.
 *
 * Apply is a merge that creates what is missing: ownership of fields is not kept. What a real server does differently is
 * for the integration tests to show.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type {
  ApiCall,
  ApiClient,
  ApplyConfiguration,
  ApplyOptions,
  DeleteOptions,
  ListQuery,
  ObjectList,
  PatchOptions,
  WatchCall,
  WatchEvent,
  WatchQuery,
} from '../api/client.ts';
import { ApiError, CONNECTION_FAILED, isNotFound } from '../api/errors.ts';
import { type KubeObject, keyOfRef, type NewObject, type ObjectRef } from '../api/object.ts';
import type { Resource } from '../api/resource.ts';
import { isRecord, type JsonRecord } from '../status/equal.ts';
import { isSelected, type Selection } from './memory-selectors.ts';
import { failure, MemoryStore, nameOf } from './memory-store.ts';
import { MemoryWatch } from './memory-watch.ts';

export interface MemoryRequest {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'patch' | 'apply' | 'delete';
  readonly kind: string;
  /** Empty for list and watch. */
  readonly key: string;
  readonly subresource?: string;
  readonly fieldManager?: string;
}

const WRITES: ReadonlySet<MemoryRequest['verb']> = new Set(['create', 'patch', 'apply', 'delete']);

export const connectionLost = (): ApiError => new ApiError('no connection, or it broke', { code: 0, reason: CONNECTION_FAILED });

export class MemoryApi implements ApiClient {
  /** Every request that reached the server, oldest first. */
  readonly requests: MemoryRequest[] = [];
  /** Throws, or waits, before a request is done: a refusal, a slow network. */
  before: (request: MemoryRequest) => void | Promise<void> = () => undefined;
  /** Throws after it was done: the answer is lost. */
  after: (request: MemoryRequest) => void | Promise<void> = () => undefined;
  /** While true, watches tell nothing: caches fall behind. */
  private held = false;
  private readonly store: MemoryStore;
  private readonly watches = new Set<MemoryWatch>();
  private readonly pages = new Map<string, { readonly version: number; readonly items: readonly KubeObject[] }>();

  constructor(now: () => number = Date.now) {
    this.store = new MemoryStore(now, (entry) => {
      for (const watch of this.watches) watch.push(entry);
      if (!this.held) queueMicrotask(() => this.deliver());
    });
  }

  /** Writes that reached the server, also those that were refused; of one field manager when it is given. */
  writes(fieldManager?: string): readonly MemoryRequest[] {
    return this.requests.filter(
      (request) => WRITES.has(request.verb) && (fieldManager === undefined || request.fieldManager === fieldManager),
    );
  }

  get version(): string {
    return String(this.store.version);
  }

  objects<T extends KubeObject>(resource: Resource<T>): readonly T[] {
    return [...this.store.objects(resource).values()] as T[];
  }

  async get<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, call: ApiCall): Promise<T> {
    return this.handle({ verb: 'get', kind: resource.kind, key: keyOfRef(ref) }, call, () => this.store.get(resource, ref) as T);
  }

  async find<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, call: ApiCall): Promise<T | undefined> {
    return this.get(resource, ref, call).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  }

  async list<T extends KubeObject>(resource: Resource<T>, query: ListQuery, call: ApiCall): Promise<ObjectList<T>> {
    return this.handle({ verb: 'list', kind: resource.kind, key: '' }, call, () => this.page(resource, query));
  }

  async create<T extends KubeObject>(
    resource: Resource<T>,
    object: NewObject<T>,
    call: ApiCall,
    options: { readonly fieldManager?: string } = {},
  ): Promise<T> {
    const request: MemoryRequest = { verb: 'create', kind: resource.kind, key: keyOfRef(object.metadata), ...options };
    return this.handle(request, call, () => this.store.create(resource, object as unknown as JsonRecord) as T);
  }

  async mergePatch<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    patch: object,
    call: ApiCall,
    options: PatchOptions = {},
  ): Promise<T> {
    const request: MemoryRequest = { verb: 'patch', kind: resource.kind, key: keyOfRef(ref), ...options };
    return this.handle(
      request,
      call,
      () => this.store.update(resource, ref, options.subresource, (draft) => merge(draft, patch) as typeof draft) as T,
    );
  }

  async apply<T extends KubeObject>(resource: Resource<T>, object: ApplyConfiguration, call: ApiCall, options: ApplyOptions): Promise<T> {
    const { fieldManager, subresource } = options;
    const request: MemoryRequest = {
      verb: 'apply',
      kind: resource.kind,
      key: keyOfRef(object.metadata),
      fieldManager,
      ...(subresource !== undefined && { subresource }),
    };
    return this.handle(request, call, () => {
      if (!this.store.objects(resource).has(keyOfRef(object.metadata))) return this.store.create(resource, object) as T;
      return this.store.update(resource, object.metadata, subresource, (draft) => merge(draft, object) as typeof draft) as T;
    });
  }

  async delete(resource: Resource, ref: ObjectRef, call: ApiCall, { uid, resourceVersion }: DeleteOptions = {}): Promise<void> {
    const preconditions = { ...(uid !== undefined && { uid }), ...(resourceVersion !== undefined && { resourceVersion }) };
    await this.handle({ verb: 'delete', kind: resource.kind, key: keyOfRef(ref) }, call, () =>
      this.store.delete(resource, ref, preconditions),
    );
  }

  async watch<T extends KubeObject>(
    resource: Resource<T>,
    query: WatchQuery,
    { signal }: WatchCall,
    onEvent: (event: WatchEvent<T>) => void,
    onActivity?: () => void,
  ): Promise<void> {
    const watch = await this.handle({ verb: 'watch', kind: resource.kind, key: '' }, { signal }, () =>
      this.open(resource, query, onEvent, onActivity),
    );
    const onAbort = (): void => watch.finish(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await watch.end;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.watches.delete(watch);
    }
  }

  async close(): Promise<void> {
    await Promise.resolve(this.breakWatches());
  }

  /** Watches fall behind until `release`. */
  hold(): void {
    this.held = true;
  }

  release(): void {
    this.held = false;
    this.deliver();
  }

  /** Tells at most `limit` of what each watch has waiting, also while held. */
  deliver(limit?: number): void {
    for (const watch of this.watches) watch.deliver(limit);
  }

  bookmark(): void {
    for (const watch of this.watches) watch.bookmark(this.version);
    if (!this.held) this.deliver();
  }

  /** Every watch loses its connection, with all that it had not told. */
  breakWatches(): void {
    for (const watch of this.watches) watch.finish(connectionLost());
  }

  /** The server ends every watch in order, as it does after some minutes. */
  endWatches(): void {
    for (const watch of this.watches) watch.finish();
  }

  /** Forgets its history: whoever is behind has to list afresh. */
  compact(): void {
    this.store.compactedAt = this.store.version;
    this.store.history = [];
    this.pages.clear();
  }

  private async handle<A>(request: MemoryRequest, { signal }: Pick<ApiCall, 'signal'>, work: () => A): Promise<A> {
    signal.throwIfAborted();
    await nextTurn();
    await this.before(request);
    signal.throwIfAborted();
    this.requests.push(request);
    const answer = work();
    await this.after(request);
    return answer;
  }

  private page<T extends KubeObject>(resource: Resource<T>, query: ListQuery): ObjectList<T> {
    const rest = query.continue === undefined ? undefined : this.pages.get(query.continue);
    if (query.continue !== undefined && rest === undefined) throw failure(410, 'Expired', 'the continue token is too old');
    const version = rest?.version ?? this.store.version;
    const all = rest?.items ?? [...this.store.objects(resource).values()].filter((object) => isSelected(object, query));
    const limit = query.limit ?? all.length;
    const left = all.slice(limit);
    const token = `${version}/${this.pages.size}/${this.requests.length}`;
    if (left.length > 0) this.pages.set(token, { version, items: left });
    return { resourceVersion: String(version), continue: left.length > 0 ? token : undefined, items: all.slice(0, limit) as T[] };
  }

  private open<T extends KubeObject>(
    resource: Resource<T>,
    query: WatchQuery,
    onEvent: (event: WatchEvent<T>) => void,
    onActivity: (() => void) | undefined,
  ): MemoryWatch {
    const from = Number(query.resourceVersion);
    if (from < this.store.compactedAt) throw failure(410, 'Expired', `too old resource version: ${from}`);
    const selection: Selection = query;
    const watch = new MemoryWatch(nameOf(resource), selection, (event) => {
      onActivity?.();
      onEvent(event as WatchEvent<T>);
    });
    for (const entry of this.store.history) if (entry.version > from) watch.push(entry);
    this.watches.add(watch);
    if (!this.held) queueMicrotask(() => watch.deliver());
    return watch;
  }
}

/** RFC 7386. */
function merge(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const result: Record<string, unknown> = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (value !== undefined) result[key] = merge(result[key], value);
  }
  return result;
}
