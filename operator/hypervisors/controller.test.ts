import { expect, test } from '@jest/globals';
import { DriverError } from '../../drivers/labels.ts';
import type { KubeObject } from '../kernel/api/object.ts';
import type { Resource } from '../kernel/api/resource.ts';
import { findCondition } from '../kernel/status/conditions.ts';
import { HYPERVISORS, INSTANCES, VOLUMES } from '../resources.ts';
import { create, fake, newWorld, place } from './testing/hypervisor-world.ts';
import { FACTS, MARK } from './testing/scripted-driver.ts';

const SECRETS: Resource<KubeObject & { readonly data?: Record<string, string> }> = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
};

test('a new host is contacted, reported, and then costs no write', async () => {
  const world = newWorld();
  await world.start();
  await create(world, 'h', { ...fake, pools: { main: { pool: 'default' } } });
  expect(world.condition('h', 'Ready')).toBe('True/Connected');
  expect(world.hypervisor('h').status).toMatchObject({
    reachable: { status: 'True' },
    facts: { hostId: 'id-h' },
    capacity: { cpu: 8, memory: '64Gi' },
    pools: { main: { capacity: '100Gi' } },
    allocated: { instances: 0 },
  });
  const writes = world.api.writes().length;
  await world.clock.advance(120_000);
  expect(world.api.writes()).toHaveLength(writes);
});

test('a host is reported on though another replica writes in between, which wakes nobody', async () => {
  const world = newWorld();
  await world.start();
  let others = 2;
  world.api.before = async ({ verb, kind, subresource, fieldManager }) => {
    if (verb !== 'patch' || kind !== 'Hypervisor' || subresource !== 'status' || fieldManager === 'other' || others-- <= 0) return;
    const status = { allocated: { instances: others } };
    await world.api.mergePatch(HYPERVISORS, { name: 'h' }, { status }, world.call, { subresource: 'status', fieldManager: 'other' });
  };
  await create(world, 'h');
  expect(world.condition('h', 'Ready')).toBe('True/Connected');
  expect(world.hypervisor('h').status).toMatchObject({ allocated: { instances: 0 } });
});

test('a restarted operator writes nothing when all is as it was', async () => {
  const before = newWorld();
  await before.start();
  await create(before, 'h');
  const object = before.hypervisor('h');

  const after = newWorld();
  await after.api.create(HYPERVISORS, object, after.call);
  await after.api.mergePatch(HYPERVISORS, { name: 'h' }, { status: object.status }, after.call, { subresource: 'status' });
  const writes = after.api.writes().length;
  await after.clock.advance(3_600_000);
  await after.start();
  await after.clock.advance(60_000);
  expect(after.registry.get('h')?.reachability()).toMatchObject({
    status: 'True',
    since: Date.parse(object.status?.reachable?.since ?? ''),
  });
  expect(after.api.writes()).toHaveLength(writes);
});

test('a silent host is Unknown with its last facts, once; a fence is honoured, and voided by contact', async () => {
  const world = newWorld();
  await world.start();
  await create(world, 'h');
  const driver = world.drivers.get('h');
  if (driver === undefined) throw new Error('no driver');
  driver.mood = 'hang';
  await world.clock.advance(120_000);
  expect([world.condition('h', 'Ready'), world.condition('h', 'Reconciling')]).toEqual(['Unknown/HostUnreachable', 'True/HostUnreachable']);
  expect(world.hypervisor('h').status).toMatchObject({ reachable: { status: 'False' }, facts: { hostId: 'id-h' } });
  const writes = world.api.writes('hostler/hypervisors').length;
  await world.clock.advance(600_000);
  expect(world.api.writes('hostler/hypervisors')).toHaveLength(writes);

  const at = new Date(world.clock.now()).toISOString();
  await world.api.mergePatch(HYPERVISORS, { name: 'h' }, { spec: { fence: { at, by: 'ada' } } }, world.call);
  await world.clock.advance(1_000);
  expect(world.condition('h', 'FenceHonoured')).toBe('True/Fenced');

  driver.mood = 'answer';
  await world.clock.advance(60_000);
  expect([world.condition('h', 'FenceHonoured'), world.condition('h', 'Ready')]).toEqual(['False/HostAnswered', 'True/Connected']);
  driver.mood = 'hang';
  await world.clock.advance(60_000);
  expect(world.condition('h', 'FenceHonoured')).toBe('False/HostAnswered');
});

