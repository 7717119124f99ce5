/** Semantics that nobody should have to guess, played through the whole controller: a host that has enough to do. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Slots } from '../../hypervisors/host/slots.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const on = (hypervisorName: string) => ({ placement: { hypervisorName } });
const NAMES = Array.from({ length: 10 }, (_, index) => `vm-${index}`);
const readyOnes = async (): Promise<number> =>
  (await Promise.all(NAMES.map((name) => world.ready(name)))).filter((ready) => ready === 'Ready=True Running').length;

describe('a host that has enough to do', () => {
  let free: () => void;
  beforeEach(async () => {
    // Of four workers one waits.
    world.host().slots = new Slots({ Build: 1, Power: 1, Transfer: 1, Read: 1, Guest: 1 }, { most: 1, waitMs: 3_000 }, world.clock);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    free = () => resolve(undefined);
    world.host().driver.before = (verb) => (verb === 'createDisk' ? promise : undefined);
    for (const name of NAMES) await world.create(on('host-a'), name);
  });

  afterEach(() => free());

  test('stops nothing on another host', async () => {
    await world.create(on('host-b'), 'other');
    expect([await world.ready('other'), await readyOnes()]).toEqual(['Ready=True Running', 0]);
  });

  test('serves all as it comes to it: nobody sleeps while there is room', async () => {
    free();
    for (let turn = 0; turn < 30; turn += 1) await world.settle();
    expect(await readyOnes()).toBe(NAMES.length);
    expect(world.clock.now()).toBe(Date.UTC(2026, 0, 1));
  });

  test('is not asked again and again by those who were turned away', async () => {
    const before = world.writes();
    const passes = world.host().driver.calls.length;
    await world.clock.advance(60_000);
    // One in ten seconds for each of nine, and what they look for first.
    expect(world.host().driver.calls.length - passes).toBeLessThan(150);
    expect(world.writes()).toBe(before);
    free();
    for (let turn = 0; turn < 30; turn += 1) await world.settle();
    expect(await readyOnes()).toBe(NAMES.length);
  });
});

test('hosts that hang, and hold more than all workers, keep what has to do with another one waiting for seconds, not for their deadlines', async () => {
  // No bound of the host's own: it stands for as many as it takes.
  const { promise, resolve } = Promise.withResolvers<undefined>();
  world.host().driver.before = (verb) => (verb === 'createDisk' ? promise : undefined);
  for (const name of NAMES) await world.create(on('host-a'), name);
  await world.create(on('host-b'), 'other');
  await world.settle();
  expect(await world.ready('other')).not.toBe('Ready=True Running');
  await world.clock.advance(30_000);
  expect([await world.ready('other'), await readyOnes()]).toEqual(['Ready=True Running', 0]);
  resolve(undefined);
  for (let turn = 0; turn < 30; turn += 1) await world.settle();
  expect(await readyOnes()).toBe(NAMES.length);
});
