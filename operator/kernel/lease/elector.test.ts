import { expect, test } from '@jest/globals';
import { ApiError } from '../api/errors.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { connectionLost, MemoryApi } from '../testing/memory-api.ts';
import { MemoryLogger } from '../testing/memory-logger.ts';
import { LeaseElector } from './elector.ts';
import { DEFAULT_LEASE_TIMES } from './lease.ts';
import { LEASES } from './record.ts';

const call = { signal: new AbortController().signal };
const ref = { namespace: 'hostler', name: 'main' };

function makeWorld() {
  const clock = new ManualClock();
  const api = new MemoryApi(() => clock.now());
  const log = new MemoryLogger();
  const elect = (identity: string): LeaseElector => {
    const lease = new LeaseElector({ client: api, clock, log, random: () => 0, ...ref, identity, times: DEFAULT_LEASE_TIMES });
    lease.start();
    return lease;
  };
  return { clock, api, log, elect };
}

test('the first one leads at once, renews in place, and may act for as long as the lease lasts since its last request', async () => {
  const { clock, api, elect } = makeWorld();
  const a = elect('a');
  expect(a.open).toBe(false);
  await clock.advance(0);
  expect(a.open).toBe(true);
  expect(a.remaining()).toBe(15_000);
  expect(a.mayAct(14_999)).toBe(true);
  expect(a.mayAct(15_000)).toBe(false);
  await clock.advance(1_000);
  expect(a.remaining()).toBe(14_000);
  await clock.advance(59_500);
  expect(a.remaining()).toBeGreaterThanOrEqual(13_000);
  const { spec } = await api.get(LEASES, ref, call);
  expect(spec).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0 });
  expect(api.requests.filter(({ verb }) => verb === 'get')).toHaveLength(2); // the very first look, and this test's
});

test('a standby does not act while the holder renews', async () => {
  const { clock, elect } = makeWorld();
  const a = elect('a');
  await clock.advance(0);
  const b = elect('b');
  for (let second = 0; second < 60; second += 1) {
    await clock.advance(1_000);
    expect([a.open, b.open]).toEqual([true, false]);
  }
  expect(b.holder).toBe('a');
  expect(b.term.aborted).toBe(true);
});

test('killed holder: the next one takes the lease after its duration, and acts 3 s later', async () => {
  const { clock, elect, api } = makeWorld();
  await api.create(LEASES, { metadata: ref, spec: { holderIdentity: 'dead', leaseDurationSeconds: 15, leaseTransitions: 4 } }, call);
  const b = elect('b');
  await clock.advance(14_900);
  expect(b.holder).toBe('dead');
  await clock.advance(2_500);
  expect(b.holder).toBe('b');
  expect(b.open).toBe(false);
  expect(b.mayAct(0)).toBe(false);
  await clock.advance(1_000);
  expect(b.open).toBe(true);
  expect((await api.get(LEASES, ref, call)).spec?.leaseTransitions).toBe(5);
});

test('released: the next one acts at once', async () => {
  const { clock, elect } = makeWorld();
  const a = elect('a');
  await clock.advance(0);
  const b = elect('b');
  await clock.advance(5_000);
  const releasing = a.release();
  expect(a.open).toBe(false); // from the moment of asking, not of the answer
  await clock.advance(0);
  await releasing;
  await clock.advance(2_500);
  expect(b.open).toBe(true);
});

test('a hiccup of the API server is not noticed, also when the answer to a renewal was lost', async () => {
  const { clock, elect, api } = makeWorld();
  const a = elect('a');
  await clock.advance(0);
  const changes: boolean[] = [];
  a.onChange((open) => changes.push(open));
  let fail = true;
  api.after = ({ verb }) => {
    if (verb === 'patch' && fail) throw connectionLost();
  };
  await clock.advance(7_000);
  fail = false;
  await clock.advance(5_000);
  expect(changes).toEqual([]);
  expect(a.open).toBe(true);
});

test('an API server away for long: the holder stops at the renew deadline, and goes on when it is back and nobody took over', async () => {
  const { clock, elect, api } = makeWorld();
  const a = elect('a');
  await clock.advance(0);
  const changes: boolean[] = [];
  a.onChange((open) => changes.push(open));
  const firstTerm = a.term;
  api.before = () => {
    throw new ApiError('refused', { code: 0, reason: 'ConnectionFailed' });
  };
  await clock.advance(9_900);
  expect(a.open).toBe(true);
  await clock.advance(200);
  expect(a.open).toBe(false);
  expect(firstTerm.aborted).toBe(true);
  api.before = () => undefined;
  await clock.advance(3_000);
  expect(changes).toEqual([false, true]);
  expect(a.term).not.toBe(firstTerm);
  expect(a.term.aborted).toBe(false);
});

test('a request that hangs does not outlast what the lease allows', async () => {
  const { clock, elect, api } = makeWorld();
  const a = elect('a');
  await clock.advance(0);
  api.before = ({ verb }) =>
    verb === 'patch' ? new Promise((_, reject) => clock.after(5_000, () => reject(connectionLost()))) : undefined;
  await clock.advance(10_100);
  expect(a.mayAct(0)).toBe(false);
});

test('a wall clock that jumps ahead (or a machine that slept) costs the leadership until the next renewal; one that jumps back does nothing', async () => {
  const { clock, elect } = makeWorld();
  const a = elect('a');
  await clock.advance(100);
  clock.jump(-3_600_000);
  expect(a.remaining()).toBe(14_900);
  clock.jump(2 * 3_600_000);
  expect(a.mayAct(0)).toBe(false);
  await clock.advance(2_500);
  expect(a.mayAct(10_000)).toBe(true);
});

test('somebody took the lease away by hand: no acting from the failed renewal on', async () => {
  const { clock, elect, api } = makeWorld();
  const a = elect('a');
  await clock.advance(0);
  await api.mergePatch(LEASES, ref, { spec: { holderIdentity: 'admin' } }, call);
  await clock.advance(2_500);
  expect(a.open).toBe(false);
  expect(a.holder).toBe('admin');
});

test('releasing what is not ours writes nothing', async () => {
  const { clock, elect, api } = makeWorld();
  await api.create(LEASES, { metadata: ref, spec: { holderIdentity: 'other', leaseDurationSeconds: 15 } }, call);
  const a = elect('a');
  await clock.advance(0);
  const before = api.version;
  await a.release();
  expect(api.version).toBe(before);
});
