/** Semantics that nobody should have to guess, played through the whole controller: machines that are taken over as they are. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Hypervisor } from '../../../crds/hypervisor.ts';
import { findCondition } from '../../kernel/status/conditions.ts';
import { HYPERVISORS } from '../../resources.ts';
import { InstanceWorld } from '../testing/instance-world.ts';
import { strangerMachine } from '../testing/stranger-machine.ts';

const ID = '6f1d0b0e-53a4-4c1e-9d4b-0c5a4bb3a001';
const ADOPT = { adopt: { machineId: ID } } as const;

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
  world.host().driver.machines.set(ID, strangerMachine('old-server'));
  world.hosts.tick();
  await world.settle();
});
afterEach(() => world.stopOperator());

async function offer(namespace = 'default', machineIds: readonly string[] = [ID]): Promise<void> {
  const adoptable: Hypervisor['spec']['adoptable'] = machineIds.map((machineId) => ({ machineId, namespace }));
  await world.api.mergePatch(HYPERVISORS, { name: 'host-a' }, { spec: { adoptable } }, world.call);
  await world.settle();
}

async function adopted(spec: Parameters<InstanceWorld['create']>[0] = {}): Promise<void> {
  await offer();
  await world.create({ ...ADOPT, ...spec });
  await world.pass(1);
}

const status = async () => (await world.get()).status;
/** Verbs that the guest, or its definition, would notice. */
const touched = (): readonly string[] =>
  world
    .host()
    .driver.calls.filter((verb) => ['define', 'undefine', 'startPaused', 'powerOff', 'pause', 'updateLive', 'createDisk'].includes(verb));

describe('a machine that is nobody’s', () => {
  test('is taken over as it runs, where its Hypervisor offers it', async () => {
    const before = { ...world.host().driver.machines.get(ID)?.spec };
    await adopted();
    expect([await world.ready(), touched(), world.machine().power, world.machine().spec]).toEqual([
      'Ready=True Running',
      [],
      'Running',
      before,
    ]);
    expect(world.machine().owner).toMatchObject({ namespace: 'default', name: 'demo', role: 'main', origin: 'Adopted' });
    expect(await status()).toMatchObject({
      machineId: ID,
      hypervisorName: 'host-a',
      origin: 'Adopted',
      powerState: 'Running',
      resolved: { vcpus: 1, memory: '1Mi' },
    });
  });

  test('that is off stays so, or is started, as the spec asks', async () => {
    world.turn('Stopped', 'Requested');
    world.hosts.tick();
    await adopted({ powerState: 'Stopped' });
    expect([await world.ready(), touched(), world.machine().owner?.origin]).toEqual(['Ready=True Stopped', [], 'Adopted']);
    await world.edit({ powerState: 'Running' });
    await world.pass(1);
    expect([await world.ready(), touched(), world.machine().owner?.origin]).toEqual(['Ready=True Running', ['startPaused'], 'Adopted']);
  });

  test('is not, where nobody offers it, or to another namespace; the message says what to do', async () => {
    await world.create(ADOPT);
    await world.pass(1);
    const stalled = findCondition((await status())?.conditions, 'Stalled');
    expect([await world.ready(), stalled?.message, world.machine().owner]).toEqual([
      'Ready=False AdoptionNotAllowed',
      expect.stringContaining('spec.adoptable of the Hypervisor, for namespace default'),
      undefined,
    ]);
    await offer('other');
    await world.pass(1);
    expect([await world.ready(), world.machine().owner]).toEqual(['Ready=False AdoptionNotAllowed', undefined]);
    await offer();
    await world.pass(1);
    expect([await world.ready(), world.machine().owner?.origin]).toEqual(['Ready=True Running', 'Adopted']);
  });

  test('is one no longer, once another Instance has it', async () => {
    await adopted();
    await world.create(ADOPT, 'second');
    await world.pass(1);
    expect([await world.ready('second'), world.machine().owner?.name]).toEqual(['Ready=False AdoptionNotAllowed', 'demo']);
  });

  test('that another cluster marked is not taken over, though it is offered', async () => {
    const machine = world.machine();
    machine.owner = { clusterId: 'other', namespace: 'default', name: 'demo', uid: 'u', role: 'main' };
    world.hosts.tick();
    await adopted();
    expect([await world.ready(), world.machine().owner?.clusterId]).toEqual(['Ready=False AdoptionNotAllowed', 'other']);
  });

  test('may be one that was let go of', async () => {
    await adopted();
    await world.delete();
    await world.pass(2);
    expect([await world.find(), world.machine().owner?.role, world.machine().power]).toEqual([undefined, 'retained', 'Running']);
    await world.create(ADOPT, 'next');
    await world.pass(1);
    expect([await world.ready('next'), world.machine().owner?.name, touched()]).toEqual(['Ready=True Running', 'next', []]);
  });
});

