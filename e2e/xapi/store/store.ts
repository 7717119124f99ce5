/** All objects of a pool: typed access by class, both sides of relations kept, every change journalled and told to who listens. */
import { randomUUID } from 'node:crypto';
import { tableOf } from '../../../drivers/xen/model/generic.ts';
import { CLASSES, type ClassName, type RecordOf, type Ref, type Value } from '../../../drivers/xen/model/model.ts';
import { NULL_REF } from '../../../drivers/xen/model/notation.ts';
import { failure } from '../wire/failure.ts';
import { textOf } from '../wire/text.ts';
import { initialRecord } from './initial.ts';
import { Journal, type Changes, type Row } from './journal.ts';
import { forwards, backwards } from './related.ts';

type Change = Readonly<Record<string, Value>>;

export class Store {
  readonly #journal = new Journal();
  readonly #classes = new Map<ClassName, Map<Ref, Row>>((Object.keys(CLASSES) as ClassName[]).map((name) => [name, new Map<Ref, Row>()]));
  readonly #byUuid = new Map<string, Ref>();
  readonly #listeners = new Set<() => void>();

  get generation(): number {
    return this.#journal.generation;
  }

  /** @returns the reference; `uuid` is made unless given */
  create<C extends ClassName>(className: C, fields: Partial<RecordOf<C>>, ref: Ref = `OpaqueRef:${randomUUID()}`): Ref {
    const given = fields as Change;
    const uuid = textOf(given['uuid'] ?? randomUUID());
    const record: Record<string, Value> = { ...initialRecord(className), ...given };
    if ('uuid' in tableOf(className).fields) record['uuid'] = uuid;
    const row = this.#journal.add({ className, ref, record });
    this.#rows(className).set(ref, row);
    this.#byUuid.set(`${className} ${uuid}`, ref);
    for (const [field, related] of forwards(className)) for (const other of refsOf(record[field])) this.#join(related, other, ref);
    this.#tell();
    return ref;
  }

  /** @throws HANDLE_INVALID */
  get<C extends ClassName>(className: C, ref: Ref): RecordOf<C> {
    const found = this.find(className, ref);
    if (found === undefined) throw failure('HANDLE_INVALID', className, ref);
    return found;
  }

  find<C extends ClassName>(className: C, ref: Ref): RecordOf<C> | undefined {
    return this.#rows(className).get(ref)?.record as RecordOf<C> | undefined;
  }

  has(className: ClassName, ref: Ref): boolean {
    return this.#rows(className).has(ref);
  }

  /** Does nothing, and tells of nothing, if everything is so already. */
  update<C extends ClassName>(className: C, ref: Ref, change: Partial<RecordOf<C>>): void {
    const row = this.#rows(className).get(ref);
    if (row === undefined) throw failure('HANDLE_INVALID', className, ref);
    this.#write(row, change as Change);
  }

  /** As `update`, of an object that may be gone by now. */
  updateIfThere<C extends ClassName>(className: C, ref: Ref, change: Partial<RecordOf<C>>): void {
    if (this.has(className, ref)) this.update(className, ref, change);
  }

  /** Tells of the object as if it had changed. */
  touch(className: ClassName, ref: Ref): void {
    if (!this.has(className, ref)) throw failure('HANDLE_INVALID', className, ref);
    this.#journal.touch(ref);
    this.#tell();
  }

  /** What referred to the object refers to nothing then. */
  destroy(className: ClassName, ref: Ref): void {
    const row = this.#rows(className).get(ref);
    if (row === undefined) throw failure('HANDLE_INVALID', className, ref);
    for (const [field, related] of forwards(className)) for (const other of refsOf(row.record[field])) this.#part(related, other, ref);
    for (const [field, related] of backwards(className)) {
      for (const other of (row.record[field] as readonly Ref[] | undefined) ?? []) {
        const now = (this.find(related.className, other) as Change | undefined)?.[related.field];
        const left = Array.isArray(now) ? now.filter((one) => one !== ref) : NULL_REF;
        this.updateIfThere(related.className, other, { [related.field]: left });
      }
    }
    this.#rows(className).delete(ref);
    this.#byUuid.delete(`${className} ${textOf(row.record['uuid'])}`);
    this.#journal.remove(ref);
    this.#tell();
  }

  all<C extends ClassName>(className: C): readonly (readonly [Ref, RecordOf<C>])[] {
    return [...this.#rows(className).values()].map(({ ref, record }) => [ref, record as RecordOf<C>] as const);
  }

  count(className: ClassName): number {
    return this.#rows(className).size;
  }

  byUuid(className: ClassName, uuid: string): Ref | undefined {
    return this.#byUuid.get(`${className} ${uuid}`);
  }

  changes(generation: number, wanted: Parameters<Journal['since']>[1]): Changes {
    return this.#journal.since(generation, wanted);
  }

  /** @returns what ends it */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #rows(className: ClassName): Map<Ref, Row> {
    const rows = this.#classes.get(className);
    if (rows === undefined) throw new TypeError(`there is no class ${className}`);
    return rows;
  }

  #write(row: Row, change: Change): void {
    const changed = Object.entries(change).filter(([field, value]) => !same(row.record[field], value));
    if (changed.length === 0) return;
    const before = row.record;
    this.#replace(row, change);
    const relations = forwards(row.className);
    for (const [field, value] of changed) {
      const related = relations.get(field);
      if (related === undefined) continue;
      for (const other of refsOf(before[field])) this.#part(related, other, row.ref);
      for (const other of refsOf(value)) this.#join(related, other, row.ref);
    }
    this.#tell();
  }

  #replace(row: Row, change: Change): void {
    row.record = { ...row.record, ...change };
    this.#journal.touch(row.ref);
  }

  // Both are known to be changes, and sets may be long: they are not compared.
  #join({ className, field }: Side, ref: Ref, member: Ref): void {
    const row = this.#rows(className).get(ref);
    if (row !== undefined) this.#replace(row, { [field]: [...(row.record[field] as readonly Ref[]), member] });
  }

  #part({ className, field }: Side, ref: Ref, member: Ref): void {
    const row = this.#rows(className).get(ref);
    if (row !== undefined) this.#replace(row, { [field]: (row.record[field] as readonly Ref[]).filter((one) => one !== member) });
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** One reference, or a set of them. */
const refsOf = (value: Value | undefined): readonly Ref[] => (Array.isArray(value) ? value.map(textOf) : [textOf(value)]);

interface Side {
  readonly className: ClassName;
  readonly field: string;
}

function same(one: Value | undefined, other: Value | undefined): boolean {
  if (typeof one !== 'object' || typeof other !== 'object') return one === other;
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
