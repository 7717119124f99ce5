/** Semantics that nobody should have to guess, played through the whole controllers: InstanceAction Restore. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { InstanceSpec } from '../../../crds/instance.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { FLAVORS, HYPERVISORS } from '../../resources.ts';
import { disksOf, namedBy, rootsOf } from '../testing/disk-names.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const RESTORE = { action: 'Restore', restore: { snapshotName: 'snap' } } as const;
const HERE = { placement: { hypervisorName: 'host-a' } } as const;

/** The base of the snapshot, as the disks of disk-names.ts tell of it. */
const copy = async (name = 'snap'): Promise<string> => `snapshot-${(await world.findSnapshot(name))?.metadata.uid}`;
const roots = (): readonly string[] => rootsOf(world);
const named = (): readonly string[] => namedBy(world.machine());

async function withSnapshot(spec: Partial<InstanceSpec> = {}): Promise<void> {
  await world.create({ networks: [{ name: 'eth0', networkName: 'lab' }], ...HERE, ...spec });
  await world.pass(1);
  await world.snapshot();
  await world.pass(1);
  expect(await world.snapped()).toBe('Succeeded Captured');
}

async function restore(name = 'back'): Promise<string> {
  await world.act(name, RESTORE);
  await world.pass(2);
  return world.acted(name);
}

describe('a restore', () => {
  test('gives the machine a new root disk of the snapshot, and it stays who it is', async () => {
    await world.createVolume();
    await withSnapshot({ volumes: [{ name: 'data', volumeName: 'data' }] });
    const [spec, status] = [structuredClone(world.machine().spec), (await world.get()).status];
    expect(await restore()).toBe('Succeeded Restored');
    expect([await world.ready(), world.machine().power, roots(), named()]).toEqual([
      'Ready=True Running',
      'Running',
      [`root-2 ${await copy()}`],
      ['root-2', 'config'],
    ]);
    expect(world.machine().spec).toMatchObject({ name: spec.name, interfaces: spec.interfaces, volumes: spec.volumes });
    const after = (await world.get()).status;
    expect(after).toMatchObject({ machineId: status?.machineId, interfaces: status?.interfaces, volumes: status?.volumes });
    expect(after).toMatchObject({ resolved: { image: { name: 'snap' }, restored: { snapshotName: 'snap', imageName: 'demo' } } });
    expect([after?.action?.rebuild, after?.task]).toEqual([undefined, undefined]);
  });

  test('leaves ephemeral and swap disks with what is on them', async () => {
    const wide = { vcpus: 1, memory: '16Mi', rootDisk: '16Mi', ephemeralDisk: '8Mi', swap: '4Mi' };
    await world.api.create(FLAVORS, { metadata: { name: 'wide' }, spec: wide }, world.call);
    await withSnapshot({ flavorName: 'wide' });
    expect([await restore(), named()]).toEqual(['Succeeded Restored', ['root-2', 'ephemeral-1', 'swap-1', 'config']]);
    expect(disksOf(world)).toHaveLength(4);
  });

  test('of one that is off, and should be: it is never booted', async () => {
    await withSnapshot({ powerState: 'Stopped' });
    expect([await restore(), await world.ready(), world.called('startPaused'), roots()]).toEqual([
      'Succeeded RestoredOff',
      'Ready=True Stopped',
      0,
      [`root-2 ${await copy()}`],
    ]);
  });

  test('asks the guest to shut down first, and switches it off when its time is over', async () => {
    world.host().driver.heedsShutdown = false;
    await withSnapshot({ shutdownTimeout: '15s' });
    await world.act('back', RESTORE);
    expect([await world.ready(), (await world.get()).status?.phase, named()]).toEqual([
      'Ready=False Restoring',
      'Rebuilding',
      ['root-1', 'config'],
    ]);
    await world.pass(3);
    expect([world.called('signalShutdown'), world.called('powerOff'), await world.acted('back')]).toEqual([2, 1, 'Succeeded Restored']);
  });

  test('can be done again, and to another snapshot', async () => {
    await withSnapshot();
    expect(await restore()).toBe('Succeeded Restored');
    await world.snapshot('later');
    await world.pass(1);
    await world.act('later', { action: 'Restore', restore: { snapshotName: 'later' } });
    await world.pass(2);
    expect([await world.acted('later'), roots()]).toEqual(['Succeeded Restored', [`root-3 ${await copy('later')}`]]);
    expect(await restore('first')).toBe('Succeeded Restored');
    expect(roots()).toEqual([`root-4 ${await copy()}`]);
  });

  test('costs nothing once it is done', async () => {
    await withSnapshot();
    await restore();
    const writes = world.writes();
    await world.pass(3);
    expect(world.writes()).toBe(writes);
  });
});

