/**
 * What is known of a pool's objects: a copy of those fields that the driver reads, of the objects that there are, and of no
 * others. It is brought in line by batches of events, each of which tells all that changed up to its token.
 */
import { isDeepStrictEqual } from 'node:util';
import { CLASSES, type RecordOf, type Ref } from '../model/model.ts';
import { normalise } from './edge.ts';
import { isRef } from './edge.ts';
import type { Field } from '../model/notation.ts';

/** The classes that are watched, and what is kept of each object. */
export const KEPT = {
  pool: [
    'uuid',
    'name_label',
    'master',
    'ha_enabled',
    'ha_host_failures_to_tolerate',
    'ha_plan_exists_for',
    'ha_overcommitted',
    'restrictions',
  ],
  host: ['uuid', 'name_label', 'hostname', 'address', 'enabled', 'software_version', 'cpu_info', 'other_config', 'metrics', 'capabilities'],
  host_metrics: ['memory_total', 'memory_free', 'live'],
  VM: [
    'uuid',
    'name_label',
    'power_state',
    'is_a_template',
    'is_a_snapshot',
    'is_control_domain',
    'current_operations',
    'blocked_operations',
    'other_config',
    'resident_on',
    'affinity',
    'memory_static_max',
    'memory_dynamic_max',
    'VCPUs_max',
    'VCPUs_at_startup',
    'HVM_boot_params',
    'platform',
    'domain_type',
    'VBDs',
    'VIFs',
    'VTPMs',
    'guest_metrics',
    'suspend_VDI',
  ],
  VM_guest_metrics: ['networks', 'PV_drivers_detected', 'other'],
  SR: ['uuid', 'name_label', 'type', 'content_type', 'physical_size', 'physical_utilisation', 'PBDs', 'shared', 'VDIs'],
  PBD: ['host', 'SR', 'currently_attached'],
  VDI: [
    'uuid',
    'name_label',
    'SR',
    'virtual_size',
    'physical_utilisation',
    'other_config',
    'VBDs',
    'is_a_snapshot',
    'managed',
    'missing',
    'read_only',
    'sharable',
    'sm_config',
  ],
  VBD: ['uuid', 'VM', 'VDI', 'userdevice', 'device', 'type', 'mode', 'bootable', 'empty', 'currently_attached', 'other_config'],
  VIF: ['uuid', 'VM', 'network', 'MAC', 'device', 'MTU', 'currently_attached', 'other_config'],
  PIF: ['host', 'network', 'VLAN'],
  network: ['uuid', 'name_label', 'bridge', 'MTU'],
  task: ['uuid', 'name_label', 'status', 'progress', 'result', 'error_info'],
} as const satisfies { readonly [C in keyof typeof CLASSES]?: readonly (keyof RecordOf<C>)[] };

export type Watched = keyof typeof KEPT;
export const WATCHED = Object.keys(KEPT) as readonly Watched[];

/** With its own reference. */
export type Kept<C extends Watched> = Pick<RecordOf<C>, (typeof KEPT)[C][number] & keyof RecordOf<C>> & { readonly ref: Ref };

/** One event of `event.from`, as it comes. */
export interface RawEvent {
  /** In lower case. */
  readonly class: string;
  readonly operation: string;
  readonly ref: string;
  readonly snapshot?: Readonly<Record<string, unknown>>;
}

export interface Change {
  readonly name: Watched;
  readonly before: object | undefined;
  readonly after: object | undefined;
}

const BY_LOWER_CASE: ReadonlyMap<string, Watched> = new Map(WATCHED.map((name) => [name.toLowerCase(), name]));

export class Objects {
  readonly #byClass = new Map<Watched, Map<Ref, object>>(WATCHED.map((name) => [name, new Map()]));

  /** Undefined for a reference to nothing, too. */
  get<C extends Watched>(name: C, ref: Ref): Kept<C> | undefined {
    return this.#of(name).get(ref) as Kept<C> | undefined;
  }

  all<C extends Watched>(name: C): IterableIterator<Kept<C>> {
    return this.#of(name).values() as IterableIterator<Kept<C>>;
  }

  find<C extends Watched>(name: C, matches: (object: Kept<C>) => boolean): Kept<C> | undefined {
    for (const object of this.all(name)) if (matches(object)) return object;
    return undefined;
  }

  /** Those of the references that refer to something that is known. */
  each<C extends Watched>(name: C, refs: readonly Ref[]): readonly Kept<C>[] {
    return refs.filter(isRef).flatMap((ref) => this.get(name, ref) ?? []);
  }

  count(name: Watched): number {
    return this.#of(name).size;
  }

  /** Whether there are as many as the server says; what it does not tell is not compared. Classes in lower case. */
  agreesWith(counts: Readonly<Record<string, unknown>>): boolean {
    return WATCHED.every((name) => {
      const told = counts[name.toLowerCase()];
      return told === undefined || Number(told) === this.count(name);
    });
  }

  apply(events: readonly RawEvent[]): readonly Change[] {
    return events.flatMap((event) => this.#applyOne(event) ?? []);
  }

  /** What differs in the other, object by object. */
  changesTo(other: Objects): readonly Change[] {
    return WATCHED.flatMap((name) => {
      const [before, after] = [this.#of(name), other.#of(name)];
      const refs = new Set([...before.keys(), ...after.keys()]);
      const changes = [...refs].map((ref): Change => ({ name, before: before.get(ref), after: after.get(ref) }));
      return changes.filter((change) => !isDeepStrictEqual(change.before, change.after));
    });
  }

  #applyOne({ class: lower, operation, ref, snapshot }: RawEvent): Change | undefined {
    const name = BY_LOWER_CASE.get(lower.toLowerCase());
    if (name === undefined) return undefined;
    const objects = this.#of(name);
    const before = objects.get(ref);
    const after = operation === 'del' || snapshot === undefined ? undefined : keptOf(name, ref, snapshot);
    if (after === undefined) objects.delete(ref);
    else objects.set(ref, after);
    return { name, before, after };
  }

  #of(name: Watched): Map<Ref, object> {
    const objects = this.#byClass.get(name);
    if (objects === undefined) throw new Error(`${name} is not watched`);
    return objects;
  }
}

/** What an older server does not know of is as for a new object. */
function keptOf(name: Watched, ref: Ref, raw: Readonly<Record<string, unknown>>): object {
  const fields: Readonly<Record<string, Field>> = CLASSES[name].fields;
  const kept = KEPT[name].map((key) => [key, normalise(fields[key]?.type ?? 'string', raw[key] ?? fields[key]?.initial)] as const);
  return { ref, ...Object.fromEntries(kept) };
}
