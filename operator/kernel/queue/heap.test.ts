import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { Heap, type HeapItem } from './heap.ts';

interface Item extends HeapItem {
  rank: number;
}

test('property: pops in order, whatever was moved or removed before', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ rank: fc.nat(50), to: fc.option(fc.nat(50)), drop: fc.boolean() }), { maxLength: 60 }), (plan) => {
      const heap = new Heap<Item>((a, b) => a.rank < b.rank);
      const items = plan.map(({ rank }): Item => ({ rank, place: -1 }));
      for (const item of items) heap.push(item);
      const kept = items.filter((item, at) => {
        const { to, drop } = plan[at] ?? { to: null, drop: false };
        if (drop) heap.remove(item);
        else if (to !== null) {
          item.rank = to;
          heap.moved(item);
        }
        return !drop;
      });
      const popped = Array.from({ length: heap.size }, () => heap.pop()?.rank);
      expect(popped).toEqual(kept.map(({ rank }) => rank).sort((a, b) => a - b));
      expect(heap.pop()).toBeUndefined();
    }),
  );
});
