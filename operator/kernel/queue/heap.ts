/** A binary heap whose items know their place, so that one in the middle can be moved or removed in O(log n). */
export interface HeapItem {
  /** Place in the heap; -1 when it is in none. Only the heap writes it. */
  place: number;
}

export class Heap<T extends HeapItem> {
  private readonly items: T[] = [];
  private readonly isBefore: (a: T, b: T) => boolean;

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.isBefore = isBefore;
  }

  get size(): number {
    return this.items.length;
  }

  peek(): T | undefined {
    return this.items[0];
  }

  /** In no particular order. */
  values(): IterableIterator<T> {
    return this.items.values();
  }

  push(item: T): void {
    this.items.push(item);
    this.rise(item, this.items.length - 1);
  }

  pop(): T | undefined {
    const first = this.items[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  remove(item: T): void {
    const { place } = item;
    const last = this.items.pop();
    item.place = -1;
    if (last === undefined || last === item) return;
    this.settle(last, place);
  }

  /** Call after changing what the order goes by. */
  moved(item: T): void {
    this.settle(item, item.place);
  }

  private settle(item: T, place: number): void {
    const risen = this.rise(item, place);
    if (risen === place) this.sink(item, place);
  }

  private rise(item: T, from: number): number {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = this.items[above];
      if (parent === undefined || !this.isBefore(item, parent)) break;
      this.set(parent, place);
      place = above;
    }
    this.set(item, place);
    return place;
  }

  private sink(item: T, from: number): void {
    let place = from;
    for (;;) {
      const below = this.firstChild(place);
      if (below === undefined || !this.isBefore(below, item)) break;
      const next = below.place;
      this.set(below, place);
      place = next;
    }
    this.set(item, place);
  }

  private firstChild(place: number): T | undefined {
    const left = this.items[2 * place + 1];
    const right = this.items[2 * place + 2];
    return left !== undefined && right !== undefined && this.isBefore(right, left) ? right : left;
  }

  private set(item: T, place: number): void {
    this.items[place] = item;
    item.place = place;
  }
}
