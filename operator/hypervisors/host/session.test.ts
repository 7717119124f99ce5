import { afterEach, expect, test } from '@jest/globals';
import { DriverError } from '../../../drivers/labels.ts';
import { ManualClock } from '../../kernel/testing/manual-clock.ts';
import { MemoryLogger } from '../../kernel/testing/memory-logger.ts';
import { FACTS, ScriptedDriver } from '../testing/scripted-driver.ts';
import { DEFAULT_SESSION, HostSession, type SessionOptions } from './session.ts';

const signal = new AbortController().signal;
const TICK = 10_000;

const opened: HostSession[] = [];
afterEach(() => {
  for (const session of opened.splice(0)) session.close();
});

/** A session that has just begun to run; `told` are the changes, `host` how often the Hypervisor's status may have changed. */
async function begin(
  over: Partial<SessionOptions> & {
    readonly recorded?: { status: 'True' | 'False' | 'Unknown'; since: number };
    readonly silent?: boolean;
  } = {},
) {
  const clock = new ManualClock(1_000_000);
  const scripted = new ScriptedDriver(clock);
  scripted.set('a');
  scripted.set('b');
  if (over.silent === true) scripted.mood = 'hang';
  const told: (string | undefined)[] = [];
  const count = { host: 0 };
  const term = new AbortController();
  const lease = { mayAct: (ms: number) => ms <= 8_000, term: term.signal };
  const session = new HostSession(
    'h',
    scripted.driver,
    { reachability: over.recorded },
    { ...DEFAULT_SESSION, clusterId: 'here', ...over },
    { machineChanged: (machineId) => told.push(machineId), hostChanged: () => (count.host += 1) },
    { clock, random: () => 0, log: new MemoryLogger(), lease },
  );
  opened.push(session);
  const ended = session.run();
  await clock.advance(0);
  return { clock, scripted, told, count, session, term, lease, ended };
}

const outcome = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'done',
    (error: unknown) => (error instanceof DriverError ? `${error.label}/${error.reason}` : String(error)),
  );

test('at rest: one observation a tick, nothing of single machines, nothing told', async () => {
  const { clock, scripted, told, count, session } = await begin();
  expect(told).toEqual([undefined]);
  expect(session.reachability().status).toBe('True');
  expect([...(session.snapshot()?.machines.keys() ?? [])]).toEqual(['a', 'b']);
  const before = { ...scripted.calls, host: count.host };
  await clock.advance(10 * TICK);
  expect({ ...scripted.calls, host: count.host }).toEqual({ ...before, observe: before.observe + 10 });
  expect(told).toHaveLength(1);
});

test('tells which machines changed', async () => {
  const { clock, scripted, told } = await begin();
  scripted.set('a', { power: 'Paused' });
  scripted.machines.delete('b');
  scripted.set('c');
  await clock.advance(TICK);
  expect(told).toEqual([undefined, 'a', 'c', 'b']);
});

test('events make the next observation come sooner; many make one', async () => {
  const { clock, scripted, told } = await begin();
  scripted.set('a', { power: 'Paused' });
  for (let index = 0; index < 100; index += 1) scripted.tell({ kind: 'Machine', machineId: 'a', change: 'Power' });
  await clock.advance(49);
  expect(scripted.calls.observe).toBe(1);
  await clock.advance(1);
  expect(scripted.calls.observe).toBe(2);
  expect(told).toEqual([undefined, 'a']);
});

test('however many events come, observations take no more than a twentieth of the time', async () => {
  const { clock, scripted } = await begin();
  scripted.observeMs = 20;
  for (let index = 0; index < 1_000; index += 1) {
    scripted.tell({ kind: 'Machine', machineId: 'a', change: 'Power' });
    await clock.advance(4);
  }
  // 4 seconds: at most one each 400 ms, and the first before its cost was known.
  expect(scripted.calls.observe).toBeLessThanOrEqual(12);
  expect(scripted.calls.observe).toBeGreaterThanOrEqual(8);
});

test('facts are read again when that is asked for, once for all who ask', async () => {
  const { clock, scripted, session } = await begin();
  expect([session.factsAt(), scripted.calls.connect]).toEqual([0, 1]);
  await clock.advance(25_000);
  const asked = [session.readFacts(signal), session.readFacts(signal)];
  await clock.advance(1);
  await Promise.all(asked);
  expect([session.factsAt(), scripted.calls.connect]).toEqual([25_000, 2]);
  await clock.advance(60_000);
  expect([session.factsAt(), scripted.calls.connect]).toEqual([25_000, 2]);
});