describe('the image of the spec', () => {
  test('that was changed before counts as taken; one that is named afterwards asks for a rebuild', async () => {
    await world.makeImage('next');
    await withSnapshot();
    await world.edit({ imageName: 'next' });
    expect(await world.ready()).toBe('Ready=False RebuildRequired');
    expect([await restore(), await world.ready(), await world.condition('RebuildRequired')]).toEqual([
      'Succeeded Restored',
      'Ready=True Running',
      undefined,
    ]);
    await world.edit({ imageName: 'demo' });
    expect(await world.ready()).toBe('Ready=False RebuildRequired');
    await world.act('new', { action: 'Rebuild' });
    await world.pass(2);
    expect([await world.ready(), roots(), (await world.get()).status?.resolved?.restored]).toEqual([
      'Ready=True Running',
      ['root-3 base-1'],
      undefined,
    ]);
  });

  test('need not be there', async () => {
    await withSnapshot();
    await world.deleteImage('demo');
    expect([await restore(), await world.ready()]).toEqual(['Succeeded Restored', 'Ready=True Running']);
  });
});

describe('a snapshot that the disk is of', () => {
  test('is kept until the machine is rebuilt', async () => {
    await withSnapshot();
    await restore();
    await world.deleteSnapshot();
    await world.pass(2);
    expect([world.basesOf().length, (await world.findImage('snap')) === undefined]).toEqual([1, false]);
    await world.act('new', { action: 'Rebuild' });
    await world.pass(4);
    expect([await world.acted('new'), world.basesOf(), await world.findSnapshot()]).toEqual(['Succeeded Rebuilt', [], undefined]);
  });

  test('goes with the Instance where it is deleted with it', async () => {
    await withSnapshot();
    await restore();
    await world.deleteSnapshot();
    await world.delete();
    await world.pass(8);
    expect([await world.find(), world.disks(), world.basesOf(), await world.findSnapshot()]).toEqual([undefined, [], [], undefined]);
  });
});

const refused = async (): Promise<readonly unknown[]> => [
  await world.acted('back'),
  await world.ready(),
  world.called('signalShutdown'),
  roots(),
];

describe('is refused, and the guest never disturbed:', () => {
  const UNDISTURBED = ['Ready=True Running', 0, ['root-1 base-1']];

  test('there is no such snapshot', async () => {
    await world.create(HERE);
    await restore();
    expect(await refused()).toEqual(['Failed SnapshotNotFound', ...UNDISTURBED]);
  });

  test('it is of another Instance', async () => {
    await withSnapshot();
    await world.create(HERE, 'other');
    await world.pass(1);
    await world.act('back', { ...RESTORE, instanceName: 'other' });
    await world.pass(1);
    expect([await world.acted('back'), await world.ready('other')]).toEqual(['Failed SnapshotNotFound', 'Ready=True Running']);
  });

  test('it failed', async () => {
    await world.create(HERE);
    await world.snapshot('snap', { mode: 'Cold' });
    await world.pass(1);
    await restore();
    expect(await refused()).toEqual(['Failed SnapshotNotReady', ...UNDISTURBED]);
  });

  test('its copy was deleted', async () => {
    await withSnapshot();
    await world.deleteImage('snap');
    await world.pass(1);
    await restore();
    expect(await refused()).toEqual(['Failed SnapshotContentGone', ...UNDISTURBED]);
  });

  test('its copy is in another pool than the disks', async () => {
    const pools = { main: { pool: 'default', sharedId: 'shared' }, fast: { pool: 'fast' } };
    await world.api.mergePatch(HYPERVISORS, { name: 'host-a' }, { spec: { pools, defaultPool: 'main' } }, world.call);
    await withSnapshot();
    await world.edit({ storage: { pool: 'fast' } });
    await world.act('back', RESTORE);
    await world.pass(1);
    expect([await world.acted('back'), roots()]).toEqual(['Failed ImageOnlyOnHost', ['root-1 base-1']]);
  });

  test('the Instance is locked', async () => {
    await withSnapshot();
    await world.edit({ lock: { reason: 'audit' } });
    await world.act('back', RESTORE);
    expect(await world.acted('back')).toBe('Failed Locked');
  });
});