test('a fence of the future counts when its time has come', async () => {
  const world = newWorld((driver) => (driver.mood = new DriverError('HostUnreachable', 'refused')));
  await world.start();
  await create(world, 'h', { ...fake, fence: { at: new Date(world.clock.now() + 30_000).toISOString(), by: 'ada' } });
  expect(world.condition('h', 'FenceHonoured')).toBe('False/FenceInFuture');
  await world.clock.advance(60_000);
  expect(world.condition('h', 'FenceHonoured')).toBe('True/Fenced');
});

test('a hung host leaves others alone', async () => {
  const world = newWorld((driver, name) => (driver.mood = name === 'hung' ? 'dead' : 'answer'));
  await world.start();
  await create(world, 'hung');
  await create(world, 'fine');
  expect(world.condition('fine', 'Ready')).toBe('True/Connected');
  expect(world.condition('hung', 'Ready')).toBe('Unknown/Connecting');
  await world.clock.advance(30_000);
  expect(world.condition('hung', 'Ready')).toBe('Unknown/HostUnreachable');
});

test('of two Hypervisors that are one host the elder keeps it', async () => {
  const world = newWorld((driver) => (driver.facts = FACTS));
  await world.start();
  await create(world, 'elder');
  await create(world, 'younger');
  expect([world.condition('younger', 'Stalled'), world.condition('younger', 'Ready')]).toEqual([
    'True/DuplicateHost',
    'False/DuplicateHost',
  ]);
  expect(world.condition('elder', 'Ready')).toBe('True/Connected');
  expect([world.registry.get('younger'), world.registry.list().map(({ name }) => name)]).toEqual([undefined, ['elder']]);
  await world.api.delete(HYPERVISORS, { name: 'elder' }, world.call);
  await world.clock.advance(1_000);
  expect(world.condition('younger', 'Ready')).toBe('True/Connected');
  expect(world.registry.get('younger')).toBeDefined();
});

test('while the elder is silent, what was recorded of it tells that the younger is the same host', async () => {
  const before = newWorld((driver) => (driver.facts = FACTS));
  await before.start();
  await create(before, 'elder');
  await create(before, 'younger');

  const after = newWorld((driver, name) => {
    driver.facts = FACTS;
    driver.mood = name === 'elder' ? 'hang' : 'answer';
  });
  for (const name of ['elder', 'younger']) {
    const object = before.hypervisor(name);
    await after.api.create(HYPERVISORS, object, after.call);
    await after.api.mergePatch(HYPERVISORS, { name }, { status: object.status }, after.call, { subresource: 'status' });
    await after.clock.advance(1_000);
  }
  await after.start();
  await after.clock.advance(1_000);
  expect(after.registry.session('younger')?.connected).toBe(true);
  expect(after.registry.list().map(({ name }) => name)).toEqual(['elder']);
  await after.clock.advance(60_000);
  expect([after.condition('elder', 'Ready'), after.condition('younger', 'Ready')]).toEqual([
    'Unknown/HostUnreachable',
    'False/DuplicateHost',
  ]);
});

test('a missing Secret is waited for; a key that it lacks is said; a new content is taken when the host refuses the old', async () => {
  const world = newWorld();
  await world.start();
  await create(world, 'h', { driver: 'libvirt', libvirt: { uri: 'qemu+tls://h/system', tls: { caSecret: { name: 'ca' } } } });
  expect([world.condition('h', 'Ready'), world.condition('h', 'Reconciling')]).toEqual(['False/SecretNotFound', 'True/SecretNotFound']);
  expect(findCondition(world.hypervisor('h').status?.conditions, 'Ready')?.message).toContain(
    'Secret ca does not exist in namespace system',
  );

  await world.api.create(SECRETS, { metadata: { namespace: 'system', name: 'ca' }, data: { other: 'eA==' } }, world.call);
  await world.clock.advance(130_000);
  expect(world.condition('h', 'Stalled')).toBe('True/SecretKeyMissing');

  await world.api.mergePatch(
    SECRETS,
    { namespace: 'system', name: 'ca' },
    { data: { 'ca.crt': Buffer.from('CA1').toString('base64') } },
    world.call,
  );
  await world.api.mergePatch(HYPERVISORS, { name: 'h' }, { spec: { schedulable: false } }, world.call);
  await world.clock.advance(1_000);
  expect(world.condition('h', 'Ready')).toBe('True/Connected');
  expect(world.connections).toEqual([{ uri: 'qemu+tls://h/system', tls: { ca: 'CA1' } }]);

  const first = world.drivers.get('libvirt');
  if (first !== undefined) first.mood = new DriverError('InvalidSpec', 'certificate refused', { reason: 'AuthenticationFailed' });
  await world.api.mergePatch(
    SECRETS,
    { namespace: 'system', name: 'ca' },
    { data: { 'ca.crt': Buffer.from('CA2').toString('base64') } },
    world.call,
  );
  await world.clock.advance(20_000);
  expect(world.condition('h', 'Stalled')).toBe('True/AuthenticationFailed');
  await world.clock.advance(240_000);
  expect(world.connections.at(-1)).toMatchObject({ tls: { ca: 'CA2' } });
  expect(world.condition('h', 'Ready')).toBe('True/Connected');
});

