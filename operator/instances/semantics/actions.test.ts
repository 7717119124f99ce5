/** Semantics that nobody should have to guess, played through the whole controller: InstanceActions. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DriverError } from '../../../drivers/labels.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const HARD = { action: 'Reboot', reboot: { type: 'Hard' } } as const;
const SOFT = { action: 'Reboot' } as const;

/** Refuses one verb on the host, as often as it is called. */
function refuse(verb: string, error: () => Error): void {
  world.host().driver.before = (called) => {
    if (called === verb) throw error();
  };
}

describe('a reboot', () => {
  test('soft: the guest is asked, and started again when it is off', async () => {
    await world.create();
    await world.act('again', SOFT);
    await world.pass(1);
    expect([await world.acted('again'), await world.ready(), world.machine().power]).toEqual([
      'Succeeded Rebooted',
      'Ready=True Running',
      'Running',
    ]);
    expect([world.called('signalShutdown'), world.called('powerOff'), world.called('startPaused')]).toEqual([1, 0, 2]);
    expect((await world.get()).status).toMatchObject({ action: { name: 'again', phase: 'Succeeded' } });
  });

  test('soft, and the guest hangs: hard when its time is over', async () => {
    world.host().driver.heedsShutdown = false;
    await world.create();
    await world.act('again', { ...SOFT, reboot: { timeout: '25s' } });
    expect([await world.acted('again'), await world.ready()]).toEqual(['Running Begun', 'Ready=False Rebooting']);
    await world.pass(2);
    expect([world.called('signalShutdown'), world.called('powerOff')]).toEqual([3, 0]);
    await world.pass(1);
    expect([world.called('powerOff'), await world.acted('again'), await world.ready()]).toEqual([
      1,
      'Succeeded Rebooted',
      'Ready=True Running',
    ]);
    expect((await world.get()).status?.task).toBeUndefined();
  });

  test('hard: at once, and with what the spec says now', async () => {
    await world.create();
    await world.edit({ flavorName: 'small' });
    await world.pass(1);
    expect(await world.ready()).toBe('Ready=True RestartRequired');
    await world.act('again', HARD);
    await world.pass(1);
    expect([await world.acted('again'), await world.ready(), world.machine().spec.vcpus]).toEqual([
      'Succeeded Rebooted',
      'Ready=True Running',
      2,
    ]);
    expect([world.called('signalShutdown'), world.called('powerOff')]).toEqual([0, 1]);
  });

  test('of a guest that is off is refused, and says what to ask for', async () => {
    await world.create();
    world.turn('Stopped', 'GuestShutdown');
    await world.pass(1);
    await world.act('again', HARD);
    expect([await world.acted('again'), world.machine().power]).toEqual(['Failed NotRunning', 'Stopped']);
  });

  test('§16.25 that fails while the guest runs on is a fault of the action: the Instance is as it was', async () => {
    await world.create();
    refuse('powerOff', () => new DriverError('Transient', 'it does not go off', { reason: 'PowerOffFailed' }));
    await world.act('again', HARD);
    await world.pass(3);
    expect([await world.acted('again'), await world.ready(), world.machine().power, world.called('powerOff')]).toEqual([
      'Failed PowerOffFailed',
      'Ready=True Running',
      'Running',
      3,
    ]);
    expect((await world.get()).status?.faults).toHaveLength(3);
    world.host().driver.before = () => undefined;
    await world.act('once-more', HARD);
    await world.pass(1);
    expect(await world.acted('once-more')).toBe('Succeeded Rebooted');
  });

  test('that cannot start the guest again fails, and the guest is started as soon as that can be done', async () => {
    await world.create();
    refuse('startPaused', () => new DriverError('InsufficientCapacity', 'no memory'));
    await world.act('again', HARD);
    await world.pass(3);
    expect(await world.acted('again')).toBe('Failed InsufficientCapacity');
    world.host().driver.before = () => undefined;
    await world.pass(3);
    expect([await world.ready(), world.machine().power]).toEqual(['Ready=True Running', 'Running']);
  });

  test('goes on when it is to be off meanwhile: that is what is done', async () => {
    world.host().driver.heedsShutdown = false;
    await world.create();
    await world.act('again', SOFT);
    await world.edit({ powerState: 'Stopped', shutdownTimeout: '0s' });
    await world.pass(1);
    expect([await world.acted('again'), await world.ready()]).toEqual(['Failed NotAskedToRun', 'Ready=True Stopped']);
  });

  test.each(Array.from({ length: 16 }, (_, calls) => calls))(
    'killed before call %d, and begun again by the next operator',
    async (calls) => {
      await world.create();
      const runs = world.called('startPaused');
      world.killAfter(calls);
      await world.act('again', HARD);
      await world.restartOperator();
      await world.pass(2);
      expect([await world.acted('again'), await world.ready(), world.machine().power]).toEqual([
        'Succeeded Rebooted',
        'Ready=True Running',
        'Running',
      ]);
      expect(world.called('startPaused') - runs).toBeLessThanOrEqual(2);
      expect(world.disks()).toHaveLength(2);
    },
  );
});

