/** Volumes of disks that exist already: had as any other, claimed by one Volume only, and left as they are. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { settled } from '../../kernel/testing/manual-clock.ts';
import { HYPERVISORS } from '../../resources.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

const UNIT = 'unit:0:0:1';
const MIB = 2 ** 20;
const data = [{ name: 'data', volumeName: 'data' }];
const asked = { existing: 'payroll', pool: 'san' } as const;

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
  for (const host of ['host-a', 'host-b']) world.host(host).driver.disks.set(`san/${UNIT}`, 16 * MIB - 512);
});
afterEach(() => world.stopOperator());

async function offer(host: string, namespace = 'default', sharedId?: string): Promise<void> {
  const disks = [{ name: 'payroll', disk: UNIT, namespace }];
  const san = { pool: 'san', disks, ...(sharedId !== undefined && { sharedId }) };
  await world.api.mergePatch(HYPERVISORS, { name: host }, { spec: { defaultPool: 'main', pools: { san } } }, world.call);
  await settled(40);
}

const plugged = (): readonly string[] => (world.machine().plugged ?? []).map(({ id, pool, name }) => `${id} ${pool}/${name}`);
/** What was asked of the hosts that makes, changes or removes disks of Volumes. */
const makings = (): readonly number[] => ['growDisk', 'keepSecret'].map((verb) => world.called(verb));

async function running(spec: object = {}): Promise<void> {
  await world.create({ placement: { hypervisorName: 'host-a' }, ...spec });
  await world.pass(2);
  expect(await world.ready()).toBe('Ready=True Running');
}

test('it is the disk that the Hypervisor offers, in the size that it has; nothing is made', async () => {
  await offer('host-a');
  await world.createVolume('data', { ...asked, hypervisorName: 'host-a' });
  expect(await world.volume()).toBe('Available Ready=True Available');
  expect((await world.findVolume())?.status).toMatchObject({ hypervisorName: 'host-a', pool: 'san', disk: UNIT, capacity: '16776704' });
  expect([world.called('createDisk'), ...makings()]).toEqual([0, 0, 0]);
});

test('it is plugged into a guest that runs, once, and out again', async () => {
  await offer('host-a');
  await world.createVolume('data', { ...asked, hypervisorName: 'host-a' });
  await running();
  await world.edit({ volumes: data });
  await world.pass(2);
  expect([plugged(), await world.attached(), await world.volume()]).toEqual([
    [`data san/${UNIT}`],
    ['data Attached'],
    'InUse Ready=True InUse demo',
  ]);
  const calls = world.changes();
  await world.pass(3);
  expect(world.changes()).toBe(calls);
  await world.edit({ volumes: null });
  await world.pass(2);
  expect([plugged(), await world.attached(), await world.volume()]).toEqual([[], [], 'Available Ready=True Available']);
});

test('another Volume takes its place under the same name once it is given back: what is on it is not moved', async () => {
  await offer('host-a');
  await world.createVolume('data', { ...asked, hypervisorName: 'host-a' });
  await world.createVolume('other', { hypervisorName: 'host-a' });
  await running({ volumes: data });
  await world.edit({ volumes: [{ name: 'data', volumeName: 'other' }] });
  await world.pass(3);
  expect([plugged(), await world.ready()]).toEqual([[`data san/${UNIT}`], 'Ready=False SwapRequired']);
  await world.edit({ volumes: null });
  await world.pass(3);
  await world.edit({ volumes: [{ name: 'data', volumeName: 'other' }] });
  await world.pass(3);
  const other = (await world.findVolume('other'))?.status?.disk;
  expect([plugged(), await world.volume(), await world.volume('other')]).toEqual([
    [`data default/${other}`],
    'Available Ready=True Available',
    'InUse Ready=True InUse demo',
  ]);
});

test('an operator that starts anew finds it plugged in as it was', async () => {
  await offer('host-a');
  await world.createVolume('data', { ...asked, hypervisorName: 'host-a' });
  await running({ volumes: data });
  const calls = world.changes();
  await world.restartOperator();
  await world.pass(3);
  expect([plugged(), await world.attached(), world.changes() - calls]).toEqual([[`data san/${UNIT}`], ['data Attached'], 0]);
});

test('the first Instance that names it goes where it is offered', async () => {
  await offer('host-b');
  await world.createVolume('data', asked);
  await world.create({ volumes: data });
  await world.pass(3);
  expect([await world.ready(), (await world.get()).status?.hypervisorName, plugged()]).toEqual([
    'Ready=True Running',
    'host-b',
    [`data san/${UNIT}`],
  ]);
});

test.each([
  ['by nobody', []],
  ['to another namespace', [{ name: 'payroll', disk: UNIT, namespace: 'elsewhere' }]],
])('what is offered %s is not had, until it is', async (_, disks) => {
  await world.api.mergePatch(HYPERVISORS, { name: 'host-a' }, { spec: { pools: { san: { pool: 'san', disks } } } }, world.call);
  await world.createVolume('data', { ...asked, hypervisorName: 'host-a' });
  expect(await world.volume()).toMatch(/Ready=False DiskNotOffered$/);
  expect(world.called('listDisks')).toBe(0);
  await offer('host-a');
  expect(await world.volume()).toBe('Available Ready=True Available');
});

