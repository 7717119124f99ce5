/** An Instance that boots from a Volume, as users see it: made, kept, given back, refused; and through every other operation. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { INSTANCES, VOLUMES } from '../../resources.ts';
import { InstanceWorld } from '../testing/instance-world.ts';
import { strangerMachine } from '../testing/stranger-machine.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const MIB = 1024 * 1024;
const ROOT = { rootVolume: { volumeName: 'disk' } } as const;
const DELETED = { rootVolume: { volumeName: 'disk', deleteOnTermination: true } } as const;

const volume = (): Promise<string> => world.volume('disk');
const makeVolume = (over: Parameters<InstanceWorld['createVolume']>[1] = {}) => world.createVolume('disk', { imageName: 'demo', ...over });
const diskName = async (): Promise<string> => (await world.findVolume('disk'))?.status?.disk ?? 'none';
const rootOf = (): string => world.machine().spec.disks.find(({ role }) => role === 'root')?.name ?? 'none';
const held = async (name = 'demo') => (await world.find(name))?.status?.rootVolume?.volumeName;

async function running(spec: Parameters<InstanceWorld['create']>[0] = ROOT): Promise<void> {
  await makeVolume();
  await world.create(spec);
  await world.pass(2);
  expect([await world.ready(), rootOf()]).toEqual(['Ready=True Running', await diskName()]);
}

describe('an Instance with a root Volume', () => {
  test('the Volume is made where the Instance is placed, and is all the disk it boots from', async () => {
    await running();
    expect(await volume()).toBe('InUse Ready=True InUse demo');
    expect((await world.findVolume('disk'))?.status).toMatchObject({
      hypervisorName: 'host-a',
      attachedTo: [{ instanceName: 'demo', name: 'root' }],
    });
    const { uid } = (await world.get()).metadata;
    expect(world.disks().filter((disk) => disk.includes(`${uid}-root`))).toEqual([]);
    expect((await world.get()).status).toMatchObject({
      rootVolume: { volumeName: 'disk' },
      resolved: { rootDisk: '0', image: { name: 'demo' } },
      disks: [{ name: 'root', pool: 'main', volume: await diskName(), size: '8Mi' }, { name: 'config' }],
    });
    expect([await world.condition('VolumesReady'), await world.condition('ImageReady')]).toEqual([undefined, undefined]);
  });

  test('objects may be applied in any order', async () => {
    await world.create(ROOT);
    await world.pass(1);
    expect([await world.ready(), await world.condition('VolumesReady')]).toEqual(['Ready=False VolumeNotFound', 'False VolumeNotFound']);
    await makeVolume();
    await world.pass(2);
    expect(await world.ready()).toBe('Ready=True Running');
  });

  test('it waits for a Volume that cannot be made, and says why', async () => {
    await makeVolume({ size: '4Mi' });
    await world.create(ROOT);
    await world.pass(2);
    expect([await world.ready(), world.machines()]).toEqual(['Ready=False VolumeNotMade', []]);
    await world.editVolume({ size: '8Mi' }, 'disk');
    await world.pass(2);
    expect(await world.ready()).toBe('Ready=True Running');
  });

  test('placement follows the Volume, and no longer its Image', async () => {
    await world.share('host-b', 'other');
    await makeVolume({ hypervisorName: 'host-b' });
    await world.deleteImage('demo');
    await world.create(ROOT);
    await world.pass(2);
    expect([await world.ready(), (await world.get()).status?.hypervisorName]).toEqual(['Ready=True Running', 'host-b']);
  });

  test.each([
    ['shared', { accessMode: 'ReadWriteMany' }],
    ['encrypted', { encryption: { passphraseSecretKeyRef: { name: 'vault', key: 'k' } } }],
  ] as const)('one that is %s is refused', async (_, over) => {
    await world.createVolume('disk', over);
    await world.create(ROOT);
    await world.pass(1);
    expect([await world.ready(), await held()]).toEqual(['Ready=False VolumeUnfit', undefined]);
  });

  test('at rest neither costs a write', async () => {
    await running();
    await world.pass(4);
    const before = world.api.writes().length;
    await world.pass(12);
    expect(world.api.writes()).toHaveLength(before);
  });

  test('what was written is there after a restart of guest and operator', async () => {
    await running();
    await world.edit({ powerState: 'Stopped' });
    await world.pass(2);
    await world.restartOperator();
    await world.edit({ powerState: 'Running' });
    await world.pass(2);
    expect([await world.ready(), rootOf()]).toEqual(['Ready=True Running', await diskName()]);
  });
});

describe('one Volume', () => {
  test('is the root disk of one Instance: another waits for it, without a machine', async () => {
    await running();
    await world.create(ROOT, 'second');
    await world.pass(2);
    expect([await world.ready('second'), await held('second'), world.machines()]).toEqual([
      'Ready=False VolumeInUse',
      undefined,
      [world.machine()],
    ]);
    await world.delete();
    await world.pass(3);
    expect([await world.ready('second'), await volume()]).toEqual(['Ready=True Running', 'InUse Ready=True InUse second']);
  });

  test('§16.27: is free at no moment of what is done to the Instance that has it, though another one waits for it', async () => {
    await world.makeImage('rescue-system');
    await running({ ...ROOT, resize: { confirm: 'Automatic' } });
    await world.create(ROOT, 'second');
    const holders = new Set<string>();
    for (const { driver } of world.hosts.list()) {
      driver.before = () => {
        for (const { status } of world.api.objects(VOLUMES)) holders.add((status?.attachedTo ?? []).map((one) => one.instanceName).join());
        for (const { metadata, status } of world.api.objects(INSTANCES)) if (status?.rootVolume !== undefined) holders.add(metadata.name);
      };
    }
    for (const edit of [
      { flavorName: 'big' },
      { powerState: 'Stopped' },
      { powerState: 'Running' },
      { rescue: { imageName: 'rescue-system' } },
    ] as const) {
      await world.edit(edit);
      await world.pass(2);
    }
    await world.edit({ rescue: null });
    world.host().driver.machines.clear();
    await world.pass(4);
    expect([await world.ready(), await world.ready('second'), [...holders]]).toEqual([
      'Ready=True Running',
      'Ready=False VolumeInUse',
      ['demo'],
    ]);
  });

  test('is given to one of two at once', async () => {
    await makeVolume();
    await Promise.all([world.create(ROOT), world.create(ROOT, 'second')]);
    await world.pass(2);
    expect([world.machines().length, [await held(), await held('second')].filter((one) => one !== undefined)]).toEqual([1, ['disk']]);
  });

  test('that is plugged into another Instance is waited for; and one that is booted from is plugged in nowhere', async () => {
    await makeVolume({ hypervisorName: 'host-a' });
    await world.create({ volumes: [{ name: 'data', volumeName: 'disk' }] }, 'first');
    await world.pass(2);
    await world.create(ROOT);
    await world.pass(1);
    expect(await world.ready()).toBe('Ready=False VolumeInUse');
    await world.edit({ volumes: null }, 'first');
    await world.pass(3);
    expect(await world.ready()).toBe('Ready=True Running');
    await world.edit({ volumes: [{ name: 'data', volumeName: 'disk' }] }, 'first');
    await world.pass(2);
    expect([await world.ready('first'), await world.attached('first')]).toEqual(['Ready=False VolumeInUse', []]);
  });

  test('that a machine of nobody’s has is not booted from', async () => {
    await makeVolume({ hypervisorName: 'host-a' });
    const disk = { role: 'root', pool: 'default', name: await diskName() } as const;
    const stranger = strangerMachine('stranger');
    world.host().driver.machines.set('stranger', { ...stranger, spec: { ...stranger.spec, disks: [disk] } });
    world.hosts.tick();
    await world.create(ROOT);
    await world.pass(1);
    expect(await world.ready()).toBe('Ready=False DiskInUse');
    world.host().driver.machines.delete('stranger');
    await world.pass(12);
    expect(await world.ready()).toBe('Ready=True Running');
  });

  test('whose disk is gone is told, and made by nobody', async () => {
    await makeVolume({ hypervisorName: 'host-a' });
    world.host().driver.disks.delete(`default/${await diskName()}`);
    await world.create(ROOT);
    await world.pass(1);
    expect([await world.ready(), world.machines()]).toEqual(['Ready=False DiskNotFound', []]);
  });
});

describe('deleting', () => {
  test('keeps the Volume, free for another', async () => {
    await running();
    await world.delete();
    await world.pass(2);
    expect([await world.ready(), await volume(), world.disks()]).toEqual([
      'none',
      'Available Ready=True Available',
      [`host-a/default/${await diskName()}`],
    ]);
  });

  test('deletes it where that is asked', async () => {
    await running(DELETED);
    await world.delete();
    await world.pass(2);
    expect([await world.ready(), await volume(), world.disks()]).toEqual(['none', 'none', []]);
  });

  test('asked for later, too; and a Volume whose own policy is Retain leaves its disk', async () => {
    await running();
    await world.edit({ rootVolume: { volumeName: 'disk', deleteOnTermination: true } });
    await world.editVolume({ deletionPolicy: 'Retain' }, 'disk');
    const disk = await diskName();
    await world.delete();
    await world.pass(2);
    expect([await world.ready(), await volume(), world.disks()]).toEqual(['none', 'none', [`host-a/default/${disk}`]]);
  });

  test('leaves alone what the Instance never had', async () => {
    await running();
    await world.create(DELETED, 'second');
    await world.pass(1);
    await world.delete('second');
    await world.pass(1);
    expect([await world.ready('second'), await volume()]).toEqual(['none', 'InUse Ready=True InUse demo']);
  });

  test('with Retain leaves the machine on it', async () => {
    await running({ ...DELETED, deletionPolicy: 'Retain' });
    await world.delete();
    await world.pass(2);
    expect([await world.ready(), await volume(), rootOf()]).toEqual(['none', 'Available Ready=True Available', await diskName()]);
  });

  test('of the Volume waits for the Instance', async () => {
    await running();
    await world.deleteVolume('disk');
    await world.pass(1);
    expect([await volume(), await world.ready()]).toEqual(['Deleting Ready=False VolumeInUse demo', 'Ready=True Running']);
    await world.delete();
    await world.pass(2);
    expect([await volume(), world.disks()]).toEqual(['none', []]);
  });

  test.each([
    ['kept', ROOT, 'Available Ready=True Available'],
    ['deleted', DELETED, 'none'],
  ] as const)('soft, once its time is over: the Volume is %s', async (_, spec, expected) => {
    await running(spec);
    await world.edit({ lifecycle: { state: 'SoftDeleted', reclaimAfter: '60s' } });
    await world.pass(3);
    expect(await volume()).toBe('InUse Ready=True InUse demo');
    await world.pass(7);
    expect([await world.ready(), await volume(), world.machines()]).toEqual(['Ready=True Reclaimed', expected, []]);
  });
});

describe('the other operations', () => {
  test('a rebuild is refused, and says what to do', async () => {
    await running();
    const { runId } = world.machine().owner ?? {};
    await world.act('again', { action: 'Rebuild' });
    await world.pass(2);
    expect([await world.acted('again'), await world.ready(), world.machine().owner?.runId]).toEqual([
      'Failed RootIsVolume',
      'Ready=True Running',
      runId,
    ]);
  });

  test('a resize changes CPUs and memory, and leaves the Volume as it is; so does its reverting', async () => {
    await running({ ...ROOT, resize: { confirm: 'Manual' } });
    await world.edit({ flavorName: 'big' });
    await world.pass(2);
    expect([await world.ready(), world.machine().spec.vcpus, rootOf()]).toEqual(['Ready=True ResizePending', 2, await diskName()]);
    expect(world.host().driver.disks.get(`default/${await diskName()}`)).toBe(8 * MIB);
    await world.act('back', { action: 'RevertResize' });
    await world.pass(2);
    expect([await world.acted('back'), world.machine().spec.vcpus, rootOf(), world.machine().power]).toEqual([
      'Succeeded Reverted',
      1,
      await diskName(),
      'Running',
    ]);
  });

  test('a resize with an ephemeral disk makes that larger', async () => {
    await world.makeFlavor('one', { vcpus: 1, memory: '16Mi', rootDisk: '64Mi', ephemeralDisk: '1Mi' });
    await world.makeFlavor('two', { vcpus: 1, memory: '16Mi', rootDisk: '8Mi', ephemeralDisk: '2Mi' });
    await running({ ...ROOT, flavorName: 'one', resize: { confirm: 'Automatic' } });
    await world.edit({ flavorName: 'two' });
    await world.pass(3);
    expect([await world.ready(), rootOf()]).toEqual(['Ready=True Running', await diskName()]);
    const ephemeral = world.machine().spec.disks.find(({ role }) => role === 'ephemeral');
    expect(world.host().driver.disks.get(`default/${ephemeral?.name}`)).toBe(2 * MIB);
  });

  test('the Volume grows under the guest', async () => {
    await running();
    await world.editVolume({ size: '16Mi' }, 'disk');
    await world.edit({ metadata: { touched: 'yes' } });
    await world.pass(2);
    expect((await world.findVolume('disk'))?.status?.capacity).toBe('16Mi');
    expect((await world.get()).status?.disks?.[0]).toMatchObject({ name: 'root', size: '16Mi' });
  });

  test('a snapshot is one of the Volume, with the properties of its image; restoring it is refused', async () => {
    await world.makeImage('windows', 'c'.repeat(64), { os: 'Windows' });
    await world.createVolume('disk', { imageName: 'windows' });
    await world.create(ROOT);
    await world.pass(2);
    await world.snapshot();
    await world.pass(2);
    expect([await world.snapped(), (await world.findImage('snap'))?.spec.properties]).toEqual(['Succeeded Captured', { os: 'Windows' }]);
    await world.act('back', { action: 'Restore', restore: { snapshotName: 'snap' } });
    await world.pass(2);
    expect([await world.acted('back'), await world.ready()]).toEqual(['Failed RootIsVolume', 'Ready=True Running']);
  });

  test('a rescue runs beside it, and then it is booted from again', async () => {
    await world.makeImage('rescue-system');
    await running();
    await world.edit({ rescue: { imageName: 'rescue-system' } });
    await world.pass(2);
    expect([await world.condition('Rescued'), rootOf()]).toEqual(['True Rescued', await diskName()]);
    await world.edit({ rescue: null });
    await world.pass(2);
    expect([await world.ready(), rootOf(), await volume()]).toEqual([
      'Ready=True Running',
      await diskName(),
      'InUse Ready=True InUse demo',
    ]);
  });

  test('a machine that is lost is made again on it', async () => {
    await running();
    world.host().driver.machines.clear();
    await world.pass(4);
    expect([await world.ready(), rootOf()]).toEqual(['Ready=True Running', await diskName()]);
  });

  test('where the disk is lost, too, nothing is', async () => {
    await running();
    world.host().driver.machines.clear();
    world.host().driver.disks.delete(`default/${await diskName()}`);
    await world.pass(4);
    expect([await world.ready(), world.machines()]).toEqual(['Ready=False DisksLost', []]);
  });

  test('without its status, as after a restore from a backup, the Instance has it still', async () => {
    await running();
    await world.stopOperator();
    await world.loseStatus();
    await world.startOperator();
    await world.pass(3);
    expect([await world.ready(), await held(), await volume()]).toEqual(['Ready=True Running', 'disk', 'InUse Ready=True InUse demo']);
  });

  test('the object of the Volume gone by force, the guest runs and starts as before', async () => {
    await running();
    await world.api.mergePatch(VOLUMES, { namespace: 'default', name: 'disk' }, { metadata: { finalizers: [] } }, world.call);
    await world.deleteVolume('disk');
    await world.edit({ powerState: 'Stopped' });
    await world.pass(2);
    await world.edit({ powerState: 'Running' });
    await world.pass(2);
    expect(await world.ready()).toBe('Ready=True Running');
  });
});
