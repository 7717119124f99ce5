/** Leadership on a real API server, between replicas whose network, or server, fails them. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { ControlPlane } from '../../../e2e/environment/control-plane.ts';
import { testDir } from '../../../e2e/environment/paths.ts';
import { waitFor } from '../../../e2e/environment/wait.ts';
import { systemClock } from '../clock.ts';
import { MemoryLogger } from '../testing/memory-logger.ts';
import { realClient } from '../testing/real-api.ts';
import { TcpProxy } from '../testing/tcp-proxy.ts';
import { LeaseElector } from './elector.ts';
import { type LeaseTimes, TAKEOVER_GRACE_MS } from './lease.ts';

/** Shorter than in life, so that tests end; long enough for a busy machine. */
const TIMES: LeaseTimes = { durationMs: 6_000, renewDeadlineMs: 4_000, retryMs: 500 };
const NAMESPACE = 'default';
let controlPlane: ControlPlane;

beforeAll(async () => {
  controlPlane = await ControlPlane.start({ dir: join(testDir, 'kernel-lease') });
}, 180_000);
afterAll(() => controlPlane?.stop());

async function replica(name: string, identity: string) {
  const proxy = await TcpProxy.start(controlPlane.url);
  const client = await realClient(controlPlane.kubeconfig, proxy.url);
  const options = {
    client,
    clock: systemClock,
    log: new MemoryLogger(),
    random: Math.random,
    namespace: NAMESPACE,
    name,
    identity,
    times: TIMES,
  };
  const lease = new LeaseElector(options);
  const changes: { readonly open: boolean; readonly at: number }[] = [];
  lease.onChange((open) => changes.push({ open, at: performance.now() }));
  lease.start();
  return {
    lease,
    proxy,
    changes,
    stop: async () => {
      await lease.release();
      await client.close();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

test('one of two leads; when it stops in order, the other follows at once', async () => {
  const a = await replica('in-order', 'a');
  await waitFor('a to lead', () => a.lease.open);
  const b = await replica('in-order', 'b');
  await waitFor('b to see who leads', () => b.lease.holder === 'a');
  expect(b.lease.mayAct(0)).toBe(false);
  const releasedAt = performance.now();
  await a.stop();
  await waitFor('b to lead', () => b.lease.open);
  expect(performance.now() - releasedAt).toBeLessThan(TIMES.durationMs); // it did not wait for the lease to run out
  expect(a.lease.open).toBe(false);
  await b.stop();
});

test('the leader is cut off: it stops before the other begins, and follows when it is back', async () => {
  const a = await replica('cut-off', 'a');
  await waitFor('a to lead', () => a.lease.open);
  const b = await replica('cut-off', 'b');
  await waitFor('b to see who leads', () => b.lease.holder === 'a');
  a.proxy.hang();
  const began = await waitFor('b to lead', () => b.changes.find(({ open }) => open));
  const ended = a.changes.find(({ open }) => !open);
  expect(a.lease.mayAct(0)).toBe(false);
  expect(began.at - (ended?.at ?? Infinity)).toBeGreaterThan(TAKEOVER_GRACE_MS); // duration + 3 s, less the renew deadline
  a.proxy.forget();
  await waitFor('a to see who leads', () => a.lease.holder === 'b');
  expect(a.lease.open).toBe(false);
  await b.stop();
  await waitFor('a to lead again', () => a.lease.open);
  await a.stop();
});

test('the API server restarts: nobody loses anything', async () => {
  const a = await replica('restart', 'a');
  await waitFor('a to lead', () => a.lease.open);
  const b = await replica('restart', 'b');
  await waitFor('b to see who leads', () => b.lease.holder === 'a');
  await controlPlane.killApiServer();
  await controlPlane.startApiServer();
  await waitFor('a to renew', () => a.lease.remaining() > TIMES.durationMs - TIMES.retryMs);
  // On a slow machine the restart may outlast the renew deadline; then a pauses, but it is never b that leads.
  expect(b.changes).toEqual([]);
  expect(a.lease.mayAct(1_000)).toBe(true);
  await a.stop();
  await b.stop();
});