test('what is offered and not there is waited for, across a restart of the operator', async () => {
  world.host('host-a').driver.disks.delete(`san/${UNIT}`);
  await offer('host-a');
  await world.createVolume('data', { ...asked, hypervisorName: 'host-a' });
  expect(await world.volume()).toMatch(/Ready=False DiskNotFound$/);
  await world.restartOperator();
  world.host('host-a').driver.disks.set(`san/${UNIT}`, MIB);
  await world.clock.advance(61_000);
  expect(await world.volume()).toBe('Available Ready=True Available');
});

test.each([
  ['host-a', undefined],
  ['host-b', 'array-1'],
])('no two Volumes are one disk (on %s, shared as %s); deleted, it stays, and the next one gets it', async (host, sharedId) => {
  await offer('host-a', 'default', sharedId);
  await offer('host-b', 'default', sharedId);
  await Promise.all([
    world.createVolume('data', { ...asked, hypervisorName: 'host-a' }),
    world.createVolume('rival', { ...asked, hypervisorName: host }),
  ]);
  expect([await world.volume(), await world.volume('rival')].toSorted()).toEqual([
    expect.stringMatching(/Available/),
    expect.stringMatching(/Ready=False DiskClaimed$/),
  ]);
  await world.restartOperator();
  await world.pass();
  const [first, second] = (await world.volume()).startsWith('Available') ? ['data', 'rival'] : ['rival', 'data'];
  await world.deleteVolume(first);
  expect([await world.volume(first), await world.volume(second)]).toEqual(['none', 'Available Ready=True Available']);
  expect(world.host('host-a').driver.disks.has(`san/${UNIT}`)).toBe(true);
  expect(world.called('deleteDisk') + world.called('deleteDisk', 'host-b')).toBe(0);
});

test('the same disk of hosts that share nothing is two disks', async () => {
  await offer('host-a');
  await offer('host-b');
  await world.createVolume('data', { ...asked, hypervisorName: 'host-a' });
  await world.createVolume('rival', { ...asked, hypervisorName: 'host-b' });
  expect([await world.volume(), await world.volume('rival')]).toEqual(Array(2).fill('Available Ready=True Available'));
});

const boots = { rootVolume: { volumeName: 'data' }, placement: { hypervisorName: 'host-a' } } as const;
const rootOf = (): string => world.machine().spec.disks.map(({ role, pool, name }) => `${role} ${pool}/${name}`)[0] ?? 'none';

test('an instance boots from it, and leaves it as it is', async () => {
  await offer('host-a');
  await world.create(boots);
  await world.createVolume('data', { ...asked, hypervisorName: 'host-a' });
  await world.pass(3);
  expect([await world.ready(), rootOf(), await world.volume()]).toEqual([
    'Ready=True Running',
    `root san/${UNIT}`,
    'InUse Ready=True InUse demo',
  ]);
  await world.edit({ powerState: 'Stopped' });
  await world.pass(2);
  await world.edit({ powerState: 'Running' });
  await world.pass(2);
  expect([await world.ready(), rootOf(), ...makings()]).toEqual(['Ready=True Running', `root san/${UNIT}`, 0, 0]);
  await world.delete();
  await world.pass(3);
  expect([await world.find(), await world.volume()]).toEqual([undefined, 'Available Ready=True Available']);
  expect(world.host('host-a').driver.disks.has(`san/${UNIT}`)).toBe(true);
});

test('with deleteOnTermination the Volume goes with its instance, and the disk stays', async () => {
  await offer('host-a');
  await world.createVolume('data', { ...asked, hypervisorName: 'host-a' });
  await world.create({ ...boots, rootVolume: { volumeName: 'data', deleteOnTermination: true } });
  await world.pass(3);
  expect(await world.ready()).toBe('Ready=True Running');
  await world.delete();
  await world.pass(3);
  expect([await world.find(), await world.volume()]).toEqual([undefined, 'none']);
  expect(world.host('host-a').driver.disks.has(`san/${UNIT}`)).toBe(true);
});

test('it is not booted from while another instance has it', async () => {
  await offer('host-a');
  await world.createVolume('data', { ...asked, hypervisorName: 'host-a' });
  await running({ volumes: data });
  await world.create(boots, 'second');
  await world.pass(2);
  expect(await world.ready('second')).toBe('Ready=False VolumeInUse');
});

test.each(['its definition', 'its status'] as const)('what boots from it and loses %s, boots from it again', async (what) => {
  await offer('host-a');
  await world.createVolume('data', { ...asked, hypervisorName: 'host-a' });
  await world.create(boots);
  await world.pass(3);
  if (what === 'its status') await world.loseStatus();
  else world.host('host-a').driver.machines.clear();
  await world.pass(6);
  expect([await world.ready(), rootOf(), await world.volume()]).toEqual([
    'Ready=True Running',
    `root san/${UNIT}`,
    'InUse Ready=True InUse demo',
  ]);
  expect((await world.get()).status?.rootVolume?.volumeName).toBe('data');
});
