/**
 * All objects of a pretended API server, with the rules that controllers rely on: resourceVersions, generations,
 * finalizers, the status subresource, optimistic locking, no-op writes. Objects are frozen, as those of a cache ought to be.
 */
import { randomUUID } from 'node:crypto';
import { ApiError } from '../api/errors.ts';
import { type KubeObject, keyOfRef, type ObjectRef } from '../api/object.ts';
import { apiVersionOf, type Resource } from '../api/resource.ts';
import { isEqualJson, isRecord, type JsonRecord } from '../status/equal.ts';
import { timestamp } from '../status/conditions.ts';

/** One change, as watches replay it. */
export interface HistoryEntry {
  readonly resource: string;
  readonly version: number;
  readonly previous: KubeObject | undefined;
  /** Undefined: deleted; `last` is what a watch then shows. */
  readonly current: KubeObject | undefined;
  readonly last: KubeObject;
}

type Draft = Record<string, unknown> & { metadata: Record<string, unknown> };

export class MemoryStore {
  private readonly kinds = new Map<string, Map<string, KubeObject>>();
  private readonly now: () => number;
  private readonly onChange: (entry: HistoryEntry) => void;
  history: HistoryEntry[] = [];
  version = 1;
  /** Watches and pages from before this are too old. */
  compactedAt = 0;

  constructor(now: () => number, onChange: (entry: HistoryEntry) => void) {
    this.now = now;
    this.onChange = onChange;
  }

  objects(resource: Resource): Map<string, KubeObject> {
    const name = nameOf(resource);
    let objects = this.kinds.get(name);
    if (objects === undefined) this.kinds.set(name, (objects = new Map()));
    return objects;
  }

  get(resource: Resource, ref: ObjectRef): KubeObject {
    const found = this.objects(resource).get(keyOfRef(ref));
    if (found === undefined) throw failure(404, 'NotFound', `${resource.plural} "${ref.name}" not found`, ref.name);
    return found;
  }

  create(resource: Resource, object: JsonRecord): KubeObject {
    const draft = copy(object);
    const ref = refOf(draft);
    if (this.objects(resource).has(keyOfRef(ref)))
      throw failure(409, 'AlreadyExists', `${resource.plural} "${ref.name}" already exists`, ref.name);
    const { status: _, ...rest } = draft;
    const metadata = { ...draft.metadata, uid: randomUUID(), creationTimestamp: timestamp(this.now()), generation: 1 };
    return this.store(resource, undefined, { apiVersion: apiVersionOf(resource), kind: resource.kind, ...rest, metadata });
  }

  /** Applies `change` to a copy of the object. Only metadata or spec changes, or only status, as `subresource` says. */
  update(resource: Resource, ref: ObjectRef, subresource: string | undefined, change: (draft: Draft) => Draft): KubeObject {
    const previous = this.get(resource, ref);
    const draft = change(copy(previous));
    const wanted = isRecord(draft['metadata']) ? draft['metadata'] : {};
    const { resourceVersion = previous.metadata.resourceVersion, uid = previous.metadata.uid } = wanted;
    if (resourceVersion !== previous.metadata.resourceVersion || uid !== previous.metadata.uid)
      throw failure(409, 'Conflict', `${resource.plural} "${ref.name}": the object has been modified`, ref.name);
    const base = copy(previous);
    const next: Draft =
      subresource === 'status'
        ? { ...base, status: draft['status'] }
        : { ...draft, metadata: { ...wanted, generation: base.metadata['generation'] }, status: base['status'] };
    if (isEqualJson(previous, next)) return previous;
    if (subresource === undefined && !isEqualJson(contentOf(previous), contentOf(next)))
      next.metadata['generation'] = (previous.metadata.generation ?? 0) + 1;
    const finalizers = next.metadata['finalizers'] as readonly string[] | undefined;
    if (previous.metadata.deletionTimestamp !== undefined && (finalizers?.length ?? 0) === 0) return this.remove(resource, previous, next);
    return this.store(resource, previous, next);
  }

  delete(resource: Resource, ref: ObjectRef, preconditions: { readonly uid?: string; readonly resourceVersion?: string }): void {
    const previous = this.get(resource, ref);
    for (const [name, value] of Object.entries(preconditions))
      if (value !== undefined && (previous.metadata as unknown as JsonRecord)[name] !== value)
        throw failure(409, 'Conflict', `precondition failed: ${name}`, ref.name);
    if ((previous.metadata.finalizers?.length ?? 0) === 0) {
      this.remove(resource, previous, copy(previous));
      return;
    }
    if (previous.metadata.deletionTimestamp !== undefined) return;
    const draft = copy(previous);
    draft.metadata['deletionTimestamp'] = timestamp(this.now());
    draft.metadata['generation'] = (previous.metadata.generation ?? 0) + 1;
    this.store(resource, previous, draft);
  }

  private store(resource: Resource, previous: KubeObject | undefined, draft: Draft): KubeObject {
    const current = this.seal(draft);
    this.objects(resource).set(keyOfRef(current.metadata), current);
    this.record({ resource: nameOf(resource), version: this.version, previous, current, last: current });
    return current;
  }

  private remove(resource: Resource, previous: KubeObject, draft: Draft): KubeObject {
    const last = this.seal(draft);
    this.objects(resource).delete(keyOfRef(previous.metadata));
    this.record({ resource: nameOf(resource), version: this.version, previous, current: undefined, last });
    return last;
  }

  private seal(draft: Draft): KubeObject {
    this.version += 1;
    draft.metadata['resourceVersion'] = String(this.version);
    return freeze(JSON.parse(JSON.stringify(draft))) as KubeObject;
  }

  private record(entry: HistoryEntry): void {
    this.history.push(entry);
    this.onChange(entry);
  }
}

export const nameOf = ({ group, plural }: Resource): string => `${plural}.${group}`;

export function failure(code: number, reason: string, message: string, name?: string): ApiError {
  return new ApiError(message, {
    code,
    reason,
    status: { kind: 'Status', code, reason, message, ...(name !== undefined && { details: { name } }) },
  });
}

const copy = (object: JsonRecord | KubeObject): Draft => JSON.parse(JSON.stringify(object)) as Draft;

const refOf = ({ metadata }: Draft): ObjectRef => metadata as unknown as ObjectRef;

function contentOf(object: KubeObject | Draft): JsonRecord {
  const { metadata: _, status: __, ...content } = object as Draft;
  return content;
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(Object.freeze(value))) freeze(inner);
  return value;
}
