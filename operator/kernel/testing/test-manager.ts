/** A whole manager in memory: controllers run as in the program, time and API server obey the test. */
import { Metrics } from '../http/metrics.ts';
import { createManager } from '../manager/manager.ts';
import type { Manager } from '../manager/types.ts';
import type { Lease } from '../lease/lease.ts';
import { ManualClock, settled } from './manual-clock.ts';
import { MemoryApi } from './memory-api.ts';
import { MemoryLogger } from './memory-logger.ts';

export interface TestManager extends Manager {
  readonly api: MemoryApi;
  readonly clock: ManualClock;
  readonly log: MemoryLogger;
  /** A call for the test's own requests. */
  readonly call: { readonly signal: AbortSignal };
  /** A lease that is held for ever. */
  openLease(): Lease;
  /** Runs it; resolves when caches are synced and controllers have begun. */
  start(): Promise<void>;
  /** Lets everything happen that waits for no clock. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

/** How many turns of the event loop a chain of passes and requests may need. */
const TURNS = 50;

export function testManager(): TestManager {
  const clock = new ManualClock();
  const log = new MemoryLogger();
  const api = new MemoryApi(() => clock.now());
  const manager = createManager({
    client: api,
    clock,
    log,
    metrics: new Metrics(),
    random: () => 0,
    program: 'hostler',
    domain: 'hostler.dev',
    identity: 'test',
  });
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  return Object.assign(manager, {
    api,
    clock,
    log,
    call: { signal: new AbortController().signal },
    openLease,
    start: async () => {
      running = manager.run(stopping.signal);
      await settled(TURNS);
    },
    settle: () => settled(TURNS),
    stop: async () => {
      stopping.abort(new Error('the test is over'));
      await settled(TURNS);
      await clock.advance(60_000);
      await running;
    },
  });
}

function openLease(): Lease {
  return {
    name: 'test',
    identity: 'test',
    holder: 'test',
    open: true,
    term: new AbortController().signal,
    remaining: () => 15_000,
    mayAct: (deadlineMs) => deadlineMs < 15_000,
    onChange: () => () => undefined,
  };
}
