import { afterEach, describe, expect, test } from '@jest/globals';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '../connection/connection.ts';
import { ConnectError, ConnectionLostError, DeadlineError } from '../errors.ts';
import { connectGetHostname } from '../procedures/connect.ts';
import { eventually } from '../../test/eventually.ts';
import { FakeDaemon } from '../../test/fake-daemon.ts';
import { Lane, type LanePolicy } from './lane.ts';

const POLICY: LanePolicy = { slots: 2, countAfterMs: 0, maxConnections: 2, idleMs: 60_000 };
const NAME = connectGetHostname.name;

/** A lane over daemons that answer when the test says so. */
class World {
  readonly daemons: FakeDaemon[] = [];
  readonly lane: Lane;
  failure: Error | undefined;

  constructor(policy: Partial<LanePolicy> = {}) {
    this.lane = new Lane(() => this.connect(), { ...POLICY, ...policy });
  }

  async connect(): Promise<Connection> {
    await sleep(1);
    if (this.failure !== undefined) throw this.failure;
    return this.make();
  }

  make(): Connection {
    const { daemon, socket } = FakeDaemon.pair();
    this.daemons.push(daemon);
    return new Connection(socket);
  }

  call(options: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<unknown> {
    return this.lane.run(options, NAME, (connection, left) => connection.call(connectGetHostname, {}, left));
  }

  calls(count: number): Promise<unknown>[] {
    return Array.from({ length: count }, () => this.call());
  }

  /** Calls that each daemon has got. */
  load(): readonly number[] {
    return this.daemons.map(({ received }) => received.length);
  }

  hasLoad(load: readonly number[]): Promise<void> {
    return eventually(() => assert.deepEqual(this.load(), load));
  }

  reply(daemon: number, serial: number): void {
    this.daemons[daemon]?.reply(connectGetHostname, serial, { hostname: `${daemon}/${serial}` });
  }
}

let world = new World();
afterEach(() => world.lane.close(new Error('the test is over')));

describe('a lane', () => {
  test('opens connections as they are needed, and never gives one more than its slots', async () => {
    world = new World();
    const calls = world.calls(5);
    await world.hasLoad([2, 2]);
    await sleep(5);
    expect(world.load()).toEqual([2, 2]);
    world.reply(0, 1);
    await expect(calls[0]).resolves.toEqual({ hostname: '0/1' });
    await world.hasLoad([3, 2]);
    for (const [daemon, serial] of [
      [0, 2],
      [0, 3],
      [1, 1],
      [1, 2],
    ] as const)
      world.reply(daemon, serial);
    await expect(Promise.all(calls)).resolves.toHaveLength(5);
  });

  test('a call that was given up keeps its slot until the daemon answers', async () => {
    world = new World({ maxConnections: 1, slots: 1 });
    world.lane.adopt(world.make(), true);
    await expect(world.call({ timeoutMs: 20 })).rejects.toThrow(DeadlineError);
    const next = world.call();
    await sleep(5);
    expect(world.load()).toEqual([1]);
    world.reply(0, 1);
    await world.hasLoad([2]);
    world.reply(0, 2);
    await expect(next).resolves.toEqual({ hostname: '0/2' });
  });

  test('pipelines without limit until calls are stuck, then goes round them', async () => {
    // Longer than a busy machine takes over ten calls.
    world = new World({ countAfterMs: 500 });
    world.lane.adopt(world.make(), true);
    const calls = world.calls(10);
    await world.hasLoad([10]);
    await sleep(550);
    const quick = world.call();
    await world.hasLoad([10, 1]);
    world.reply(1, 1);
    await expect(quick).resolves.toEqual({ hostname: '1/1' });
    for (let serial = 1; serial <= 10; serial++) world.reply(0, serial);
    await Promise.all(calls);
  });

  test('the time in the queue counts', async () => {
    world = new World({ maxConnections: 1, slots: 1 });
    const first = world.call();
    await expect(world.call({ timeoutMs: 20 })).rejects.toThrow(/waiting for its turn/);
    const controller = new AbortController();
    const second = world.call({ signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(second).rejects.toThrow('enough');
    world.reply(0, 1);
    await first;
    expect(world.load()).toEqual([1]);
  });

  test('a connection that does not come about fails those who wait for it, not those after', async () => {
    world = new World();
    world.failure = new ConnectError('nobody listens');
    await expect(world.call()).rejects.toThrow('nobody listens');
    world.failure = undefined;
    const next = world.call();
    await world.hasLoad([1]);
    world.reply(0, 1);
    await expect(next).resolves.toEqual({ hostname: '0/1' });
  });

  test('a lost connection is replaced for those who wait', async () => {
    world = new World({ maxConnections: 1, slots: 1 });
    const [lost, waiting] = world.calls(2);
    await world.hasLoad([1]);
    world.daemons[0]?.socket.destroy();
    await expect(lost).rejects.toThrow(ConnectionLostError);
    await world.hasLoad([1, 1]);
    world.reply(1, 1);
    await expect(waiting).resolves.toEqual({ hostname: '1/1' });
  });

  test('an idle connection is closed, a permanent one is not', async () => {
    world = new World({ idleMs: 10 });
    const permanent = world.make();
    world.lane.adopt(permanent, true);
    const passing = world.make();
    world.lane.adopt(passing, false);
    await eventually(() => expect(passing.closed).toBeInstanceOf(ConnectionLostError));
    expect(permanent.closed).toBeUndefined();
  });

  test('closing ends what runs, what waits and what comes later', async () => {
    world = new World({ maxConnections: 1, slots: 1 });
    const calls = world.calls(2);
    await world.hasLoad([1]);
    world.lane.close(new Error('over'));
    for (const call of [...calls, world.call()]) await expect(call).rejects.toThrow(ConnectionLostError);
  });
});