test('a configuration that cannot work stalls until it is corrected', async () => {
  const world = newWorld();
  await world.start();
  await create(world, 'h', { driver: 'libvirt', libvirt: { uri: 'bad://h' } });
  expect(world.condition('h', 'Stalled')).toBe('True/UnsupportedUri');
  await world.api.mergePatch(HYPERVISORS, { name: 'h' }, { spec: { libvirt: { uri: 'qemu:///system' } } }, world.call);
  await world.clock.advance(1_000);
  expect(world.condition('h', 'Ready')).toBe('True/Connected');
});

test('what is placed is told in few writes, and holds a Hypervisor that is deleted', async () => {
  const world = newWorld();
  await world.start();
  await create(world, 'h');
  const before = world.api.writes('hostler/hypervisors').length;
  for (const name of ['x', 'y', 'z']) await place(world, name, 'h');
  await world.clock.advance(6_000);
  expect(world.hypervisor('h').status?.allocated).toEqual({ instances: 3, cpu: 6, memory: '3Gi' });
  expect(world.api.writes('hostler/hypervisors').length - before).toBe(1);

  await world.api.delete(HYPERVISORS, { name: 'h' }, world.call);
  await world.clock.advance(1_000);
  expect(world.condition('h', 'Deleting')).toBe('True/InstancesPresent');
  expect(findCondition(world.hypervisor('h').status?.conditions, 'Deleting')?.message).toContain(
    '3 Instances are placed here (a/x, a/y, a/z)',
  );
  expect(world.registry.get('h')).toBeDefined();
  for (const name of ['x', 'y', 'z']) await world.api.delete(INSTANCES, { namespace: 'a', name }, world.call);
  await world.clock.advance(10_000);
  expect(world.api.objects(HYPERVISORS)).toEqual([]);
  expect(world.registry.get('h')).toBeUndefined();
  expect(world.drivers.get('h')?.calls.close).toBeGreaterThan(0);
});

test('a Volume that is on it holds a Hypervisor, too', async () => {
  const world = newWorld();
  await world.start();
  await create(world, 'h');
  const ref = { namespace: 'a', name: 'data' };
  await world.api.create(VOLUMES, { metadata: ref, spec: { size: '8Mi' } }, world.call);
  await world.api.mergePatch(VOLUMES, ref, { status: { hypervisorName: 'h' } }, world.call, { subresource: 'status' });
  await world.api.delete(HYPERVISORS, { name: 'h' }, world.call);
  await world.clock.advance(1_000);
  expect(world.condition('h', 'Deleting')).toBe('True/VolumesPresent');
  await world.api.delete(VOLUMES, ref, world.call);
  await world.clock.advance(1_000);
  expect(world.api.objects(HYPERVISORS)).toEqual([]);
});

test('another endpoint is another session', async () => {
  const world = newWorld();
  await world.start();
  await create(world, 'h');
  const first = world.drivers.get('h');
  await world.api.mergePatch(HYPERVISORS, { name: 'h' }, { spec: { schedulable: false } }, world.call);
  await world.clock.advance(1_000);
  expect(world.drivers.get('h')).toBe(first);
  await world.api.mergePatch(HYPERVISORS, { name: 'h' }, { spec: { fake: { socket: '/run/other' } } }, world.call);
  await world.clock.advance(1_000);
  expect(world.drivers.get('h')).not.toBe(first);
  expect(first?.calls.close).toBe(1);
  expect(world.condition('h', 'Ready')).toBe('True/Connected');
});

test('machines of another cluster are told with the id to set, and emulation is told', async () => {
  const world = newWorld((driver) => {
    driver.facts = { ...FACTS, virtualization: 'Software' };
    driver.set('m', { owner: { ...MARK, clusterId: 'before-the-fire' } });
  });
  await world.start();
  await create(world, 'h');
  expect([world.condition('h', 'ForeignMachines'), world.condition('h', 'SoftwareEmulation')]).toEqual([
    'True/OtherCluster',
    'True/NoHardwareVirtualization',
  ]);
  expect(findCondition(world.hypervisor('h').status?.conditions, 'ForeignMachines')?.message).toContain('clusterId to "before-the-fire"');
  world.drivers.get('h')?.machines.clear();
  await world.clock.advance(20_000);
  expect(world.condition('h', 'ForeignMachines')).toBe('absent');
});