test('facts of a host that is silent are not read', async () => {
  const { clock, scripted, session } = await begin();
  scripted.mood = 'hang';
  const reading = outcome(session.readFacts(signal));
  await clock.advance(60_000);
  expect([await reading, session.factsAt()]).toEqual(['HostUnreachable/HostUnreachable', 0]);
});

test('a refresh is an observation that began after it was asked for, shared by all who ask', async () => {
  const { clock, scripted, session } = await begin();
  scripted.observeMs = 10;
  const first = session.refresh(signal);
  await clock.advance(5);
  scripted.set('late');
  const asked = clock.now();
  const [second, third] = [session.refresh(signal), session.refresh(signal)];
  await clock.advance(30);
  expect((await first).machines.has('late')).toBe(false);
  const snapshot = await second;
  expect(snapshot.machines.has('late')).toBe(true);
  expect(snapshot.observedAt).toBeGreaterThanOrEqual(asked);
  expect(await third).toBe(snapshot);
  expect(scripted.calls.observe).toBe(3);
});

test.each(['hang', 'dead'] as const)(
  'a host that goes silent (%s) is unreachable after a while, since it went silent; calls fail at once; it comes back',
  async (mood) => {
    const { clock, scripted, session, told, count } = await begin();
    scripted.mood = mood;
    const waiting = outcome(session.refresh(signal));
    await clock.advance(9_000);
    expect(await waiting).toBe('HostUnreachable/HostUnreachable');
    const silentAt = clock.now();
    expect(session.reachability().status).toBe('True');
    expect(await outcome(session.act('Power', 1_000, signal, async () => undefined))).toBe('HostUnreachable/HostUnreachable');
    expect(await outcome(session.refresh(signal))).toBe('HostUnreachable/HostUnreachable');
    await clock.advance(25_000);
    expect(session.reachability()).toMatchObject({ status: 'False' });
    expect(session.reachability().since).toBeLessThanOrEqual(silentAt);
    expect(told).toEqual([undefined, undefined]);
    const hosts = count.host;
    await clock.advance(300_000);
    expect(count.host).toBe(hosts);
    scripted.mood = 'answer';
    await clock.advance(60_000);
    expect(session.reachability().status).toBe('True');
    expect(told).toEqual([undefined, undefined, undefined]);
    expect(session.missedSince('gone')).toBeGreaterThan(0);
  },
);

test('a lost connection is made again at once, and no one calls it an outage', async () => {
  const { clock, scripted, session, told } = await begin();
  await clock.advance(3 * TICK);
  await session.machine('a', signal);
  scripted.tell({ kind: 'Disconnected', error: new Error('reset') });
  await clock.advance(0);
  expect(scripted.calls.connect).toBe(2);
  expect(session.reachability()).toMatchObject({ status: 'True', since: 1_000_000 });
  // What was known may have changed meanwhile: all is looked at again.
  expect(told).toEqual([undefined, undefined]);
  await session.machine('a', signal);
  expect(scripted.calls.inspect).toBe(2);
});

test('a connection that breaks again and again is made with growing pauses', async () => {
  const { clock, scripted } = await begin();
  for (let index = 0; index < 600; index += 1) {
    scripted.tell({ kind: 'Disconnected', error: new Error('reset') });
    await clock.advance(100);
  }
  expect(scripted.calls.connect).toBeLessThan(12);
});

test('after a restart the recorded silence goes on, but only after a contact was tried', async () => {
  const recorded = { status: 'False', since: 5_000 } as const;
  const { clock, session } = await begin({ recorded, silent: true });
  expect(session.contacted).toBe(false);
  expect(session.reachability().status).toBe('Unknown');
  await clock.advance(11_000);
  expect(session.contacted).toBe(true);
  expect(session.reachability()).toMatchObject(recorded);
});

test('a host that answers, but refuses, is not silent', async () => {
  const { clock, scripted, session } = await begin();
  scripted.mood = new DriverError('InvalidSpec', 'libvirt 4.0 is too old', { reason: 'VersionTooOld' });
  await clock.advance(2 * TICK);
  expect(session.reachability()).toMatchObject({ status: 'Unknown', message: 'libvirt 4.0 is too old' });
  expect(session.problem()).toMatchObject({ reason: 'VersionTooOld' });
});