describe('what was taken over', () => {
  test('differs from the spec, and that is told and not forced', async () => {
    await adopted({ networks: [{ name: 'eth0', networkName: 'lab' }] });
    expect([await world.ready(), touched(), (await status())?.differences?.map(({ field }) => field)]).toEqual([
      'Ready=True Running',
      [],
      ['interfaces[eth0]'],
    ]);
    await world.edit({ networks: null });
    expect([await world.ready(), touched(), (await status())?.differences]).toEqual(['Ready=True Running', [], undefined]);
  });

  test('is stopped and started as it is', async () => {
    await adopted();
    await world.edit({ powerState: 'Stopped' });
    await world.pass(1);
    expect(world.machine().power).toBe('Stopped');
    await world.edit({ powerState: 'Running', metadata: { a: '1' } });
    await world.pass(1);
    expect([await world.ready(), world.machine().power, touched()]).toEqual(['Ready=True Running', 'Running', ['startPaused']]);
    await world.edit({ metadata: { a: '2' } });
    expect([await world.ready(), await world.condition('RestartRequired')]).toEqual(['Ready=True Running', undefined]);
  });

  test('may shut itself down', async () => {
    await adopted();
    world.turn('Stopped', 'GuestShutdown');
    await world.pass(2);
    expect([await world.ready(), touched()]).toEqual(['Ready=True GuestShutdown', []]);
  });

  test.each(['Rebuild', 'Reboot'] as const)('is %s as far as that makes no other machine of it', async (action) => {
    await adopted();
    await world.act('act', action === 'Reboot' ? { action, reboot: { type: 'Hard' } } : { action });
    await world.pass(3);
    expect([await world.acted('act'), touched()]).toEqual(
      action === 'Reboot' ? ['Succeeded Rebooted', ['powerOff', 'startPaused']] : ['Failed NotMadeHere', []],
    );
  });

  test('is not rescued, and runs on', async () => {
    await adopted();
    await world.edit({ rescue: { imageName: 'demo' } });
    await world.pass(2);
    expect([await world.ready(), world.machine().power, touched()]).toEqual(['Ready=False NotMadeHere', 'Running', []]);
  });

  test('keeps its size, whatever its flavor says', async () => {
    await adopted();
    await world.edit({ flavorName: 'small', resize: { confirm: 'Manual' } });
    await world.pass(2);
    expect([await world.ready(), world.machine().power, touched()]).toEqual(['Ready=True Running', 'Running', []]);
  });

  test('is let go of with the object, and removed only where that is asked for', async () => {
    await adopted();
    await world.delete();
    await world.pass(2);
    expect([await world.find(), world.machine().power]).toEqual([undefined, 'Running']);
    await world.create({ ...ADOPT, deletionPolicy: 'Delete', shutdownTimeout: '0s' }, 'next');
    await world.pass(1);
    await world.delete('next');
    await world.pass(2);
    expect([await world.find('next'), world.machines()]).toEqual([undefined, []]);
  });

  test('is found again by an object that lost its status, as what it was', async () => {
    await adopted();
    await world.loseStatus();
    await world.restartOperator();
    await world.pass(3);
    expect([await world.ready(), (await status())?.origin, touched()]).toEqual(['Ready=True Running', 'Adopted', []]);
    await world.delete();
    await world.pass(2);
    expect([await world.find(), world.machine().power]).toEqual([undefined, 'Running']);
  });

  test('and is gone, is not made again', async () => {
    await adopted();
    world.host().driver.machines.clear();
    await world.pass(4);
    expect([await world.ready(), world.machines()]).toEqual(['Ready=False MachineLost', []]);
  });
});

describe('killed before call', () => {
  test.each([0, 1, 2, 3, 4, 5, 6])('%d: the next operator goes on', async (calls) => {
    await offer();
    world.killAfter(calls);
    await world.create(ADOPT);
    await world.restartOperator();
    await world.pass(2);
    expect([await world.ready(), world.machine().owner?.origin, touched()]).toEqual(['Ready=True Running', 'Adopted', []]);
  });

  test.each([0, 1, 2, 3, 4, 5, 6])('%d, of a machine that another Instance has let go of: the next operator goes on', async (calls) => {
    await adopted();
    await world.delete();
    await world.pass(2);
    world.killAfter(calls);
    await world.create(ADOPT, 'next');
    await world.restartOperator();
    await world.pass(2);
    expect([await world.ready('next'), world.machine().owner?.name, touched()]).toEqual(['Ready=True Running', 'next', []]);
  });

  test.each([0, 1, 2, 3, 4, 5, 6])('%d, and deleted then: the machine runs on', async (calls) => {
    await offer();
    world.killAfter(calls);
    await world.create({ ...ADOPT });
    await world.delete();
    await world.restartOperator();
    await world.pass(3);
    expect([await world.find(), world.machine().power, world.machine().spec.disks, touched()]).toEqual([undefined, 'Running', [], []]);
  });
});
