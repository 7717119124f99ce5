/** From a call to its result: sessions, parameters, generic messages, tasks, faults. */
import { beforeEach, expect, test } from '@jest/globals';
import { dispatch } from './dispatch.ts';
import { testPool, type TestPool } from '../xapi.testing.ts';

let pool: TestPool;
let now = 0;
beforeEach(async () => {
  now = Date.UTC(2026, 10, 22);
  pool = await testPool({ hosts: 2, now: () => now });
});

test('logging in needs the right password, and calls need a session', async () => {
  await expect(pool.raw('session.login_with_password', 'root', 'no', '1.0', 'me')).rejects.toThrow('SESSION_AUTHENTICATION_FAILED');
  await expect(pool.raw('VM.get_all', 'OpaqueRef:x')).rejects.toThrow('SESSION_INVALID(OpaqueRef:x)');
  await pool.call('session.logout');
  await expect(pool.call('VM.get_all')).rejects.toThrow('SESSION_INVALID');
});

test('a session ends after a day without a call', async () => {
  now += 23 * 3_600_000;
  await pool.call('VM.get_all');
  now += 25 * 3_600_000;
  await expect(pool.call('VM.get_all')).rejects.toThrow('SESSION_INVALID');
});

test('the oldest session of an originator ends when there are more than 500', async () => {
  const login = async (originator: string) => pool.raw('session.login_with_password', 'root', 'secret', '1.0', originator);
  const first = await login('a');
  for (let count = 1; count < 500; count += 1) await login('a');
  await login('b');
  await pool.raw('VM.get_all', first);
  for (let count = 0; count < 500; count += 1) await login('a');
  await expect(pool.raw('VM.get_all', first)).rejects.toThrow('SESSION_INVALID');
  await pool.call('VM.get_all');
});

test('whoever is not the master says who is', async () => {
  const slave = pool.scene.hosts[1] ?? '';
  await expect(dispatch(pool.world, slave, 'session.login_with_password', ['root', 'secret'])).rejects.toThrow('HOST_IS_SLAVE(127.0.0.1)');
  await expect(dispatch(pool.world, slave, 'VM.get_all', [pool.session])).rejects.toThrow('HOST_IS_SLAVE(127.0.0.1)');
});

test('methods and numbers of parameters that are not there', async () => {
  await expect(pool.call('VM.nothing')).rejects.toThrow('MESSAGE_METHOD_UNKNOWN(VM.nothing)');
  await expect(pool.call('Async.VM.get_all')).rejects.toThrow('MESSAGE_METHOD_UNKNOWN(Async.VM.get_all)');
  await expect(pool.call('VM.get_record')).rejects.toThrow('MESSAGE_PARAMETER_COUNT_MISMATCH(VM.get_record, 1, 0)');
  await expect(pool.call('VM.get_record', 'a', 'b')).rejects.toThrow('MESSAGE_PARAMETER_COUNT_MISMATCH(VM.get_record, 1, 2)');
});

test('lists what it has: watched types are those with get_all_records', async () => {
  const methods = (await pool.raw('system.listMethods')) as readonly string[];
  const types = methods.filter((name) => name.endsWith('.get_all_records')).map((name) => name.split('.')[0]);
  expect(types).toEqual(expect.arrayContaining(['VM', 'VBD', 'VDI', 'SR', 'task', 'pool', 'host', 'message']));
  expect(types).not.toContain('session');
  expect(types).not.toContain('event');
  expect(methods).toContain('Async.VM.start');
});

