/** `ApiClient` over HTTP. */
import type { Clock } from '../clock.ts';
import type { Metrics } from '../http/metrics.ts';
import { sleep } from '../timers.ts';
import { errorOfAnswer } from './answers.ts';
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
} from './client.ts';
import { ApiError, CONNECTION_FAILED, isNotFound } from './errors.ts';
import type { KubeObject, NewObject, ObjectRef } from './object.ts';
import { query } from './query.ts';
import { apiVersionOf, collectionPath, objectPath, type Resource } from './resource.ts';
import { describe, type HttpRequest, type HttpStream, type Transport } from './transport.ts';
import { readWatch } from './watch-stream.ts';

export const DEFAULT_TIMEOUT_MS = 30_000;
/** Reads whose connection failed are tried this often in all; the keep-alive connections of a restarted server are all dead at once. */
const READ_TRIES = 3;
const READ_RETRY_MS = 50;
/** When a 429 says no time, or none worth waiting for. */
const MIN_RETRY_AFTER_MS = 100;
const WATCH_HEADERS_TIMEOUT_MS = 10_000;

export interface HttpApiClientOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly random: () => number;
}

export class HttpApiClient implements ApiClient {
  private readonly transport: Transport;
  private readonly clock: Clock;
  private readonly metrics: Metrics;
  private readonly random: () => number;

  constructor({ transport, clock, metrics, random }: HttpApiClientOptions) {
    this.transport = transport;
    this.clock = clock;
    this.metrics = metrics;
    this.random = random;
  }

  async get<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, call: ApiCall): Promise<T> {
    return this.request<T>({ method: 'GET', path: objectPath(resource, ref) }, call);
  }

  async find<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, call: ApiCall): Promise<T | undefined> {
    try {
      return await this.get(resource, ref, call);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async list<T extends KubeObject>(resource: Resource<T>, { namespace, ...rest }: ListQuery, call: ApiCall): Promise<ObjectList<T>> {
    const path = collectionPath(resource, namespace) + query({ ...rest });
    const list = await this.request<RawList<T>>({ method: 'GET', path }, call);
    const { resourceVersion, continue: next } = list.metadata;
    const apiVersion = apiVersionOf(resource);
    const items = list.items ?? [];
    // Custom resources name their kind in lists, built-in ones do not.
    for (const item of items) if ((item.kind as string | undefined) === undefined) Object.assign(item, { apiVersion, kind: resource.kind });
    return { resourceVersion, continue: next === '' ? undefined : next, items };
  }

  async create<T extends KubeObject>(
    resource: Resource<T>,
    object: NewObject<T>,
    call: ApiCall,
    options: { readonly fieldManager?: string } = {},
  ): Promise<T> {
    const path = collectionPath(resource, object.metadata.namespace) + query({ ...options });
    const body = JSON.stringify({ apiVersion: apiVersionOf(resource), kind: resource.kind, ...object });
    return this.request<T>({ method: 'POST', path, body }, call);
  }

  async mergePatch<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    patch: object,
    call: ApiCall,
    options: PatchOptions = {},
  ): Promise<T> {
    const { subresource, ...rest } = options;
    const path = objectPath(resource, ref, subresource) + query(rest);
    return this.request<T>({ method: 'PATCH', path, body: JSON.stringify(patch), contentType: 'application/merge-patch+json' }, call);
  }

  async apply<T extends KubeObject>(resource: Resource<T>, object: ApplyConfiguration, call: ApiCall, options: ApplyOptions): Promise<T> {
    const { subresource, ...rest } = options;
    const path = objectPath(resource, object.metadata, subresource) + query(rest);
    const body = JSON.stringify({ apiVersion: apiVersionOf(resource), kind: resource.kind, ...object });
    // Any JSON is YAML; the server knows this media type in every version.
    return this.request<T>({ method: 'PATCH', path, body, contentType: 'application/apply-patch+yaml' }, call);
  }

  async delete(resource: Resource, ref: ObjectRef, call: ApiCall, options: DeleteOptions = {}): Promise<void> {
    const { propagationPolicy, ...preconditions } = options;
    const body = JSON.stringify({ kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy, preconditions });
    await this.request<unknown>({ method: 'DELETE', path: objectPath(resource, ref), body }, call);
  }

  async watch<T extends KubeObject>(
    resource: Resource<T>,
    { namespace, ...rest }: WatchQuery,
    call: WatchCall,
    onEvent: (event: WatchEvent<T>) => void,
    onActivity?: () => void,
  ): Promise<void> {
    const path = collectionPath(resource, namespace) + query({ watch: true, allowWatchBookmarks: true, ...rest });
    const request: HttpRequest = { method: 'GET', path };
    const stream = await this.transport.stream(request, call.signal, WATCH_HEADERS_TIMEOUT_MS);
    this.count(stream.code, 'GET');
    if (stream.code !== 200)
      throw errorOfAnswer(describe(request), stream.code, await textOf(stream), stream.message.headers['retry-after']);
    onActivity?.();
    await readWatch(describe(request), stream.message, call, onEvent, onActivity);
  }

  async close(): Promise<void> {
    await Promise.resolve(this.transport.close());
  }

  private async request<A>(request: HttpRequest, { signal, timeoutMs = DEFAULT_TIMEOUT_MS }: ApiCall): Promise<A> {
    const endsAt = this.clock.monotonic() + timeoutMs;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.attempt<A>(request, signal, endsAt - this.clock.monotonic());
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        const pause = this.pauseBeforeRetry(request, error, attempt);
        if (pause === undefined || this.clock.monotonic() + pause >= endsAt) throw error;
        await sleep(this.clock, pause, signal);
      }
    }
  }

  private async attempt<A>(request: HttpRequest, signal: AbortSignal, timeoutMs: number): Promise<A> {
    try {
      const { code, body, retryAfter } = await this.transport.call(request, signal, timeoutMs);
      this.count(code, request.method);
      if (code < 200 || code > 299) throw errorOfAnswer(describe(request), code, body, retryAfter);
      return JSON.parse(body) as A;
    } catch (error) {
      if (error instanceof ApiError && error.code === 0) this.count('<error>', request.method);
      throw error;
    }
  }

  /** Undefined: the failure is the answer. */
  private pauseBeforeRetry({ method }: HttpRequest, error: ApiError, attempt: number): number | undefined {
    // A server that is too busy has not begun: that is safe for writes too.
    if (error.code === 429 && error.retryAfterMs !== undefined)
      return Math.max(error.retryAfterMs, MIN_RETRY_AFTER_MS) * (1 + this.random() / 4);
    if (error.reason === CONNECTION_FAILED && method === 'GET' && attempt < READ_TRIES)
      return READ_RETRY_MS * 2 ** (attempt - 1) * (0.5 + this.random());
    return undefined;
  }

  private count(code: number | '<error>', method: string): void {
    this.metrics.requests.inc({ code, method, host: this.transport.host });
  }
}

interface RawList<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items?: readonly T[] | null;
}

async function textOf({ message }: HttpStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
