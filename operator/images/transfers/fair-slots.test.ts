import { expect, test } from '@jest/globals';
import { settled } from '../../kernel/testing/manual-clock.ts';
import { FairSlots, type Place, type Turn } from './fair-slots.ts';

const { signal } = new AbortController();

/** Waits for a turn, and says when it has come. */
function queue(slots: FairSlots) {
  const turns = new Map<string, Turn>();
  const take = (name: string, place: Place, until = signal): void =>
    void place.turn(until).then(
      (turn) => turns.set(name, turn),
      () => turns.delete(name),
    );
  const enter = (name: string, host = 'h', until = signal): Place => {
    const place = slots.join(host, name.slice(0, 1), 'Image');
    take(name, place, until);
    return place;
  };
  const end = (name: string): void => {
    turns.get(name)?.end();
    turns.delete(name);
  };
  const holders = async (): Promise<string> => {
    await settled();
    return [...turns.keys()].toSorted().join(' ');
  };
  return { turns, take, enter, end, holders };
}

test('first come, first served; each host by itself', async () => {
  const { enter, end, holders } = queue(new FairSlots(1));
  enter('a1');
  enter('b1');
  enter('c1');
  enter('d1', 'other');
  expect(await holders()).toBe('a1 d1');
  end('a1');
  expect(await holders()).toBe('b1 d1');
  end('b1');
  expect(await holders()).toBe('c1 d1');
});

test('a namespace that filled the queue gives way to another, and keeps its place', async () => {
  const { turns, take, enter, end, holders } = queue(new FairSlots(2));
  enter('a1');
  const second = enter('a2');
  enter('a3');
  expect(await holders()).toBe('a1 a2');
  enter('b1');
  expect(turns.get('a1')?.signal.aborted).toBe(false);
  expect(turns.get('a2')?.signal.reason).toMatchObject({ reason: 'Aborted' });
  end('a2');
  take('a2', second);
  expect(await holders()).toBe('a1 b1');
  end('b1');
  expect(await holders()).toBe('a1 a2');
});

test('who gives up makes room, whether it waited or not; a slot comes back once', async () => {
  const { turns, enter, end, holders } = queue(new FairSlots(1));
  const leaving = new AbortController();
  enter('a1');
  enter('b1', 'h', leaving.signal);
  enter('c1');
  await settled();
  leaving.abort(new Error('no more'));
  const first = turns.get('a1');
  end('a1');
  first?.end();
  expect(await holders()).toBe('c1');
  enter('d1', 'h', leaving.signal);
  expect(await holders()).toBe('c1');
});

test.each([1, 2])('more namespaces than slots, and none of those that filled the queue keeps the last out: %i', async (limit) => {
  const { enter, end, holders } = queue(new FairSlots(limit));
  const busy = ['a', 'b'].slice(0, limit);
  for (const namespace of busy) for (let index = 1; index < 9; index += 1) enter(`${namespace}${index}`);
  await holders();
  enter('c1');
  const had = new Set<string>();
  for (let turn = 0; turn <= limit; turn += 1) {
    const now = (await holders()).split(' ');
    for (const name of now) had.add(name);
    end(now[0] ?? '');
  }
  expect(had).toContain('c1');
});