describe('a crash dump', () => {
  const DUMP = { action: 'CrashDump' } as const;

  test('sends one NMI, and changes nothing else', async () => {
    await world.create();
    const before = (await world.get()).status;
    await world.act('dump', DUMP);
    await world.pass(1);
    expect([await world.acted('dump'), world.called('injectNmi'), await world.ready()]).toEqual([
      'Succeeded Injected',
      1,
      'Ready=True Running',
    ]);
    expect({ ...(await world.get()).status, action: undefined }).toEqual({ ...before, action: undefined });
  });

  test('of a host that cannot fails, and the Instance is as it was', async () => {
    await world.create();
    refuse('injectNmi', () => new DriverError('Unsupported', 'this host sends no NMI'));
    await world.act('dump', DUMP);
    await world.pass(1);
    expect([await world.acted('dump'), world.called('injectNmi'), await world.ready()]).toEqual([
      'Failed Unsupported',
      1,
      'Ready=True Running',
    ]);
  });

  test('that the host has no time for is sent later', async () => {
    await world.create();
    let busy = true;
    world.host().driver.before = (verb) => {
      if (verb === 'injectNmi' && busy) throw new DriverError('Conflict', 'enough to do', { reason: 'SlotsBusy' });
    };
    await world.act('dump', DUMP);
    await world.clock.advance(2_000);
    expect(await world.acted('dump')).toBe('Pending Accepted');
    busy = false;
    await world.pass(2);
    expect(await world.acted('dump')).toBe('Succeeded Injected');
  });

  test.each([0, 1, 2, 3, 4, 5])('killed before call %d: the guest gets it once, or it is said that nobody knows', async (calls) => {
    await world.create();
    world.killAfter(calls);
    await world.act('dump', DUMP);
    await world.restartOperator();
    await world.pass(2);
    expect(world.called('injectNmi')).toBeLessThanOrEqual(1);
    expect(await world.acted('dump')).toMatch(world.called('injectNmi') === 0 ? /Interrupted/ : /Injected|Interrupted/);
    expect(await world.ready()).toBe('Ready=True Running');
  });
});

describe('actions', () => {
  test('two at once are carried out one after the other, the older first', async () => {
    world.host().driver.heedsShutdown = false;
    await world.create();
    await world.act('b-first', { ...SOFT, reboot: { timeout: '15s' } });
    await world.clock.advance(1_000);
    await world.act('a-second', HARD);
    expect([await world.acted('b-first'), await world.acted('a-second'), world.called('powerOff')]).toEqual([
      'Running Begun',
      'Pending Queued',
      0,
    ]);
    await world.pass(3);
    expect([await world.acted('b-first'), await world.acted('a-second'), world.called('powerOff')]).toEqual([
      'Succeeded Rebooted',
      'Succeeded Rebooted',
      2,
    ]);
    expect((await world.get()).status?.action?.name).toBe('a-second');
  });

  test('a deletion pre-empts what is under way', async () => {
    world.host().driver.heedsShutdown = false;
    await world.create();
    await world.act('again', SOFT);
    await world.act('next', HARD);
    await world.delete();
    expect([await world.acted('again'), await world.acted('next')]).toEqual(['Failed InstanceDeleting', 'Failed InstanceDeleting']);
    await world.pass(8);
    expect([await world.find(), world.machines(), world.disks()]).toEqual([undefined, [], []]);
  });

  test('whose object is deleted while it is carried out is withdrawn, and the guest is as the spec asks', async () => {
    world.host().driver.heedsShutdown = false;
    await world.create();
    await world.act('again', SOFT);
    await world.deleteAction('again');
    await world.pass(1);
    expect((await world.get()).status?.action).toMatchObject({ phase: 'Failed', reason: 'Withdrawn' });
    expect(await world.ready()).toBe('Ready=True Running');
    // It heard the signal: going down now is not its own idea.
    world.turn('Stopped', 'GuestShutdown');
    await world.pass(1);
    expect([await world.ready(), world.machine().power]).toEqual(['Ready=True Running', 'Running']);
  });

  test('wait for a host that does not answer', async () => {
    await world.create();
    world.host().turn('False');
    await world.pass(1);
    await world.act('again', HARD);
    await world.pass(1);
    expect(await world.acted('again')).toBe('Pending Accepted');
    world.host().turn('True');
    await world.pass(2);
    expect(await world.acted('again')).toBe('Succeeded Rebooted');
  });

  test('fail with an Instance that cannot go on', async () => {
    await world.create({ adopt: { machineId: 'nobody' } });
    await world.act('again', HARD);
    await world.pass(1);
    expect(await world.acted('again')).toBe('Pending Accepted');
    await world.edit({ adopt: null });
    await world.pass(1);
    await world.edit({ adopt: { machineId: 'other' } });
    await world.act('more', HARD);
    await world.pass(1);
    expect(await world.acted('more')).toBe('Failed AdoptionNotAllowed');
  });

  test('cost nothing once they are done', async () => {
    await world.create();
    await world.act('again', HARD);
    await world.pass(2);
    const { length } = world.api.writes();
    await world.pass(3);
    expect(world.api.writes()).toHaveLength(length);
  });
});
