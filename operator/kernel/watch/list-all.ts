/** A whole list, page by page, all of one moment. */
import type { ApiClient, ListQuery } from '../api/client.ts';
import { isExpired } from '../api/errors.ts';
import type { KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resource.ts';
import type { ObjectCache } from './object-cache.ts';

export interface ListAllOptions<T extends KubeObject> {
  readonly client: ApiClient;
  readonly resource: Resource<T>;
  readonly cache: Pick<ObjectCache<T>, 'intern'>;
  readonly query?: Pick<ListQuery, 'namespace' | 'labelSelector' | 'fieldSelector'>;
  readonly pageSize?: number;
}

export interface WholeList<T extends KubeObject> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
}

const PAGE_SIZE = 500;
/** A page is big, and the server may be at its limit just when everybody lists. */
const PAGE_TIMEOUT_MS = 60_000;

export async function listAll<T extends KubeObject>(options: ListAllOptions<T>, signal: AbortSignal): Promise<WholeList<T>> {
  try {
    return await listPaged(options, options.pageSize ?? PAGE_SIZE, signal);
  } catch (error) {
    if (!isExpired(error)) throw error;
    // The server forgot the moment of the first page while we read on: then all in one page.
    return listPaged(options, undefined, signal);
  }
}

async function listPaged<T extends KubeObject>(
  options: ListAllOptions<T>,
  limit: number | undefined,
  signal: AbortSignal,
): Promise<WholeList<T>> {
  const { client, resource, cache, query } = options;
  const items: T[] = [];
  let next: string | undefined;
  do {
    const page = { ...query, ...(limit !== undefined && { limit }), ...(next !== undefined && { continue: next }) };
    const list = await client.list(resource, page, { signal, timeoutMs: PAGE_TIMEOUT_MS });
    for (const item of list.items) items.push(cache.intern(item));
    next = list.continue;
    if (next === undefined) return { items, resourceVersion: list.resourceVersion };
  } while (!signal.aborted);
  throw signal.reason as Error;
}
