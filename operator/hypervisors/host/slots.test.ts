import { expect, test } from '@jest/globals';
import { ManualClock } from '../../kernel/testing/manual-clock.ts';
import { Slots, type SlotLimits } from './slots.ts';

const never = new AbortController().signal;
const ONE: SlotLimits = { Build: 1, Power: 1, Transfer: 1, Read: 1, Guest: 1 };

function begin(limits: SlotLimits = ONE, queue = { most: 3, waitMs: 1_000 }) {
  const clock = new ManualClock();
  const slots = new Slots(limits, queue, clock);
  const order: string[] = [];
  /** Takes a slot as `name`, and tells what came of it. */
  const take = async (name: string, slot: keyof SlotLimits = 'Build', signal = never): Promise<(() => void) | undefined> => {
    try {
      const release = await slots.wait(slot, signal);
      order.push(release === undefined ? `${name}: none` : name);
      return release;
    } catch (error) {
      order.push(`${name}: ${String(error)}`);
      return undefined;
    }
  };
  return { clock, slots, order, take };
}

test('each kind is limited apart from the others, and a slot comes back once', async () => {
  const { slots, take } = begin({ Build: 1, Power: 2, Transfer: 0, Read: 1, Guest: 1 }, { most: 0, waitMs: 0 });
  const release = await take('first');
  expect(release).toBeDefined();
  expect(await take('second')).toBeUndefined();
  expect(await take('third', 'Power')).toBeDefined();
  expect(await take('fourth', 'Power')).toBeDefined();
  release?.();
  release?.();
  expect(slots.taken()).toEqual({ Build: 0, Power: 2, Transfer: 0, Read: 0, Guest: 0 });
  expect(await take('fifth')).toBeDefined();
  expect(await take('sixth')).toBeUndefined();
});

test('who waits gets the slot as soon as it is free, in the order of coming', async () => {
  const { clock, slots, order, take } = begin();
  const held = await take('a');
  const waiting = [take('b'), take('c'), take('d')];
  await clock.advance(0);
  expect([order, slots.waiting]).toEqual([['a'], 3]);
  held?.();
  (await waiting[0])?.();
  (await waiting[1])?.();
  (await waiting[2])?.();
  expect([order, slots.waiting, slots.taken().Build, clock.timers]).toEqual([['a', 'b', 'c', 'd'], 0, 0, 0]);
});

test('so many wait on a host, whatever for; others are turned away at once', async () => {
  const { clock, order, take } = begin();
  await take('a');
  await take('b', 'Power');
  const waiting = [take('c'), take('d', 'Power'), take('e')];
  expect(await take('f')).toBeUndefined();
  expect(await take('g', 'Read')).toBeDefined();
  expect(order).toEqual(['a', 'b', 'f: none', 'g']);
  await clock.advance(1_000);
  await Promise.all(waiting);
});

test('nobody waits longer than the limit', async () => {
  const { clock, slots, order, take } = begin();
  const held = await take('a');
  const early = take('b');
  await clock.advance(999);
  const late = take('c');
  await clock.advance(1);
  expect(await early).toBeUndefined();
  held?.();
  expect(await late).toBeDefined();
  expect([order, slots.waiting, slots.taken().Build]).toEqual([['a', 'b: none', 'c'], 0, 1]);
});

test('who is aborted leaves the queue, and takes nobody’s turn', async () => {
  const { clock, slots, order, take } = begin();
  const held = await take('a');
  const stop = new AbortController();
  const [aborted, next] = [take('b', 'Build', stop.signal), take('c')];
  stop.abort('stopped');
  await aborted;
  held?.();
  expect(await next).toBeDefined();
  expect([order, slots.waiting, clock.timers]).toEqual([['a', 'b: stopped', 'c'], 0, 0]);
  await take('d', 'Build', stop.signal);
  expect(order.at(-1)).toBe('d: stopped');
});

test('a transfer, which takes its time, waits for no slot: who wants it comes back', async () => {
  const { take } = begin();
  await take('a', 'Transfer');
  expect(await take('b', 'Transfer')).toBeUndefined();
});

test('a host that is full never stops another one', async () => {
  const clock = new ManualClock();
  const limits = { ...ONE, Build: 6 };
  const [full, free] = [new Slots(limits, { most: 16, waitMs: 3_000 }, clock), new Slots(limits, { most: 16, waitMs: 3_000 }, clock)];
  // As many workers as there are, all with something to do on the host that gives nothing back.
  let turnedAway = 0;
  const workers = Array.from({ length: 64 }, async () => {
    if ((await full.wait('Build', never)) === undefined) turnedAway += 1;
  });
  await clock.advance(0);
  expect([full.taken().Build, full.waiting, turnedAway]).toEqual([6, 16, 42]);
  expect(await free.wait('Build', never)).toBeDefined();
  await clock.advance(3_000);
  await Promise.all(workers);
  expect([full.waiting, turnedAway]).toEqual([0, 58]);
});

test('where somebody waited in vain nobody waits, until a slot of that kind is given back', async () => {
  const { clock, slots, order, take } = begin();
  const held = await take('a');
  const inVain = take('b');
  await clock.advance(1_000);
  expect([await inVain, await take('c'), slots.waiting]).toEqual([undefined, undefined, 0]);
  await take('d', 'Power');
  const other = take('e', 'Power');
  expect(slots.waiting).toBe(1);
  held?.();
  await take('f');
  const waiting = take('g');
  expect([order, slots.waiting]).toEqual([['a', 'b: none', 'c: none', 'd', 'f'], 2]);
  await clock.advance(1_000);
  expect(await Promise.all([other, waiting])).toEqual([undefined, undefined]);
});
