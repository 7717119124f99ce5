/**
 * Who wrote what into a Hypervisor that a pool made: the pool keeps what it wrote, and what anybody else wrote stands.
 *
 * The API server knows who wrote each field (managedFields). What is looked at is not the single field but what makes sense
 * by itself: one label, one network, one pool, a factor. Pure; the table in `ownership.test.ts` is the specification.
 */
import type { ApplyConfiguration } from '../kernel/api/client.ts';
import { isEqualJson, isRecord, type JsonRecord } from '../kernel/status/equal.ts';
import type { Wanted } from './wanted.ts';

/** As metav1.ManagedFieldsEntry. */
export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly fieldsV1?: JsonRecord;
}

export interface Live {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly ManagedFields[];
  };
  readonly spec: object;
}

type Path = readonly string[];
interface Unit {
  readonly path: Path;
  readonly value: unknown;
}

/** Maps of which each entry is somebody's; everything else of a spec is one unit a field. */
const MAPS: ReadonlySet<string> = new Set(['networks', 'pools']);

/** What is to be applied so that it is as wanted, as far as nobody else has a say; undefined: it is. */
export function applyOf(wanted: Wanted, live: Live, manager: string): ApplyConfiguration | undefined {
  const { name, uid, managedFields = [] } = live.metadata;
  const entries = managedFields.filter(({ subresource = '' }) => subresource === '');
  const ours = entries.filter((entry) => entry.manager === manager && entry.operation === 'Apply');
  const others = entries.filter((entry) => !ours.includes(entry));
  const isTheirs = (path: Path): boolean => others.some((entry) => has(entry, path));
  const kept = unitsOf(wanted).filter(({ path }) => !isTheirs(path));
  const owned = ours.flatMap(ownedPaths);
  // What of their units is ours still stays as it is: left out, it would be taken out of what they wrote.
  const left = owned.filter(isTheirs).flatMap((path) => ours.flatMap((entry) => leavesOf(entry, path)));
  const retained = left.map((path) => ({ path, value: valueAt(live, path) })).filter(({ value }) => value !== undefined);
  const inLine = kept.every(({ path, value }) => isEqualJson(valueAt(live, path), value));
  const own = new Set(owned.filter((path) => !isTheirs(path)).map(keyOf));
  const sameOwned = own.size === kept.length && kept.every(({ path }) => own.has(keyOf(path)));
  if (inLine && (sameOwned || managedFields.length === 0)) return undefined;
  return configuration({ name, uid }, [...kept, ...retained]);
}

/** Of one that is not there yet. */
export function creationOf(wanted: Wanted, name: string): ApplyConfiguration {
  return configuration({ name }, unitsOf(wanted));
}

function configuration(ref: { readonly name: string; readonly uid?: string }, units: readonly Unit[]): ApplyConfiguration {
  const tree: Record<string, unknown> = {};
  for (const { path, value } of units) put(tree, path, value);
  const metadata = isRecord(tree['metadata']) ? tree['metadata'] : {};
  return { ...tree, metadata: { ...metadata, ...ref } };
}

function put(tree: Record<string, unknown>, [first = '', ...rest]: Path, value: unknown): void {
  if (rest.length === 0) {
    tree[first] = value;
    return;
  }
  const below: Record<string, unknown> = isRecord(tree[first]) ? tree[first] : {};
  tree[first] = below;
  put(below, rest, value);
}

function unitsOf({ labels, spec }: Wanted): readonly Unit[] {
  const ofSpec = Object.entries(spec).flatMap(([field, value]): readonly Unit[] =>
    MAPS.has(field)
      ? Object.entries(value).map(([key, entry]) => ({ path: ['spec', field, key], value: entry }))
      : [{ path: ['spec', field], value }],
  );
  return [...Object.entries(labels).map(([key, value]) => ({ path: ['metadata', 'labels', key], value })), ...ofSpec];
}

/** Whether the entry has the path, or anything below it. */
const has = ({ fieldsV1 }: ManagedFields, path: Path): boolean => nodeAt(fieldsV1, path) !== undefined;

function nodeAt(fields: unknown, path: Path): unknown {
  return path.reduce<unknown>((node, step) => (isRecord(node) ? node[`f:${step}`] : undefined), fields);
}

function ownedPaths({ fieldsV1 }: ManagedFields): readonly Path[] {
  const labels = keysBelow(fieldsV1, ['metadata', 'labels']).map((key) => ['metadata', 'labels', key]);
  const spec = keysBelow(fieldsV1, ['spec']).flatMap((field) =>
    MAPS.has(field) ? keysBelow(fieldsV1, ['spec', field]).map((key) => ['spec', field, key]) : [['spec', field]],
  );
  return [...labels, ...spec];
}

/** The fields themselves that an entry has at or below the path. */
function leavesOf({ fieldsV1 }: ManagedFields, path: Path): readonly Path[] {
  const below = keysBelow(fieldsV1, path);
  if (nodeAt(fieldsV1, path) === undefined) return [];
  return below.length === 0 ? [path] : below.flatMap((key) => leavesOf({ ...(fieldsV1 && { fieldsV1 }) }, [...path, key]));
}

function keysBelow(fields: JsonRecord | undefined, path: Path): readonly string[] {
  const node = nodeAt(fields, path);
  return isRecord(node) ? Object.keys(node).flatMap((key) => (key.startsWith('f:') ? [key.slice(2)] : [])) : [];
}

const valueAt = (live: Live, path: Path): unknown =>
  path.reduce<unknown>((node, step) => (isRecord(node) && Object.hasOwn(node, step) ? node[step] : undefined), live);

const keyOf = (path: Path): string => JSON.stringify(path);
