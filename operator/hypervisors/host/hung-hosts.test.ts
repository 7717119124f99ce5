/** Several hosts that hang, and the workers of a controller that has to do with all of them. */
import { expect, test } from '@jest/globals';
import type { Reconcile } from '../../kernel/controller/reconcile.ts';
import { DONE } from '../../kernel/controller/result.ts';
import { WorkLoop } from '../../kernel/controller/work-loop.ts';
import { Metrics } from '../../kernel/http/metrics.ts';
import { ManualClock } from '../../kernel/testing/manual-clock.ts';
import { MemoryApi } from '../../kernel/testing/memory-api.ts';
import { MemoryLogger } from '../../kernel/testing/memory-logger.ts';
import { ScriptedDriver } from '../testing/scripted-driver.ts';
import { DEFAULT_SESSION, HostSession } from './session.ts';

function sessionWith(name: string, clock: ManualClock): HostSession {
  const lease = { mayAct: () => true, term: new AbortController().signal };
  const sink = { machineChanged: () => undefined, hostChanged: () => undefined };
  const outside = { clock, random: () => 0, log: new MemoryLogger(), lease };
  const session = new HostSession(name, new ScriptedDriver(clock).driver, {}, { ...DEFAULT_SESSION, clusterId: 'here' }, sink, outside);
  void session.run();
  return session;
}

test('three hosts that hang at once hold up nobody who has to do with another one', async () => {
  const clock = new ManualClock();
  const sessions = Array.from({ length: 4 }, (_, index) => sessionWith(`h${index}`, clock));
  await clock.advance(0);
  let done = 0;
  const services = { client: new MemoryApi(), clock, log: new MemoryLogger(), metrics: new Metrics(), random: () => 0 };
  const reconcile: Reconcile = async (key, { signal }) => {
    const [host = 0, index = 0] = key.split('/').map(Number);
    const answer = host === 3 ? Promise.resolve() : new Promise<void>(() => undefined);
    // As many calls as there are slots: none waits.
    await sessions[host]?.act(index < 6 ? 'Build' : index < 12 ? 'Power' : 'Read', 8_000, signal, () => answer);
    done += 1;
    return DONE;
  };
  const loop = new WorkLoop({ name: 'test', workers: 64, reconcile }, services);
  loop.start();
  for (let index = 0; index < 22; index += 1) for (const host of [0, 1, 2]) loop.enqueue(`${host}/${index}`);
  for (let index = 0; index < 6; index += 1) loop.enqueue(`3/${index}`);
  await clock.advance(999);
  expect(done).toBe(0);
  await clock.advance(1);
  expect(done).toBe(6);
  loop.abort();
  for (const session of sessions) session.close();
});
