/** Semantics that nobody should have to guess, played through the whole controller: InstanceAction Rebuild. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DriverError } from '../../../drivers/labels.ts';
import { FLAVORS, IMAGES, INSTANCE_ACTIONS } from '../../resources.ts';
import { disksOf, namedBy, rootsOf } from '../testing/disk-names.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
  await world.makeImage('next');
});
afterEach(() => world.stopOperator());

const REBUILD = { action: 'Rebuild' } as const;
const NETWORKS = { networks: [{ name: 'eth0', networkName: 'lab' }] };

const disks = (): readonly string[] => disksOf(world);
const roots = (): readonly string[] => rootsOf(world);
const named = (): readonly string[] => namedBy(world.machine());

function refuse(verb: string, error: () => Error): void {
  world.host().driver.before = (called) => {
    if (called === verb) throw error();
  };
}
const mend = (): void => {
  world.host().driver.before = () => undefined;
};

async function changedImage(spec: Parameters<InstanceWorld['create']>[0] = {}): Promise<void> {
  await world.create({ ...NETWORKS, ...spec });
  await world.edit({ imageName: 'next' });
}

test('gives the machine a new root disk of the image that the spec names now, and it stays who it is', async () => {
  await changedImage();
  expect(await world.ready()).toBe('Ready=False RebuildRequired');
  const [before, status] = [world.machine(), (await world.get()).status];
  await world.act('new', REBUILD);
  await world.pass(2);
  expect([await world.acted('new'), await world.ready(), roots(), named()]).toEqual([
    'Succeeded Rebuilt',
    'Ready=True Running',
    ['root-2 base-next'],
    ['root-2', 'config'],
  ]);
  const after = (await world.get()).status;
  expect(world.machine().spec).toMatchObject({ name: before.spec.name, interfaces: before.spec.interfaces });
  expect(after).toMatchObject({ machineId: status?.machineId, interfaces: status?.interfaces, hypervisorName: 'host-a' });
  expect(after).toMatchObject({ resolved: { image: { name: 'next' } }, action: { name: 'new', phase: 'Succeeded', reason: 'Rebuilt' } });
  expect(after?.disks).toEqual(
    expect.arrayContaining([expect.objectContaining({ role: 'root', volume: world.machine().spec.disks[0]?.name })]),
  );
  expect([after?.action?.rebuild, after?.task, await world.condition('RebuildRequired')]).toEqual([undefined, undefined, undefined]);
});

test('of the same image makes the disk anew', async () => {
  await world.create();
  await world.act('new', REBUILD);
  await world.pass(2);
  expect([await world.acted('new'), roots()]).toEqual(['Succeeded Rebuilt', ['root-2 base-1']]);
  await world.act('newer', REBUILD);
  await world.pass(2);
  expect([await world.acted('newer'), roots()]).toEqual(['Succeeded Rebuilt', ['root-3 base-1']]);
});

test('asks the guest to shut down first, and switches it off when its time is over', async () => {
  world.host().driver.heedsShutdown = false;
  await changedImage({ shutdownTimeout: '15s' });
  await world.act('new', REBUILD);
  expect([await world.acted('new'), await world.ready(), (await world.get()).status?.phase, roots()]).toEqual([
    'Running Begun',
    'Ready=False Rebuilding',
    'Rebuilding',
    ['root-1 base-1', 'root-2 base-next'],
  ]);
  await world.pass(3);
  expect([world.called('signalShutdown'), world.called('powerOff'), await world.acted('new'), roots()]).toEqual([
    2,
    1,
    'Succeeded Rebuilt',
    ['root-2 base-next'],
  ]);
});

test('§16.26 of an instance that is off: rebuilt, never booted, and off as asked', async () => {
  await changedImage();
  await world.edit({ powerState: 'Stopped' });
  await world.pass(1);
  const starts = world.called('startPaused');
  await world.act('new', REBUILD);
  await world.pass(2);
  expect([await world.acted('new'), await world.ready(), world.called('startPaused') - starts, roots()]).toEqual([
    'Succeeded RebuiltOff',
    'Ready=True Stopped',
    0,
    ['root-2 base-next'],
  ]);
});

test.each(['Paused', 'Suspended'] as const)('of one that should be %s: the new guest is', async (powerState) => {
  await changedImage({ powerState });
  await world.pass(1);
  await world.act('new', REBUILD);
  await world.pass(2);
  expect([await world.acted('new'), await world.ready(), roots()]).toEqual([
    'Succeeded Rebuilt',
    `Ready=True ${powerState}`,
    ['root-2 base-next'],
  ]);
});

test('of one that shut itself down and should run: it runs', async () => {
  await changedImage();
  world.turn('Stopped', 'GuestShutdown');
  await world.pass(1);
  await world.act('new', REBUILD);
  await world.pass(2);
  expect([await world.acted('new'), await world.ready()]).toEqual(['Succeeded Rebuilt', 'Ready=True Running']);
});

test('takes what else waited for a restart, and says so', async () => {
  await changedImage();
  await world.edit({ flavorName: 'small' });
  await world.act('new', REBUILD);
  await world.pass(2);
  expect([world.machine().spec.vcpus, await world.condition('RestartRequired')]).toEqual([2, undefined]);
  expect((await world.get()).status?.resolved).toMatchObject({ flavorName: 'small', vcpus: 2 });
});

describe('ephemeral and swap disks', () => {
  beforeEach(async () => {
    const spec = { vcpus: 1, memory: '16Mi', rootDisk: '16Mi', ephemeralDisk: '8Mi', swap: '4Mi' };
    await world.api.create(FLAVORS, { metadata: { name: 'wide' }, spec }, world.call);
    await changedImage({ flavorName: 'wide' });
  });

  test('are made anew', async () => {
    await world.act('new', REBUILD);
    await world.pass(2);
    expect(named()).toEqual(['root-2', 'ephemeral-2', 'swap-2', 'config']);
    expect(disks()).toHaveLength(4);
  });

  test('preserveEphemeral keeps the ephemeral one, with what is on it', async () => {
    await world.act('new', { ...REBUILD, rebuild: { preserveEphemeral: true } });
    await world.pass(2);
    expect(named()).toEqual(['root-2', 'ephemeral-1', 'swap-2', 'config']);
    await world.act('newer', REBUILD);
    await world.pass(2);
    expect(named()).toEqual(['root-3', 'ephemeral-3', 'swap-3', 'config']);
    expect(disks()).toHaveLength(4);
  });
});

describe('that fails leaves the guest on its old disk', () => {
  test('the image is not what was promised: at once, and the guest was never disturbed', async () => {
    await changedImage();
    world.bases.set('next', { kind: 'Failed', label: 'InvalidSpec', reason: 'ChecksumMismatch', message: 'another one', retryAt: 0 });
    await world.act('new', REBUILD);
    await world.pass(1);
    expect([await world.acted('new'), roots(), world.called('signalShutdown'), world.called('powerOff')]).toEqual([
      'Failed ChecksumMismatch',
      ['root-1 base-1'],
      0,
      0,
    ]);
    expect(await world.ready()).toBe('Ready=False RebuildRequired');
    await world.edit({ imageName: 'demo' });
    expect(await world.ready()).toBe('Ready=True Running');
  });

  test('the server of the image is away: waited for, but not for ever', async () => {
    await changedImage();
    const failed = { kind: 'Failed', label: 'Transient', reason: 'SourceUnreachable', message: 'no answer' } as const;
    world.bases.set('next', { ...failed, retryAt: world.clock.now() + 601_000 });
    await world.act('new', REBUILD);
    await world.pass(2);
    expect([await world.acted('new'), await world.ready()]).toEqual(['Running Begun', 'Ready=False SourceUnreachable']);
    await world.clock.advance(601_000);
    await world.pass(3);
    expect([await world.acted('new'), world.machine().power, roots()]).toEqual(['Failed SourceUnreachable', 'Running', ['root-1 base-1']]);
  });

  test('the pool is full', async () => {
    await changedImage();
    refuse('createDisk', () => new DriverError('InsufficientCapacity', 'no space', { reason: 'OutOfSpace' }));
    await world.act('new', REBUILD);
    await world.pass(3);
    expect([await world.acted('new'), world.machine().power, world.called('powerOff'), roots()]).toEqual([
      'Failed OutOfSpace',
      'Running',
      0,
      ['root-1 base-1'],
    ]);
  });

  test('the new image does not fit the flavor', async () => {
    await changedImage();
    world.bases.set('next', {
      kind: 'Ready',
      base: { key: 'b', format: 'qcow2', sizeBytes: 1, virtualSizeBytes: 2 ** 40, sha256: 'x' },
    });
    await world.act('new', REBUILD);
    await world.pass(1);
    expect([await world.acted('new'), roots(), world.called('powerOff')]).toEqual(['Failed FlavorDiskTooSmall', ['root-1 base-1'], 0]);
  });

  test('the definition cannot be switched: the guest is started again', async () => {
    await changedImage();
    refuse('define', () => new DriverError('Transient', 'not now'));
    await world.act('new', REBUILD);
    await world.pass(2);
    mend();
    expect(world.machine().power).toBe('Stopped');
    refuse('define', () => new DriverError('Transient', 'not now'));
    await world.pass(2);
    mend();
    await world.pass(3);
    expect([await world.acted('new'), world.machine().power, roots(), named()]).toEqual([
      'Failed Transient',
      'Running',
      ['root-1 base-1'],
      ['root-1', 'config'],
    ]);
  });

  test('the guest cannot be switched off', async () => {
    await changedImage({ shutdownTimeout: '0s' });
    refuse('powerOff', () => new DriverError('Transient', 'it does not go off', { reason: 'PowerOffFailed' }));
    await world.act('new', REBUILD);
    await world.pass(3);
    expect([await world.acted('new'), world.machine().power, roots()]).toEqual(['Failed PowerOffFailed', 'Running', ['root-1 base-1']]);
  });
});

/** Once the definition names the new disk, the first call of that verb fails. */
function failOnceSwitched(failing: string): void {
  let [switched, failed] = [false, false];
  world.host().driver.before = (verb) => {
    if (verb === 'define') switched = true;
    if (verb !== failing || !switched || failed) return;
    failed = true;
    throw new DriverError('Transient', 'not now');
  };
}

