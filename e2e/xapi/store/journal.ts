/**
 * Which objects changed since when. Generations count every change of the store; an object stands where its last change is, so
 * what changed since a generation is found in the time of what changed, however many objects there are.
 */
import type { ClassName, Ref, Value } from '../../../drivers/xen/model/model.ts';
import { textOf } from '../wire/text.ts';

export interface Row {
  readonly className: ClassName;
  readonly ref: Ref;
  /** Replaced as a whole, never changed: who holds one, holds what was. */
  record: Readonly<Record<string, Value>>;
  readonly created: number;
  modified: number;
}

/** What is left of an object that is gone. */
export interface Tombstone {
  readonly className: ClassName;
  readonly ref: Ref;
  readonly uuid: string;
  readonly created: number;
  readonly deleted: number;
}

export interface Changes {
  readonly added: readonly Row[];
  readonly modified: readonly Row[];
  readonly deleted: readonly Tombstone[];
}

interface Node {
  readonly row: Row;
  previous: Node | undefined;
  next: Node | undefined;
}

/** Deletions that are remembered; a client that sleeps through more of them does not hear of the first. */
const MAX_TOMBSTONES = 100_000;

export class Journal {
  #generation = 0;
  #last: Node | undefined;
  readonly #nodes = new Map<Ref, Node>();
  #tombstones: Tombstone[] = [];

  get generation(): number {
    return this.#generation;
  }

  add(row: Omit<Row, 'created' | 'modified'>): Row {
    this.#generation += 1;
    const added = { ...row, created: this.#generation, modified: this.#generation };
    this.#append({ row: added, previous: undefined, next: undefined });
    return added;
  }

  touch(ref: Ref): void {
    const node = this.#nodes.get(ref);
    if (node === undefined) return;
    this.#generation += 1;
    node.row.modified = this.#generation;
    this.#detach(node);
    this.#append(node);
  }

  remove(ref: Ref): void {
    const node = this.#nodes.get(ref);
    if (node === undefined) return;
    this.#generation += 1;
    this.#detach(node);
    this.#nodes.delete(ref);
    const { className, created, record } = node.row;
    this.#tombstones.push({ className, ref, uuid: textOf(record['uuid']), created, deleted: this.#generation });
    if (this.#tombstones.length > 2 * MAX_TOMBSTONES) this.#tombstones = this.#tombstones.slice(-MAX_TOMBSTONES);
  }

  /** Created and deleted since: nothing. Created and changed since: only added. Each list in the order of the changes. */
  since(generation: number, wanted: (of: { readonly className: ClassName; readonly ref: Ref }) => boolean): Changes {
    const added: Row[] = [];
    const modified: Row[] = [];
    for (let node = this.#last; node !== undefined && node.row.modified > generation; node = node.previous) {
      if (wanted(node.row)) (node.row.created > generation ? added : modified).push(node.row);
    }
    const deleted: Tombstone[] = [];
    for (let index = this.#tombstones.length - 1; index >= 0; index -= 1) {
      const tombstone = this.#tombstones[index];
      if (tombstone === undefined || tombstone.deleted <= generation) break;
      if (tombstone.created <= generation && wanted(tombstone)) deleted.push(tombstone);
    }
    return { added: added.toReversed(), modified: modified.toReversed(), deleted: deleted.toReversed() };
  }

  #append(node: Node): void {
    node.previous = this.#last;
    node.next = undefined;
    if (this.#last !== undefined) this.#last.next = node;
    this.#last = node;
    this.#nodes.set(node.row.ref, node);
  }

  #detach(node: Node): void {
    if (node.previous !== undefined) node.previous.next = node.next;
    if (node.next === undefined) this.#last = node.previous;
    else node.next.previous = node.previous;
  }
}