test('what does not come back takes a few slots only, then opens the circuit of its kind; others go on', async () => {
  const { clock, scripted, session } = await begin({
    slots: { Build: 2, Power: 1, Transfer: 1, Read: 8, Guest: 1 },
    queue: { most: 0, waitMs: 0 },
  });
  const hung = (): Promise<string> => outcome(session.act('Build', 1_000, signal, async () => new Promise<never>(() => undefined)));
  const first = [hung(), hung()];
  expect(await hung()).toBe('Conflict/SlotsBusy');
  await clock.advance(2_000);
  expect(await Promise.all(first)).toEqual(['Unknown/DeadlineExceeded', 'Unknown/DeadlineExceeded']);
  const third = hung();
  await clock.advance(2_000);
  expect(await third).toBe('Unknown/DeadlineExceeded');
  expect(await hung()).toBe('HostUnreachable/CircuitOpen');
  expect(session.acts().open).toEqual(['Build']);
  expect(await outcome(session.act('Power', 1_000, signal, async () => 'on'))).toBe('done');
  await clock.advance(5_000);
  expect(await outcome(session.act('Build', 1_000, signal, async () => 'tried'))).toBe('done');
  expect(session.acts()).toEqual({ calls: { Build: 0, Power: 0, Transfer: 0, Read: 0, Guest: 0 }, waiting: 0, open: [] });
  expect(scripted.calls.connect).toBe(1);
});

test('who waits for a slot gets it when it comes free, and waits for no session that is closed', async () => {
  const { clock, session } = await begin({ slots: { Build: 1, Power: 1, Transfer: 1, Read: 1, Guest: 1 } });
  const { promise: held, resolve: free } = Promise.withResolvers<string>();
  const first = outcome(session.act('Build', 8_000, signal, () => held));
  const second = outcome(session.act('Build', 8_000, signal, work));
  await clock.advance(0);
  expect(session.acts()).toMatchObject({ calls: { Build: 1 }, waiting: 1 });
  free('done');
  expect(await Promise.all([first, second])).toEqual(['done', 'done']);

  const third = outcome(session.act('Build', 8_000, signal, () => new Promise<never>(() => undefined)));
  const fourth = outcome(session.act('Build', 8_000, signal, work));
  await clock.advance(1_000);
  const fifth = outcome(session.act('Build', 8_000, signal, work));
  await clock.advance(2_000);
  expect(await fourth).toBe('Conflict/SlotsBusy');
  session.close();
  expect(await fifth).toBe('HostUnreachable/HostUnreachable');
  await clock.advance(9_000);
  expect(await third).toBe('Unknown/DeadlineExceeded');
});

test('the lease is looked at again after a wait', async () => {
  const { clock, session, lease } = await begin({ slots: { Build: 1, Power: 1, Transfer: 1, Read: 1, Guest: 1 } });
  const { promise: held, resolve: free } = Promise.withResolvers<string>();
  const first = outcome(session.act('Build', 8_000, signal, () => held));
  const second = outcome(session.act('Build', 8_000, signal, work));
  await clock.advance(0);
  lease.mayAct = () => false;
  free('done');
  expect(await Promise.all([first, second])).toEqual(['done', 'Conflict/NotHolder']);
});

const work = async (): Promise<string> => Promise.resolve('done');

test('mutating calls are made only while the lease outlasts them; transfers stop with it; reading needs none', async () => {
  const { session, term, lease } = await begin();
  expect(await outcome(session.act('Power', 9_000, signal, work))).toBe('Conflict/NotHolder');
  expect(await outcome(session.act('Power', 8_000, signal, work))).toBe('done');
  const transfer = outcome(
    session.act(
      'Transfer',
      3_600_000,
      signal,
      async (_, call) => new Promise((_resolve, reject) => call.signal.addEventListener('abort', () => reject(new Error('stopped')))),
    ),
  );
  lease.mayAct = () => false;
  term.abort(new Error('lost'));
  expect(await transfer).toBe('Error: stopped');
  expect(await outcome(session.act('Transfer', 1, signal, work))).toBe('Conflict/NotHolder');
  expect(await outcome(session.act('Read', 60_000, signal, work))).toBe('done');
});