test('what fails after the switch loses no disk that is in use, and is gone on with', async () => {
  await changedImage();
  failOnceSwitched('deleteDisk');
  await world.act('new', REBUILD);
  await world.pass(3);
  expect([await world.acted('new'), await world.ready(), roots()]).toEqual([
    'Succeeded Rebuilt',
    'Ready=True Running',
    ['root-2 base-next'],
  ]);
});

test('another config drive goes with it; what fails of removing the old one undoes no disk that the definition names', async () => {
  await changedImage();
  await world.edit({ metadata: { a: '1' } });
  failOnceSwitched('listDisks');
  await world.act('new', REBUILD);
  await world.pass(3);
  expect([await world.acted('new'), await world.ready(), roots()]).toEqual([
    'Succeeded Rebuilt',
    'Ready=True Running',
    ['root-2 base-next'],
  ]);
});

test('cannot start the new guest: the action fails, and it is started as soon as that can be done', async () => {
  await changedImage();
  refuse('startPaused', () => new DriverError('InsufficientCapacity', 'no memory'));
  await world.act('new', REBUILD);
  await world.pass(4);
  expect([await world.acted('new'), roots()]).toEqual(['Failed InsufficientCapacity', ['root-2 base-next']]);
  mend();
  await world.pass(3);
  expect([await world.ready(), (await world.get()).status?.resolved?.image?.name]).toEqual(['Ready=True Running', 'next']);
});