test('of an Instance that was deleted and made again under its name: its snapshots are there for it', async () => {
  await withSnapshot();
  await world.delete();
  await world.pass(8);
  await world.create(HERE);
  await world.pass(1);
  expect([await restore(), roots()]).toEqual(['Succeeded Restored', [`root-2 ${await copy()}`]]);
});

describe('that fails leaves the guest on its old disk:', () => {
  test('the pool is full', async () => {
    await withSnapshot();
    world.host().driver.before = (verb) => {
      if (verb === 'createDisk') throw new DriverError('InsufficientCapacity', 'no space', { reason: 'OutOfSpace' });
    };
    await world.act('back', RESTORE);
    await world.pass(3);
    expect([await world.acted('back'), world.machine().power, world.called('powerOff'), roots()]).toEqual([
      'Failed OutOfSpace',
      'Running',
      0,
      ['root-1 base-1'],
    ]);
  });

  test('the definition cannot be switched: the guest is started again', async () => {
    await withSnapshot();
    let failures = 3;
    world.host().driver.before = (verb) => {
      if (verb !== 'define' || failures === 0) return;
      failures -= 1;
      throw new DriverError('Transient', 'not now');
    };
    await world.act('back', RESTORE);
    await world.pass(6);
    expect([await world.acted('back'), world.machine().power, roots(), named()]).toEqual([
      'Failed Transient',
      'Running',
      ['root-1 base-1'],
      ['root-1', 'config'],
    ]);
    expect((await world.get()).status?.resolved?.restored).toBeUndefined();
  });

  test('withdrawn before the switch', async () => {
    world.host().driver.heedsShutdown = false;
    await withSnapshot({ shutdownTimeout: '25s' });
    await world.act('back', RESTORE);
    await world.deleteAction('back');
    await world.pass(2);
    expect([await world.ready(), world.machine().power, roots()]).toEqual(['Ready=True Running', 'Running', ['root-1 base-1']]);
  });

  test('the snapshot is deleted while the guest shuts down', async () => {
    world.host().driver.heedsShutdown = false;
    await withSnapshot({ shutdownTimeout: '25s' });
    await world.act('back', RESTORE);
    await world.deleteSnapshot();
    await world.pass(3);
    expect([await world.acted('back'), world.machine().power, roots()]).toEqual([
      'Failed SnapshotContentGone',
      'Running',
      ['root-1 base-1'],
    ]);
    await world.pass(2);
    expect([await world.findSnapshot(), world.basesOf()]).toEqual([undefined, []]);
  });
});

const CALLS = Array.from({ length: 34 }, (_, calls) => calls);

describe('killed before every call', () => {
  test.each(CALLS)('%d: the next operator finishes it', async (calls) => {
    await withSnapshot();
    world.killAfter(calls);
    await world.act('back', RESTORE);
    await world.restartOperator();
    await world.pass(3);
    expect([await world.acted('back'), await world.ready(), world.machine().power, roots(), disksOf(world).length]).toEqual([
      'Succeeded Restored',
      'Ready=True Running',
      'Running',
      [`root-2 ${await copy()}`],
      2,
    ]);
    expect((await world.get()).status).toMatchObject({ resolved: { restored: { snapshotName: 'snap' } } });
  });

  test.each(CALLS)('%d, and deleted: nothing is left', async (calls) => {
    await withSnapshot();
    world.killAfter(calls);
    await world.act('back', RESTORE);
    await world.deleteSnapshot();
    await world.delete();
    await world.restartOperator();
    await world.pass(10);
    expect([await world.find(), world.machines(), world.disks(), world.basesOf()]).toEqual([undefined, [], [], []]);
  });

  test.each(CALLS)('%d, and withdrawn: one root disk, and status says of what', async (calls) => {
    await withSnapshot({ shutdownTimeout: '0s' });
    world.killAfter(calls);
    await world.act('back', RESTORE);
    await world.deleteAction('back');
    await world.restartOperator();
    await world.pass(4);
    const restored = (await world.get()).status?.resolved?.restored !== undefined;
    expect([roots(), world.machine().power]).toEqual([restored ? [`root-2 ${await copy()}`] : ['root-1 base-1'], 'Running']);
    expect(named()[0]).toBe(restored ? 'root-2' : 'root-1');
  });
});