test('a machine is read once, then told from memory with the state last observed, until something hints at a change', async () => {
  const { clock, scripted, session, told } = await begin();
  const [one, two] = await Promise.all([session.machine('a', signal), session.machine('a', signal)]);
  expect(one).toBe(two);
  await session.machine('a', signal);
  expect(scripted.calls.inspect).toBe(1);

  scripted.set('a', { busy: true });
  await clock.advance(TICK);
  expect(await session.machine('a', signal)).toMatchObject({ busy: true, definition: 'plain' });
  expect(scripted.calls.inspect).toBe(1);

  scripted.definitions.set('a', 'new');
  scripted.tell({ kind: 'Machine', machineId: 'a', change: 'Definition' });
  expect(told.at(-1)).toBe('a');
  expect(await session.machine('a', signal)).toMatchObject({ definition: 'new' });
  expect(scripted.calls.inspect).toBe(2);

  scripted.set('a', { power: 'Stopped' });
  await clock.advance(TICK);
  await session.machine('a', signal);
  expect(scripted.calls.inspect).toBe(3);

  scripted.machines.delete('a');
  await clock.advance(TICK);
  expect(await session.machine('a', signal)).toBeUndefined();
});

test('a definition that nobody used for a minute is read again', async () => {
  const { clock, scripted, session } = await begin();
  await session.machine('a', signal);
  for (let index = 0; index < 8; index += 1) {
    await clock.advance(TICK);
    await session.machine('a', signal);
  }
  expect(scripted.calls.inspect).toBe(1);
  await clock.advance(8 * TICK);
  await session.machine('a', signal);
  expect(scripted.calls.inspect).toBe(2);
});

test('a reading that was overtaken by a hint is not remembered', async () => {
  const { scripted, session } = await begin();
  const reading = session.machine('a', signal);
  scripted.tell({ kind: 'Machine', machineId: 'a', change: 'Definition' });
  await reading;
  await session.machine('a', signal);
  expect(scripted.calls.inspect).toBe(2);
});

test('what we did ourselves is looked at again soon', async () => {
  const { clock, scripted, session, told } = await begin();
  await session.act('Power', 1_000, signal, async (driver, call) => driver.powerOff({ machineId: 'a', clusterId: 'here', uid: 'u' }, call));
  await clock.advance(50);
  expect(scripted.calls.observe).toBe(2);
  expect(told).toEqual([undefined, 'a']);
});

test('every machine of ours is audited once a period, spread over it, and a change that no event told is found', async () => {
  const { clock, scripted, session, told } = await begin({ auditMs: 100_000 });
  scripted.machines.set('stranger', {
    machineId: 'stranger',
    name: 's',
    power: 'Running',
    powerReason: 'User',
    busy: false,
    persistent: true,
  });
  for (let index = 0; index < 8; index += 1) scripted.set(`m${index}`);
  await clock.advance(TICK);
  await session.machine('m3', signal);
  const before = scripted.calls.inspect;
  await clock.advance(2 * TICK);
  expect(scripted.calls.inspect - before).toBeLessThanOrEqual(3);
  scripted.definitions.set('m3', 'edited');
  told.length = 0;
  await clock.advance(10 * TICK);
  expect(scripted.calls.inspect - before).toBeGreaterThanOrEqual(11);
  expect(scripted.calls.inspect - before).toBeLessThanOrEqual(14);
  expect(told).toEqual(['m3']);
});

test('facts are read again when the host says so, and told when they differ', async () => {
  const { clock, scripted, session, count } = await begin();
  const before = count.host;
  scripted.tell({ kind: 'Facts' });
  await clock.advance(50);
  expect([scripted.calls.connect, count.host]).toEqual([2, before]);
  scripted.facts = { ...FACTS, networks: ['default', 'lan'] };
  scripted.tell({ kind: 'Facts' });
  await clock.advance(50);
  expect(session.facts()?.networks).toEqual(['default', 'lan']);
  expect(count.host).toBe(before + 1);
});

test('closing ends what runs, and leaves no timer behind', async () => {
  const { clock, scripted, session, ended } = await begin();
  const refresh = outcome(session.refresh(signal));
  const act = outcome(
    session.act(
      'Power',
      1_000,
      signal,
      async (_, call) =>
        new Promise((_resolve, reject) => call.signal.addEventListener('abort', () => reject(call.signal.reason as Error))),
    ),
  );
  session.close();
  await clock.advance(0);
  await ended;
  expect(await refresh).toMatch(/^HostUnreachable/);
  expect(await act).toMatch(/^HostUnreachable/);
  expect(scripted.calls.close).toBe(1);
  expect(clock.timers).toBe(0);
  expect(await outcome(session.refresh(signal))).toMatch(/^HostUnreachable/);
});

test('a clock that is set back keeps no machine from being missed', async () => {
  const { clock, scripted, session } = await begin();
  scripted.machines.delete('a');
  await clock.advance(TICK);
  clock.jump(-3_600_000);
  await clock.advance(2 * TICK);
  expect(session.missedSince('a')).toBe(3);
});