test('what every class has for its fields', async () => {
  const network = pool.scene.networks.management;
  const { uuid } = await pool.call<{ uuid: string }>('network.get_record', network);
  expect(await pool.call('network.get_by_uuid', uuid)).toBe(network);
  await expect(pool.call('network.get_by_uuid', 'u')).rejects.toThrow('UUID_INVALID(network, u)');
  await pool.call('network.set_name_label', network, 'lan');
  expect(await pool.call('network.get_by_name_label', 'lan')).toEqual([network]);
  expect(await pool.call('network.get_by_name_label', 'none')).toEqual([]);
  await pool.call('network.set_MTU', network, '9000');
  expect(await pool.call('network.get_MTU', network)).toBe(9_000);
  await pool.call('network.add_to_other_config', network, 'k', 'v');
  await expect(pool.call('network.add_to_other_config', network, 'k', 'w')).rejects.toThrow(
    `MAP_DUPLICATE_KEY(network, other_config, ${network}, k)`,
  );
  await pool.call('network.remove_from_other_config', network, 'none');
  await pool.call('network.remove_from_other_config', network, 'k');
  expect(await pool.call('network.get_other_config', network)).toEqual({});
  for (const tag of ['a', 'a', 'b']) await pool.call('network.add_tags', network, tag);
  await pool.call('network.remove_tags', network, 'b');
  expect(await pool.call('network.get_tags', network)).toEqual(['a']);
  await expect(pool.call('network.set_name_label', network, 5)).rejects.toThrow('FIELD_TYPE_ERROR(value)');
});

test.each([
  ['field "name_label" = "lan"', 1],
  [`field 'managed' = 'true' and not field "name_label" = "lan"`, 1],
  ['field "name_label" = "lan" or (true and field "bridge" = "xenapi")', 2],
  ['false', 0],
])('get_all_records_where %s', async (expression, count) => {
  await pool.call('network.set_name_label', pool.scene.networks.management, 'lan');
  expect(Object.keys(await pool.call<object>('network.get_all_records_where', expression))).toHaveLength(count);
});

test.each(['field', 'field "a" =', '(true', 'true true', '§'])('%s is no expression', async (expression) => {
  await expect(pool.call('network.get_all_records_where', expression)).rejects.toThrow('INTERNAL_ERROR');
});

test('a client makes a task, and cancels it once', async () => {
  const task = await pool.call<string>('task.create', 'l', 'd');
  expect(await pool.call('task.get_record', task)).toMatchObject({
    name_label: 'l',
    status: 'pending',
    progress: 0,
    finished: '19700101T00:00:00Z',
  });
  await pool.call('task.cancel', task);
  expect(await pool.call('task.get_record', task)).toMatchObject({
    status: 'cancelled',
    error_info: ['TASK_CANCELLED', task],
    finished: '20261122T00:00:00Z',
  });
  await expect(pool.call('task.cancel', task)).rejects.toThrow('OPERATION_NOT_ALLOWED');
  await pool.call('task.destroy', task);
  await expect(pool.call('task.get_record', task)).rejects.toThrow(`HANDLE_INVALID(task, ${task})`);
});

test('tasks that ended are forgotten after 65 minutes', async () => {
  const task = await pool.call<string>('task.create', 'l', 'd');
  await pool.call('task.cancel', task);
  now += 66 * 60_000;
  await pool.call('task.create', 'other', '');
  await expect(pool.call('task.get_record', task)).rejects.toThrow('HANDLE_INVALID');
});

test('by script a call fails as often as asked for, before or after it did its work', async () => {
  const network = pool.scene.networks.management;
  pool.world.faults.add({ method: 'network.set_name_label', about: network, times: 2, do: { fail: ['VDI_IN_USE', '$1', 'x$2'] } });
  await expect(pool.call('network.set_name_label', network, 'a')).rejects.toThrow(`VDI_IN_USE(${network}, xa)`);
  await pool.call('network.set_name_label', pool.scene.networks.internal, 'b');
  await expect(pool.call('network.set_name_label', network, 'a')).rejects.toThrow(`VDI_IN_USE(${network}, xa)`);
  await pool.call('network.set_name_label', network, 'c');
  pool.world.faults.add({ method: 'network.*', when: 'After', do: { fail: ['INTERNAL_ERROR', 'x'] } });
  await expect(pool.call('network.set_name_label', network, 'd')).rejects.toThrow('INTERNAL_ERROR(x)');
  expect(await pool.call('network.get_name_label', network)).toBe('d');
});