describe('changes of mind', () => {
  beforeEach(async () => {
    world.host().driver.heedsShutdown = false;
    await changedImage({ shutdownTimeout: '25s' });
    await world.act('new', REBUILD);
  });

  test('another image before the switch: that one is taken', async () => {
    await world.makeImage('third', 'c'.repeat(64));
    await world.edit({ imageName: 'third' });
    await world.pass(4);
    expect([await world.acted('new'), await world.ready(), roots()]).toEqual([
      'Succeeded Rebuilt',
      'Ready=True Running',
      ['root-3 base-third'],
    ]);
  });

  test('withdrawn: the old disk stays, the new one goes', async () => {
    await world.deleteAction('new');
    await world.pass(2);
    expect([await world.ready(), world.machine().power, roots()]).toEqual(['Ready=False RebuildRequired', 'Running', ['root-1 base-1']]);
    expect((await world.get()).status?.action).toMatchObject({ phase: 'Failed', reason: 'Withdrawn' });
    expect((await world.get()).status?.action).not.toHaveProperty('rebuild');
  });

  test('locked: withdrawn at once, and tidied up when the lock is gone', async () => {
    await world.edit({ lock: { reason: 'audit' } });
    const changes = world.called('deleteDisk');
    await world.pass(3);
    expect([await world.acted('new'), world.called('deleteDisk') - changes, roots()]).toEqual([
      'Failed Locked',
      0,
      ['root-1 base-1', 'root-2 base-next'],
    ]);
    await world.edit({ lock: null });
    await world.pass(1);
    expect(roots()).toEqual(['root-1 base-1']);
  });

  test('to be off: rebuilt, and off', async () => {
    await world.edit({ powerState: 'Stopped' });
    await world.pass(4);
    expect([await world.acted('new'), await world.ready(), roots()]).toEqual([
      'Succeeded RebuiltOff',
      'Ready=True Stopped',
      ['root-2 base-next'],
    ]);
  });

  test('deletion pre-empts it, and takes every disk', async () => {
    await world.delete();
    expect(await world.acted('new')).toBe('Failed InstanceDeleting');
    await world.pass(8);
    expect([await world.find(), world.machines(), world.disks()]).toEqual([undefined, [], []]);
  });

  test('a second action waits its turn', async () => {
    await world.clock.advance(1_000);
    await world.act('newer', REBUILD);
    expect([await world.acted('new'), await world.acted('newer')]).toEqual(['Running Begun', 'Pending Queued']);
    await world.pass(8);
    expect([await world.acted('new'), await world.acted('newer'), roots()]).toEqual([
      'Succeeded Rebuilt',
      'Succeeded Rebuilt',
      ['root-3 base-next'],
    ]);
  });
});

