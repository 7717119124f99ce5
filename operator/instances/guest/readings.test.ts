import { beforeEach, expect, test } from '@jest/globals';
import { ManualClock, settled } from '../../kernel/testing/manual-clock.ts';
import { memoryAgent } from '../testing/memory-agent.ts';
import { strangerMachine } from '../testing/stranger-machine.ts';
import { MemoryHost } from '../testing/memory-hosts.ts';
import { type GuestQuestion, GuestReadings } from './readings.ts';

let clock: ManualClock;
let host: MemoryHost;
let news: string[];
let guests: GuestReadings;

beforeEach(() => {
  clock = new ManualClock();
  host = new MemoryHost('host-a', clock);
  news = [];
  guests = new GuestReadings(
    clock,
    () => 1,
    (key) => news.push(key),
  );
  for (let index = 0; index < 6; index += 1)
    host.driver.machines.set(`m${index}`, { ...strangerMachine(`m${index}`), agent: memoryAgent({ hostname: `guest-${index}` }) });
});

const question = (index = 0, runId = 'run-1'): GuestQuestion => ({
  uid: `u${index}`,
  key: `a/i${index}`,
  host,
  machineId: `m${index}`,
  runId,
});
const agent = (index = 0) => host.driver.machines.get(`m${index}`)?.agent;
const asked = (): number => host.driver.calls.filter((verb) => verb === 'readGuest').length;

test('is asked once a minute, and told of when it tells something new', async () => {
  guests.ask(question(), 'Connected');
  await settled();
  expect([guests.of('u0', 'run-1')?.agent, news]).toEqual([{ kind: 'Answers', report: { frozen: false, hostname: 'guest-0' } }, ['a/i0']]);
  await clock.advance(59_000);
  expect(guests.ask(question(), 'Connected')).toBe(5_000);
  await clock.advance(1_000);
  guests.ask(question(), 'Connected');
  await settled();
  expect([asked(), news]).toEqual([2, ['a/i0']]);
});

test('of another run, nothing is known', async () => {
  guests.ask(question(), 'Connected');
  await settled();
  expect(guests.of('u0', 'run-2')).toBeUndefined();
  guests.ask(question(0, 'run-2'), 'Connected');
  await settled();
  expect([asked(), guests.of('u0', 'run-2')?.agent.kind]).toEqual([2, 'Answers']);
});

test('without an agent the guest is not asked; once it has one, it is at once', async () => {
  const machine = host.driver.machines.get('m0');
  delete machine?.agent;
  guests.ask(question(), 'Disconnected');
  await settled();
  expect([asked(), guests.of('u0', 'run-1')?.agent]).toMatchObject([0, { kind: 'Silent', reason: 'NotConnected' }]);
  Object.assign(machine ?? {}, { agent: memoryAgent() });
  guests.ask(question(), 'Connected');
  await settled();
  expect([asked(), guests.of('u0', 'run-1')?.agent.kind]).toEqual([1, 'Answers']);
});

test('one that does not answer is asked less and less', async () => {
  Object.assign(agent() ?? {}, { hangs: true });
  for (let seconds = 0; seconds < 300; seconds += 1) {
    guests.ask(question(), 'Connected');
    await settled();
    await clock.advance(1_000);
  }
  expect(guests.of('u0', 'run-1')?.agent).toMatchObject({ kind: 'Silent', reason: 'AgentNotResponding' });
  // After 5, 10, 20, 40 s, then each minute.
  expect(asked()).toBe(8);
  expect(news).toHaveLength(1);
});

test('a host that does not answer says nothing of the guest', async () => {
  guests.ask(question(), 'Connected');
  await settled();
  host.turn('False');
  await clock.advance(60_000);
  guests.ask(question(), 'Connected');
  await settled();
  expect(guests.of('u0', 'run-1')?.agent.kind).toBe('Answers');
});

test('of one host few are asked at once, the others in turn', async () => {
  const held: (() => void)[] = [];
  host.driver.before = (verb) => (verb === 'readGuest' ? new Promise<void>((resolve) => held.push(resolve)) : undefined);
  for (let index = 0; index < 6; index += 1) guests.ask(question(index), 'Connected');
  await settled();
  expect(asked()).toBe(2);
  for (let index = 0; index < 6; index += 1) {
    held[index]?.();
    await settled();
  }
  expect([asked(), news.length]).toEqual([6, 6]);
});

test('what is forgotten meanwhile is not told of', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  host.driver.before = (verb) => (verb === 'readGuest' ? promise : undefined);
  guests.ask(question(), 'Connected');
  await settled();
  guests.forget('u0');
  resolve();
  await settled();
  expect([guests.size, news]).toEqual([0, []]);
});
