/** Volumes and the Instances that have them, as users see it: attached, kept, given back, refused. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { base, InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const data = [{ name: 'data', volumeName: 'data' }];
const plugged = (): readonly string[] => (world.machine().plugged ?? []).map(({ id }) => id);
const defined = (): readonly string[] => (world.machine().spec.volumes ?? []).map(({ id }) => id);
const diskOf = async (name = 'data'): Promise<string> => (await world.findVolume(name))?.status?.disk ?? 'none';

async function running(): Promise<void> {
  await world.create();
  await world.pass(2);
  expect(await world.ready()).toBe('Ready=True Running');
}

test('a Volume is made where the first Instance that names it is placed, and the guest boots with it', async () => {
  await world.createVolume();
  expect(await world.volume()).toBe('Pending Ready=True NotMade');
  await world.create({ volumes: data });
  await world.pass();
  expect(await world.ready()).toBe('Ready=True Running');
  expect(world.called('attachVolume')).toBe(0);
  expect([plugged(), await world.attached(), await world.volume()]).toEqual([['data'], ['data Attached'], 'InUse Ready=True InUse demo']);
  expect(await world.condition('VolumesReady')).toBe('True Attached');
  expect((await world.findVolume())?.status).toMatchObject({ hypervisorName: 'host-a', pool: 'main', capacity: '8Mi' });
});

test.each(['slow', 'constructor'])('a pool that its host does not have is waited for: %s', async (pool) => {
  await world.createVolume('data', { hypervisorName: 'host-a', pool });
  expect([await world.volume(), await diskOf()]).toEqual(['Pending Ready=False PoolNotFound', 'none']);
});

test('objects may be applied in any order: an Instance waits for the Volume that it begins with', async () => {
  await world.create({ volumes: data });
  await world.pass();
  expect(await world.ready()).toBe('Ready=False VolumeNotFound');
  await world.createVolume();
  await world.pass();
  expect([await world.ready(), plugged()]).toEqual(['Ready=True Running', ['data']]);
});

test('it is attached to a guest that runs, and detached again, without a restart', async () => {
  await world.createVolume('data', { hypervisorName: 'host-a' });
  expect(await world.volume()).toBe('Available Ready=True Available');
  await running();
  const { runId } = world.machine().owner ?? {};
  await world.edit({ volumes: data });
  await world.pass(2);
  expect([plugged(), defined(), await world.attached(), await world.ready()]).toEqual([
    ['data'],
    ['data'],
    ['data Attached'],
    'Ready=True Running',
  ]);
  await world.edit({ volumes: null });
  await world.pass(2);
  expect([plugged(), defined(), await world.attached(), await world.ready()]).toEqual([[], [], [], 'Ready=True Running']);
  expect(await world.volume()).toBe('Available Ready=True Available');
  expect(await world.condition('VolumesReady')).toBeUndefined();
  expect(world.machine().owner?.runId).toBe(runId);
});

test('of a machine that is off only the definition changes', async () => {
  await world.createVolume('data', { hypervisorName: 'host-a' });
  await world.create({ powerState: 'Stopped' });
  await world.pass(2);
  await world.edit({ volumes: data });
  await world.pass(2);
  expect([defined(), await world.attached(), await world.ready()]).toEqual([['data'], ['data Attached'], 'Ready=True Stopped']);
  await world.edit({ volumes: null });
  await world.pass(2);
  expect([defined(), await world.attached(), await world.volume()]).toEqual([[], [], 'Available Ready=True Available']);
});

test('a claim that breaks for no reason that is known is tried again after a pause, and not at once for ever', async () => {
  await world.createVolume('data', { hypervisorName: 'host-a' });
  await running();
  let tries = 0;
  world.api.before = ({ verb, subresource, fieldManager }) => {
    if (verb !== 'patch' || subresource !== 'status' || fieldManager !== 'hostler/instances' || tries === 4) return;
    tries += 1;
    throw new Error('it broke');
  };
  await world.edit({ volumes: data });
  expect([tries, world.log.messages('error').length]).toEqual([2, 1]);
  await world.pass(6);
  expect([await world.ready(), plugged(), await world.attached()]).toEqual(['Ready=True Running', ['data'], ['data Attached']]);
});

test('what somebody detached by hand is attached again', async () => {
  await world.createVolume('data', { hypervisorName: 'host-a' });
  await world.create({ volumes: data });
  await world.pass();
  Object.assign(world.machine(), { plugged: [], spec: { ...world.machine().spec, volumes: [] } });
  await world.restartOperator();
  await world.edit({ metadata: { touched: 'yes' } });
  await world.pass();
  expect([plugged(), await world.attached()]).toEqual([['data'], ['data Attached']]);
});

test('a second Instance is refused the Volume with a reason, runs without it, and gets it when the first gives it back', async () => {
  await world.createVolume('data', { hypervisorName: 'host-a' });
  await world.create({ volumes: data });
  await world.pass(2);
  await world.create({ volumes: data }, 'second');
  await world.pass(2);
  expect(await world.ready('second')).toBe('Ready=False VolumeInUse');
  expect(await world.condition('VolumesReady', 'second')).toBe('False VolumeInUse');
  expect(await world.condition('Running', 'second')).toBe('True Running');
  expect(await world.volume()).toBe('InUse Ready=True InUse demo');
  await world.edit({ volumes: null });
  await world.pass(2);
  expect([await world.attached('second'), await world.volume()]).toEqual([['data Attached'], 'InUse Ready=True InUse second']);
});

test('two Instances at once: one gets it', async () => {
  await world.createVolume('data', { hypervisorName: 'host-a' });
  await Promise.all([world.create({ volumes: data }), world.create({ volumes: data }, 'second')]);
  await world.pass();
  const having = world.machines().filter(({ plugged: has }) => (has ?? []).length > 0);
  expect(having).toHaveLength(1);
  expect([await world.attached(), await world.attached('second')].flat()).toEqual(['data Attached']);
});

test.each([
  ['ReadOnlyMany', true],
  ['ReadWriteMany', false],
] as const)('a Volume of accessMode %s is given to several', async (accessMode, readOnly) => {
  await world.createVolume('data', { hypervisorName: 'host-a', accessMode });
  const volumes = [{ name: 'data', volumeName: 'data', readOnly }];
  await world.create({ volumes });
  await world.create({ volumes }, 'second');
  await world.pass(3);
  expect([await world.attached(), await world.attached('second')]).toEqual([['data Attached'], ['data Attached']]);
  expect(await world.volume()).toBe('InUse Ready=True InUse demo second');
  await world.editVolume({ size: '16Mi' });
  await world.pass(1);
  expect(await world.volume()).toBe('InUse Ready=False VolumeShared demo second');
  await world.delete('second');
  await world.edit({ volumes: null });
  await world.pass(3);
  expect(await world.volume()).toBe('Available Ready=True Available');
  expect((await world.findVolume())?.status?.capacity).toBe('16Mi');
});

test('one that may only be read is not given to who would write', async () => {
  await world.createVolume('data', { hypervisorName: 'host-a', accessMode: 'ReadOnlyMany' });
  await world.create({ volumes: data });
  await world.pass(3);
  expect([await world.ready(), plugged()]).toEqual(['Ready=False VolumeReadOnly', []]);
});

test('an encrypted one is made once its passphrase is there, which only the host keeps', async () => {
  const encryption = { passphraseSecretKeyRef: { name: 'vault', key: 'passphrase' } };
  await world.createVolume('data', { hypervisorName: 'host-a', encryption });
  expect(await world.volume()).toBe('Creating Ready=False SecretNotFound');
  const secret = { metadata: { namespace: 'default', name: 'vault' }, data: { passphrase: Buffer.from('open sesame').toString('base64') } };
  await world.api.create({ group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true }, secret, world.call);
  await world.pass(4);
  expect(await world.volume()).toBe('Available Ready=True Available');
  const { uid = '' } = (await world.findVolume())?.metadata ?? {};
  expect(world.host().driver.secrets.get(uid)).toBe('open sesame');
  await world.create({ volumes: data });
  await world.pass(2);
  expect(world.machine().plugged).toMatchObject([{ id: 'data', secretId: uid }]);
  const told = [JSON.stringify(await world.findVolume()), JSON.stringify(await world.find()), JSON.stringify(world.log.lines)].join();
  expect(told).not.toContain('open sesame');
  await world.edit({ volumes: null });
  await world.pass(2);
  await world.deleteVolume();
  expect([await world.volume(), world.host().driver.secrets.size]).toEqual(['none', 0]);
});

test('a guest that keeps it is asked a bounded number of times, then somebody is; and it may let go after all', async () => {
  await world.createVolume('data', { hypervisorName: 'host-a' });
  await world.create({ volumes: data });
  await world.pass(2);
  world.host().driver.letsGo = false;
  await world.edit({ volumes: null });
  await world.pass(2);
  expect([await world.ready(), await world.attached(), defined(), plugged()]).toEqual([
    'Ready=False NotReleased',
    ['data Detaching'],
    [],
    ['data'],
  ]);
  await world.pass(60);
  expect(world.called('detachVolume')).toBe(8);
  expect(await world.condition('Stalled')).toBe('True NotReleased');
  expect(await world.volume()).toBe('InUse Ready=True InUse demo');
  Object.assign(world.machine(), { plugged: [] });
  await world.restartOperator();
  await world.pass();
  expect([await world.ready(), await world.attached(), await world.volume()]).toEqual([
    'Ready=True Running',
    [],
    'Available Ready=True Available',
  ]);
});

test('while it is kept, the Instance can be stopped, and the Volume is free then', async () => {
  await world.createVolume('data', { hypervisorName: 'host-a' });
  await world.create({ volumes: data });
  await world.pass(2);
  world.host().driver.letsGo = false;
  await world.edit({ volumes: null });
  await world.pass();
  await world.edit({ powerState: 'Stopped' });
  await world.pass(2);
  expect([await world.ready(), await world.attached(), await world.volume()]).toEqual([
    'Ready=True Stopped',
    [],
    'Available Ready=True Available',
  ]);
});

test('deleting the Instance keeps the Volume, and what is on it', async () => {
  await world.createVolume('data', { hypervisorName: 'host-a' });
  await world.create({ volumes: data });
  await world.pass(2);
  await world.delete();
  await world.pass();
  expect(await world.find()).toBeUndefined();
  expect(world.disks()).toEqual([`host-a/default/${await diskOf()}`]);
  expect(await world.volume()).toBe('Available Ready=True Available');
});

test('a Volume in use is not deleted, and says who has it; given back, it goes', async () => {
  await world.createVolume('data', { hypervisorName: 'host-a' });
  await world.create({ volumes: data });
  await world.pass(2);
  await world.deleteVolume();
  await world.pass(2);
  expect(await world.volume()).toBe('Deleting Ready=False VolumeInUse demo');
  expect(await world.condition('VolumesReady')).toBe('True Attached');
  await world.edit({ volumes: null });
  await world.pass(2);
  expect([await world.volume(), world.disks().filter((disk) => disk.includes('volume-'))]).toEqual(['none', []]);
});

test('deletionPolicy Retain leaves the disk', async () => {
  await world.createVolume('data', { hypervisorName: 'host-a', deletionPolicy: 'Retain' });
  const disk = await diskOf();
  await world.deleteVolume();
  expect([await world.volume(), world.disks()]).toEqual(['none', [`host-a/default/${disk}`]]);
});

test('a Volume whose machine was let go of keeps its disk until that gives it up', async () => {
  await world.createVolume('data', { hypervisorName: 'host-a' });
  await world.create({ volumes: data, deletionPolicy: 'Retain' });
  await world.pass(2);
  await world.delete();
  await world.pass(2);
  await world.deleteVolume();
  await world.pass(2);
  expect(await world.volume()).toBe('Deleting Ready=False DiskInUse');
  world.host().driver.machines.clear();
  await world.pass(6);
  expect(await world.volume()).toBe('none');
});

test('placement follows the Volume', async () => {
  await world.share('host-b', 'other');
  await world.createVolume('data', { hypervisorName: 'host-b' });
  await world.create({ volumes: data });
  await world.pass();
  expect((await world.get()).status?.hypervisorName).toBe('host-b');
  await world.createVolume('far', { hypervisorName: 'host-a' });
  await world.create({ volumes: [...data, { name: 'far', volumeName: 'far' }] }, 'both');
  await world.pass();
  expect(await world.ready('both')).toBe('Ready=False NoHypervisorFits');
});

const together = [{ name: 'data', volumeName: 'data' }];
const hostOf = async (name: string): Promise<string | undefined> => (await world.find(name))?.status?.hypervisorName;

test.each([
  ['to write, all of them', { accessMode: 'ReadWriteMany' }, { volumes: together }, { volumes: together }],
  ['one after the other', {}, { volumes: together }, { volumes: together }],
  ['to boot from', {}, { rootVolume: { volumeName: 'data' } }, { rootVolume: { volumeName: 'data' } }],
  ['to boot from, and as another disk', {}, { rootVolume: { volumeName: 'data' } }, { volumes: together }],
] as const)('two new Instances that name one Volume, which is nowhere yet, go to one place: %s', async (_, spec, first, second) => {
  await world.share('host-b', 'other');
  await world.createVolume('data', spec);
  await Promise.all([world.create({ ...first, placement: { hypervisorName: 'host-b' } }, 'first'), world.create(second, 'second')]);
  await world.pass(3);
  expect([await hostOf('first'), (await world.findVolume())?.status?.hypervisorName]).toEqual(['host-b', 'host-b']);
  await world.delete('first');
  await world.pass(12);
  expect([await hostOf('second'), await world.ready('second')]).toEqual(['host-b', 'Ready=True Running']);
});

test('what was placed before its Volume was, and away from it, is placed again', async () => {
  await world.share('host-b', 'other');
  await world.createVolume();
  world.base = { kind: 'InProgress', percent: undefined, message: 'it comes' } as never;
  await world.create({ volumes: together });
  expect(await hostOf('demo')).toBe('host-a');
  await world.deleteVolume();
  await world.createVolume('data', { hypervisorName: 'host-b' });
  world.base = { kind: 'Ready', base: base('base-1') };
  await world.pass(6);
  expect([await hostOf('demo'), await world.ready(), plugged()]).toEqual(['host-b', 'Ready=True Running', ['data']]);
  expect(world.disks().filter((disk) => disk.startsWith('host-a'))).toEqual([]);
});

test('a Volume on another host is left out and told', async () => {
  await world.share('host-b', 'other');
  await running();
  await world.createVolume('data', { hypervisorName: 'host-b' });
  await world.edit({ volumes: data });
  await world.pass(2);
  expect([await world.ready(), plugged()]).toEqual(['Ready=False VolumeElsewhere', []]);
});

test('a disk that is gone keeps no guest from its boot, and is told', async () => {
  await world.createVolume('data', { hypervisorName: 'host-a' });
  await world.create({ volumes: data });
  await world.pass(2);
  await world.edit({ powerState: 'Stopped' });
  await world.pass(2);
  world.host().driver.disks.delete(`default/${await diskOf()}`);
  await world.edit({ powerState: 'Running' });
  await world.pass(2);
  expect([await world.condition('Running'), await world.ready(), plugged()]).toEqual(['True Running', 'Ready=False DiskNotFound', []]);
});

test('a Volume whose disk is gone is told, and not made again', async () => {
  await world.createVolume('data', { hypervisorName: 'host-a' });
  const disk = `default/${await diskOf()}`;
  world.host().driver.disks.delete(disk);
  await world.restartOperator();
  await world.editVolume({ deletionPolicy: 'Retain' });
  expect([await world.volume(), world.disks()]).toEqual(['Error Ready=False DisksLost', []]);
  world.host().driver.disks.set(disk, 8 * 1024 * 1024);
  await world.pass(7);
  expect(await world.volume()).toBe('Available Ready=True Available');
});

test('it grows while a guest has it', async () => {
  await world.createVolume('data', { hypervisorName: 'host-a' });
  await world.create({ volumes: data });
  await world.pass(2);
  await world.editVolume({ size: '16Mi' });
  await world.pass(1);
  expect((await world.findVolume())?.status?.capacity).toBe('16Mi');
  expect(world.host().driver.disks.get(`default/${await diskOf()}`)).toBe(16 * 1024 * 1024);
  expect(await world.ready()).toBe('Ready=True Running');
});

test('one from an Image is made on its base, and is no smaller', async () => {
  await world.createVolume('small', { hypervisorName: 'host-a', imageName: 'demo', size: '4Mi' });
  expect(await world.volume('small')).toBe('Error Ready=False VolumeTooSmall');
  await world.editVolume({ size: '8Mi' }, 'small');
  expect(await world.volume('small')).toBe('Available Ready=True Available');
});

test('at rest neither costs a write', async () => {
  await world.createVolume('data', { hypervisorName: 'host-a' });
  await world.create({ volumes: data });
  await world.pass(6);
  const before = world.api.writes().length;
  await world.pass(12);
  expect(world.api.writes()).toHaveLength(before);
});

// The operator is killed before every change that it makes, to hosts or to the API.