test('waits for an image that is not there, and is refused under a lock and of what was adopted', async () => {
  await world.create();
  await world.edit({ imageName: 'later' });
  await world.act('new', REBUILD);
  expect([await world.acted('new'), await world.ready()]).toEqual(['Pending Accepted', 'Ready=False ImageNotFound']);
  await world.makeImage('later');
  await world.pass(2);
  expect([await world.acted('new'), roots()]).toEqual(['Succeeded Rebuilt', ['root-2 base-later']]);
  await world.edit({ lock: { reason: 'audit' } });
  await world.act('locked', REBUILD);
  expect(await world.acted('locked')).toBe('Failed Locked');
});

test('an Image that is deleted while the guest shuts down is waited for', async () => {
  world.host().driver.heedsShutdown = false;
  await changedImage({ shutdownTimeout: '25s' });
  await world.act('new', REBUILD);
  await world.api.delete(IMAGES, { namespace: 'default', name: 'next' }, world.call);
  await world.pass(3);
  expect([await world.acted('new'), await world.ready(), world.machine().power]).toEqual([
    'Running Begun',
    'Ready=False ImageNotFound',
    'Running',
  ]);
});

test('costs nothing once it is done', async () => {
  await changedImage();
  await world.act('new', REBUILD);
  await world.pass(2);
  const writes = world.writes();
  await world.pass(3);
  expect(world.writes()).toBe(writes);
  expect((await world.api.find(INSTANCE_ACTIONS, { namespace: 'default', name: 'new' }, world.call))?.status?.runId).toBe(
    (await world.get()).status?.run?.id,
  );
});
