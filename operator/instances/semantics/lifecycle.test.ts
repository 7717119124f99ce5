/** Semantics that nobody should have to guess, played through the whole controller: soft deletion, restore, reclaim. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DriverError } from '../../../drivers/labels.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const AWAY = { lifecycle: { state: 'SoftDeleted' } } as const;
const ACTIVE = { lifecycle: { state: 'Active' } } as const;
const forSome = (reclaimAfter: string) => ({ lifecycle: { state: 'SoftDeleted', reclaimAfter } }) as const;
const told = async (): Promise<readonly unknown[]> => [await world.ready(), (await world.get()).status?.phase];

test('put away in the middle of a rebuild: what that made goes, and nothing else', async () => {
  world.host().driver.heedsShutdown = false;
  await world.create({ shutdownTimeout: '25s' });
  const disks = world.disks();
  await world.act('new', { action: 'Rebuild' });
  await world.pass(1);
  expect(world.disks()).toHaveLength(disks.length + 1);
  await world.edit({ lifecycle: { state: 'SoftDeleted' } });
  await world.pass(4);
  expect([await world.ready(), await world.acted('new'), world.disks()]).toEqual(['Ready=True SoftDeleted', 'Failed SoftDeleted', disks]);
});

describe('an instance that is put away', () => {
  test('is shut down and kept whole; active again, it is what it was', async () => {
    await world.create();
    const before = structuredClone(world.machine().spec);
    const volumes = world.disks();
    await world.edit(AWAY);
    await world.pass(1);
    expect([await told(), world.machine().power, world.called('signalShutdown')]).toEqual([
      ['Ready=True SoftDeleted', 'SoftDeleted'],
      'Stopped',
      1,
    ]);
    expect([world.machine().spec, world.disks()]).toEqual([before, volumes]);
    await world.edit(ACTIVE);
    await world.pass(1);
    expect([await told(), world.machine().power, (await world.get()).status?.lifecycle]).toEqual([
      ['Ready=True Running', 'Running'],
      'Running',
      undefined,
    ]);
    expect([world.machine().spec, world.disks()]).toEqual([before, volumes]);
  });

  test('at rest it costs no write, and is never removed without a time', async () => {
    await world.create(AWAY);
    await world.edit(ACTIVE);
    await world.pass(1);
    await world.edit(AWAY);
    await world.pass(1);
    const writes = world.writes();
    await world.pass(10);
    expect([world.writes() - writes, await told(), world.machines().length]).toEqual([0, ['Ready=True SoftDeleted', 'SoftDeleted'], 1]);
  });

  test('from the start: nothing is made until it is active', async () => {
    await world.create(AWAY);
    await world.pass(2);
    expect([await told(), world.machines(), world.disks()]).toEqual([['Ready=True SoftDeleted', 'SoftDeleted'], [], []]);
    await world.edit(ACTIVE);
    await world.pass(1);
    expect(await told()).toEqual(['Ready=True Running', 'Running']);
  });

  test('saved: it goes on where it was', async () => {
    await world.create({ powerState: 'Suspended' });
    await world.pass(1);
    await world.edit(AWAY);
    await world.pass(1);
    expect([await told(), world.machine().power]).toEqual([['Ready=True SoftDeleted', 'SoftDeleted'], 'Suspended']);
    await world.edit({ ...ACTIVE, powerState: 'Running' });
    await world.pass(1);
    expect([await told(), world.called('restoreFromDisk'), world.called('startPaused')]).toEqual([['Ready=True Running', 'Running'], 1, 1]);
  });

  test('started by somebody is shut down again; an InstanceAction is refused', async () => {
    await world.create();
    await world.edit(AWAY);
    await world.pass(1);
    world.turn('Running', 'User');
    await world.pass(1);
    expect([await told(), world.machine().power]).toEqual([['Ready=True SoftDeleted', 'SoftDeleted'], 'Stopped']);
    await world.act('start');
    expect([await world.acted(), world.machine().power]).toEqual(['Failed SoftDeleted', 'Stopped']);
  });

  test('a rescue waits until it is active', async () => {
    await world.makeImage('rescue-system');
    await world.create({ rescue: { imageName: 'rescue-system' } });
    await world.pass(1);
    await world.edit(AWAY);
    await world.pass(1);
    expect([await told(), world.machine().power, await world.condition('Rescued')]).toEqual([
      ['Ready=True SoftDeleted', 'SoftDeleted'],
      'Stopped',
      'False SoftDeleted',
    ]);
    await world.edit(ACTIVE);
    await world.pass(1);
    expect([await told(), world.machine().owner?.role]).toEqual([['Ready=True Rescued', 'Rescued'], 'rescue']);
  });
});

describe('when its time is over', () => {
  test('machine and disks are removed, the place is free, and the object stays', async () => {
    await world.create({ placement: { hypervisorName: 'host-a' } });
    await world.edit(forSome('1m'));
    await world.pass(4);
    expect([await told(), world.machines().length]).toEqual([['Ready=True SoftDeleted', 'SoftDeleted'], 1]);
    await world.pass(3);
    expect([await told(), world.machines(), world.disks()]).toEqual([['Ready=True Reclaimed', 'SoftDeleted'], [], []]);
    const { status } = await world.get();
    expect([status?.hypervisorName, status?.machineId, status?.disks, status?.resolved, status?.task]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    const writes = world.writes();
    await world.restartOperator();
    await world.pass(2);
    expect([world.writes() - writes, await told()]).toEqual([0, ['Ready=True Reclaimed', 'SoftDeleted']]);
    await world.edit(ACTIVE);
    await world.pass(2);
    expect([await world.ready(), world.machines()]).toEqual(['Ready=False DisksLost', []]);
    await world.delete();
    await world.pass(1);
    expect(await world.find()).toBeUndefined();
  });

  test('its volumes are given back, with all that is on them', async () => {
    await world.createVolume();
    await world.create({ volumes: [{ name: 'data', volumeName: 'data' }] });
    await world.pass(2);
    expect(await world.volume()).toMatch(/^InUse/);
    await world.edit(forSome('10s'));
    await world.pass(4);
    expect([await world.ready(), await world.volume(), world.disks().length]).toEqual([
      'Ready=True Reclaimed',
      'Available Ready=True Available',
      1,
    ]);
  });

  test('active just before: nothing is lost', async () => {
    await world.create();
    await world.edit(forSome('1m'));
    await world.pass(5);
    await world.edit(ACTIVE);
    await world.pass(5);
    expect([await told(), world.disks().length]).toEqual([['Ready=True Running', 'Running'], 2]);
  });

  test('it counts on while the operator is away', async () => {
    await world.create();
    await world.edit(forSome('1h'));
    await world.pass(1);
    await world.stopOperator();
    await world.clock.advance(3_600_000);
    await world.restartOperator();
    await world.pass(2);
    expect([await told(), world.machines()]).toEqual([['Ready=True Reclaimed', 'SoftDeleted'], []]);
  });

  test('a protected one stays, and says what keeps it', async () => {
    await world.create({ deletionProtection: true });
    await world.edit(forSome('10s'));
    await world.pass(3);
    expect([await world.ready(), world.machines().length]).toEqual(['Ready=False DeletionProtected', 1]);
    await world.edit({ deletionProtection: null, deletionPolicy: 'Retain' });
    await world.pass(1);
    expect([await world.ready(), world.machines().length]).toEqual(['Ready=False ReclaimNotAllowed', 1]);
    await world.edit({ deletionPolicy: 'Delete' });
    await world.pass(1);
    expect([await world.ready(), world.machines(), world.disks()]).toEqual(['Ready=True Reclaimed', [], []]);
  });

  test('a host that does not answer is waited for; one that cannot is tried again', async () => {
    await world.create();
    world.host().driver.before = (verb) => {
      if (verb === 'undefine') throw new DriverError('Transient', 'not now');
    };
    await world.edit(forSome('10s'));
    await world.pass(2);
    expect([await world.ready(), world.machines().length]).toEqual([expect.stringMatching(/^Ready=False/), 1]);
    world.host().driver.before = () => undefined;
    world.host().turn('False');
    await world.pass(2);
    expect([await world.ready(), world.machines().length]).toEqual(['Ready=Unknown HostUnreachable', 1]);
    world.host().turn('True');
    await world.pass(3);
    expect([await world.ready(), world.machines(), world.disks()]).toEqual(['Ready=True Reclaimed', [], []]);
  });

  const calls = Array.from({ length: 16 }, (_, index) => index);
  test.each(calls)('killed before call %d: it goes as a whole, and once', async (call) => {
    await world.create();
    await world.edit(forSome('10s'));
    world.killAfter(call);
    await world.pass(2);
    await world.restartOperator();
    await world.pass(5);
    expect([await told(), world.machines(), world.disks()]).toEqual([['Ready=True Reclaimed', 'SoftDeleted'], [], []]);
    await world.delete();
    await world.pass(1);
    expect(await world.find()).toBeUndefined();
  });

  test.each(calls)('killed before call %d, and active then: it is whole, or said to be lost', async (call) => {
    await world.create();
    await world.edit(forSome('10s'));
    world.killAfter(call);
    await world.pass(2);
    await world.stopOperator();
    await world.edit(ACTIVE);
    await world.restartOperator();
    await world.pass(5);
    const lost = world.disks().some((disk) => disk.includes('-root-')) ? 'Ready=True Running' : 'Ready=False DisksLost';
    expect(await world.ready()).toBe(lost);
  });
});
