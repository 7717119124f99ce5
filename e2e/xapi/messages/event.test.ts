/** event.from, as clients use it. */
import { beforeEach, expect, test } from '@jest/globals';
import { testPool, type TestPool } from '../xapi.testing.ts';

interface Batch {
  readonly events: readonly { readonly class: string; readonly operation: string; readonly ref: string; readonly snapshot?: object }[];
  readonly token: string;
  readonly valid_ref_counts: Readonly<Record<string, number>>;
}

let pool: TestPool;
beforeEach(async () => {
  pool = await testPool();
});
const from = async (classes: readonly string[], token: string, timeout = 5) => pool.call<Batch>('event.from', classes, token, timeout);
const told = ({ events }: Batch) => events.map((event) => `${event.class} ${event.operation} ${event.ref}`);

test('a token is two numbers of twenty digits; the empty one is older than all', async () => {
  const batch = await from(['network'], '');
  expect(batch.token).toMatch(/^\d{20},\d{20}$/);
  expect(batch.events.map((event) => [event.class, event.operation])).toEqual([
    ['network', 'add'],
    ['network', 'add'],
  ]);
  expect(batch.valid_ref_counts).toMatchObject({ network: 2, pool: 1, task: 0, vm: 4 });
  await expect(from(['*'], 'nonsense')).rejects.toThrow('EVENT_FROM_TOKEN_PARSE_FAILURE(nonsense)');
  await expect(from(['VM/a/b'], '')).rejects.toThrow('EVENT_SUBSCRIPTION_PARSE_FAILURE(VM/a/b)');
});

test('messages come first, then what was made, changed and removed', async () => {
  const { store } = pool.world;
  const gone = store.create('network', {});
  const { token } = await from(['*'], '');
  store.destroy('network', gone);
  store.update('network', pool.scene.networks.internal, { name_label: 'x' });
  const made = store.create('network', {});
  store.destroy('network', store.create('network', {}));
  const alert = await pool.call<string>('message.create', 'n', 3, 'Pool', 'u', 'b');
  const batch = await from(['network', 'Message'], token);
  expect(told(batch)).toEqual([
    `message add ${alert}`,
    `network add ${made}`,
    `network mod ${pool.scene.networks.internal}`,
    `network del ${gone}`,
  ]);
  expect(batch.events[3]).not.toHaveProperty('snapshot');
  expect(batch.events[2]?.snapshot).toMatchObject({ name_label: 'x' });
});

test('a class in any case, or one object', async () => {
  const { management, internal } = pool.scene.networks;
  const { token } = await from(['*'], '');
  pool.world.store.update('network', management, { name_label: 'x' });
  pool.world.store.update('network', internal, { name_label: 'x' });
  expect(told(await from([`network/${internal}`], token))).toEqual([`network mod ${internal}`]);
  expect(told(await from(['NETWORK'], token))).toHaveLength(2);
});

test('waits for what it was asked for, and gathers what comes at once', async () => {
  const { management, internal } = pool.scene.networks;
  const { token } = await from(['*'], '');
  const waiting = from(['network'], token, 30);
  pool.world.store.create('VBD', {});
  setTimeout(() => {
    pool.world.store.update('network', management, { name_label: 'x' });
    setTimeout(() => pool.world.store.update('network', internal, { name_label: 'x' }), 5);
  }, 80);
  expect(told(await waiting)).toEqual([`network mod ${management}`, `network mod ${internal}`]);
});

test('an empty answer comes at the time-out only, with a newer token', async () => {
  const { token } = await from(['*'], '');
  pool.world.store.create('VBD', {});
  const batch = await from(['network'], token, 0.1);
  expect(batch.events).toEqual([]);
  expect(batch.token > token).toBe(true);
});

test('an injected event gives a token, and is told to those who wait', async () => {
  const { token } = await from(['*'], '');
  const injected = await pool.call<string>('event.inject', 'pool', pool.world.poolRef);
  expect(injected > token).toBe(true);
  const batch = await from(['pool'], token);
  expect(told(batch)).toEqual([`pool mod ${pool.world.poolRef}`]);
  expect(batch.token >= injected).toBe(true);
  await expect(pool.call('event.inject', 'pool', 'x')).rejects.toThrow('HANDLE_INVALID(pool, x)');
});

test('who waits while the session ends hears so', async () => {
  const { token } = await from(['*'], '');
  const waiting = from(['pool'], token, 30);
  setTimeout(() => pool.world.sessions.endAll(), 20);
  await expect(waiting).rejects.toThrow('SESSION_INVALID');
});

test('by script nothing is told until it flows again, or an answer is cut off', async () => {
  const { token } = await from(['*'], '');
  const { management, internal } = pool.scene.networks;
  pool.world.feed.stall();
  pool.world.store.update('network', management, { name_label: 'x' });
  const silent = await from(['network'], token, 0.05);
  expect(silent).toMatchObject({ events: [], token });
  pool.world.feed.flow();
  expect(told(await from(['network'], silent.token))).toEqual([`network mod ${management}`]);
  pool.world.store.update('network', internal, { name_label: 'x' });
  pool.world.feed.cutNext(1);
  const half = await from(['network'], token);
  expect(told(half)).toEqual([`network mod ${management}`]);
  expect((await from(['network'], half.token, 0.05)).events).toEqual([]);
});

test('event.next of old needs a registration, and tells what came since', async () => {
  await expect(pool.call('event.next')).rejects.toThrow('SESSION_NOT_REGISTERED');
  await pool.call('event.register', ['network']);
  pool.world.store.update('network', pool.scene.networks.internal, { name_label: 'x' });
  expect(await pool.call('event.next')).toMatchObject([{ class: 'network', operation: 'mod' }]);
});
