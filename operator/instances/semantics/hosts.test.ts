/** Semantics that nobody should have to guess, played through the whole controller: hosts. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DriverError } from '../../../drivers/labels.ts';
import { findCondition } from '../../kernel/status/conditions.ts';
import { FLAVORS } from '../../resources.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

describe('hosts', () => {
  test('silent: last values stay, nothing is done; back: it goes on', async () => {
    await world.create();
    await world.pass(1);
    world.host().turn('False');
    await world.edit({ powerState: 'Stopped' });
    await world.pass(2);
    const { status } = await world.get();
    expect([await world.ready(), await world.condition('HostReachable'), status?.powerState, world.machine().power]).toEqual([
      'Ready=Unknown HostUnreachable',
      'Unknown HostUnreachable',
      'Running',
      'Running',
    ]);
    world.host().turn('True');
    await world.pass(2);
    expect([await world.ready(), await world.condition('HostReachable')]).toEqual(['Ready=True Stopped', 'True Reachable']);
  });

  test('an operator that has not heard a host yet writes nothing', async () => {
    await world.create();
    await world.pass(1);
    const writes = world.writes();
    world.host().turn('Unknown');
    world.host().contacted = false;
    await world.restartOperator();
    await world.pass(3);
    expect([world.writes(), await world.ready()]).toEqual([writes, 'Ready=True Running']);
  });

  test('one whose session cannot be opened: nothing is written while it may be on its way, then it is called unreachable', async () => {
    await world.create();
    await world.pass(1);
    const writes = world.writes();
    await world.stopOperator();
    world.hosts.close('host-a');
    await world.startOperator();
    await world.pass(2);
    expect([world.writes(), await world.ready()]).toEqual([writes, 'Ready=True Running']);
    await world.pass(3);
    expect([await world.ready(), await world.condition('HostReachable')]).toEqual([
      'Ready=Unknown HostUnreachable',
      'Unknown HostUnreachable',
    ]);
  });

  test('one that loses its session is unreachable at once', async () => {
    await world.create();
    await world.pass(4);
    world.hosts.close('host-a');
    await world.pass(1);
    expect(await world.ready()).toBe('Ready=Unknown HostUnreachable');
  });

  test('one that lacks room is left for another, and nothing stays behind', async () => {
    world.host().driver.before = (verb) => {
      if (verb === 'startPaused') throw new DriverError('InsufficientCapacity', 'no memory left');
    };
    await world.create();
    await world.pass(1);
    expect([await world.ready(), (await world.get()).status?.hypervisorName]).toEqual(['Ready=True Running', 'host-b']);
    expect([world.machines().length, world.disks().every((disk) => disk.startsWith('host-b/'))]).toEqual([1, true]);
    expect((await world.get()).status?.faults).toMatchObject([
      { operation: 'Spawn', step: 'start-paused', reason: 'InsufficientCapacity', hypervisorName: 'host-a' },
    ]);
  });

  test('one that has no room for the image is left for another; where none has, it is waited for', async () => {
    const full = { kind: 'Failed', label: 'InsufficientCapacity', reason: 'OutOfSpace', message: 'the pool is full' } as const;
    world.bases.set('demo', { ...full, retryAt: world.clock.now() + 3_600_000 });
    await world.create();
    await world.clock.advance(1_200_000);
    expect((await world.get()).status?.faults?.map(({ step, reason, hypervisorName }) => `${hypervisorName} ${step} ${reason}`)).toEqual([
      'host-a ensure-base OutOfSpace',
      'host-b ensure-base OutOfSpace',
    ]);
    expect([await world.ready(), await world.condition('Stalled')]).toEqual(['Ready=False OutOfSpace', undefined]);
    world.bases.delete('demo');
    await world.clock.advance(3_600_000);
    expect(await world.ready()).toBe('Ready=True Running');
  });

  test('the one that is asked for by name is tried again, and then no more', async () => {
    world.host().driver.before = (verb) => {
      if (verb === 'startPaused') throw new DriverError('InsufficientCapacity', 'no memory left');
    };
    await world.create({ placement: { hypervisorName: 'host-a' } });
    expect([await world.ready(), world.machines(), world.disks()]).toEqual(['Ready=False InsufficientCapacity', [], []]);
    await world.clock.advance(600_000);
    expect([await world.condition('Stalled'), world.called('startPaused')]).toEqual(['True InsufficientCapacity', 8]);
    world.host().driver.before = () => undefined;
    await world.clock.advance(600_000);
    expect(await world.condition('Stalled')).toBe('True InsufficientCapacity');
    await world.edit({ metadata: { tried: 'again' } });
    expect(await world.ready()).toBe('Ready=True Running');
  });

  test('none fits: says why, and goes on when one does', async () => {
    await world.api.create(FLAVORS, { metadata: { name: 'huge' }, spec: { vcpus: 999, memory: '16Mi' } }, world.call);
    await world.create({ flavorName: 'huge' });
    expect([await world.ready(), await world.condition('Scheduled')]).toEqual(['Ready=False NoHypervisorFits', 'False NoHypervisorFits']);
    expect(findCondition((await world.get()).status?.conditions, 'Ready')?.message).toBe('0 of 2 Hypervisors fit: 2 have too few CPUs');
    await world.edit({ flavorName: 'tiny' });
    expect(await world.ready()).toBe('Ready=True Running');
  });

  test('a call whose outcome is not known is looked after before anything else is done', async () => {
    let failures = 1;
    world.host().driver.before = (verb) => {
      if (verb === 'startPaused' && failures-- > 0) throw new DriverError('Unknown', 'no answer in time');
    };
    await world.create();
    expect([await world.ready(), world.machine().power]).toEqual(['Ready=False Unknown', 'Stopped']);
    await world.clock.advance(3_000);
    expect(await world.ready()).toBe('Ready=True Running');
  });
});
