/** The subtle behaviours of the reference compute manager (docs/hazards.md) around resizes and volumes, played through the whole controllers. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { INSTANCES } from '../../resources.ts';
import { hardwareOf, rootDisksOf } from '../testing/hardware.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

const BOTH_DISKS = ['root-1: 16', 'root-1.1: 64'];

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const errors = (): readonly unknown[] => world.log.lines.filter(({ level }) => level === 'error');

describe('§16.30 an instance that is off is resized, and stays off', () => {
  test.each([
    ['confirmed', 'ConfirmResize', 'Ready=True Stopped', 2],
    ['reverted', 'RevertResize', 'Ready=False ResizeReverted', 1],
  ] as const)('%s, and started with the size that it has then', async (_, action, ready, vcpus) => {
    await world.create({ powerState: 'Stopped', resize: { confirm: 'Manual' } });
    await world.edit({ flavorName: 'big' });
    await world.pass(2);
    expect([await world.ready(), hardwareOf(world)]).toEqual(['Ready=True ResizePending', [2, 32, 'root-1.1']]);
    await world.act('end', { action });
    await world.pass(2);
    expect([await world.ready(), world.machine().power, world.called('startPaused')]).toEqual([ready, 'Stopped', 0]);
    await world.edit({ powerState: 'Running' });
    await world.pass(2);
    expect([world.machine().power, hardwareOf(world)[0], world.called('startPaused')]).toEqual(['Running', vcpus, 1]);
  });
});

/** Whether the machine of that instance has a volume, or its definition names one. */
const has = (name: string): boolean =>
  world
    .machines()
    .some((machine) => machine.owner?.name === name && [...(machine.plugged ?? []), ...(machine.spec.volumes ?? [])].length > 0);

/** A resize that awaits its confirmation, of a guest that takes two minutes to be switched off. */
async function pending(resize: { readonly confirm: 'Automatic' | 'Manual'; readonly confirmAfter?: string }): Promise<void> {
  await world.create({ resize, shutdownTimeout: '2m' });
  await world.edit({ flavorName: 'big' });
  await world.pass(2);
  expect([await world.ready(), rootDisksOf(world)]).toEqual(['Ready=True ResizePending', BOTH_DISKS]);
  world.host().driver.heedsShutdown = false;
}

describe('§16.33 a resize that confirms itself while it is being deleted', () => {
  test('is not confirmed any more: the deletion goes on, and nothing is left', async () => {
    await pending({ confirm: 'Automatic', confirmAfter: '1m' });
    await world.delete();
    await world.pass(9);
    expect([await world.condition('Deleting'), (await world.get()).status?.resize?.phase, rootDisksOf(world)]).toEqual([
      'True ShuttingDown',
      'AwaitingConfirmation',
      BOTH_DISKS,
    ]);
    await world.pass(6);
    expect([await world.find(), world.machines(), world.disks(), errors()]).toEqual([undefined, [], [], []]);
  });

  test('deleted in the moment of its confirmation: nothing is left', async () => {
    await pending({ confirm: 'Automatic', confirmAfter: '1m' });
    let met = false;
    world.api.before = async ({ verb, subresource, fieldManager }) => {
      if (met || verb !== 'patch' || subresource !== 'status' || fieldManager !== 'hostler/instances') return;
      met = true;
      await world.api.delete(INSTANCES, { namespace: 'default', name: 'demo' }, world.call);
    };
    await world.pass(24);
    expect([met, await world.find(), world.machines(), world.disks(), errors()]).toEqual([true, undefined, [], [], []]);
  });
});

describe('§16.34 a confirmation of what is being deleted', () => {
  test.each([
    ['asked for afterwards', ['delete', 'confirm']],
    ['asked for before', ['confirm', 'delete']],
  ] as const)('%s: it keeps nothing, and nothing from going', async (_, order) => {
    await pending({ confirm: 'Manual' });
    for (const step of order) {
      if (step === 'delete') await world.delete();
      else await world.act('confirm', { action: 'ConfirmResize' });
    }
    await world.pass(1);
    expect(await world.acted('confirm')).toBe(order[0] === 'delete' ? 'Failed InstanceDeleting' : 'Succeeded Confirmed');
    await world.pass(14);
    expect([await world.find(), world.machines(), world.disks(), errors()]).toEqual([undefined, [], [], []]);
  });
});

describe('§16.27 a Volume is never free while its instance keeps it', () => {
  const data = [{ name: 'data', volumeName: 'data' }];

  test.each([
    ['a rebuild', () => world.act('act', { action: 'Rebuild' })],
    ['a hard reboot', () => world.act('act', { action: 'Reboot', reboot: { type: 'Hard' } })],
    ['a resize', () => world.edit({ flavorName: 'big' })],
    ['a rescue', () => world.edit({ rescue: { imageName: 'demo' } })],
    ['being put away', () => world.edit({ lifecycle: { state: 'SoftDeleted' } })],
  ] as const)('%s: another instance that waits for it does not get it in between', async (_, change) => {
    await world.createVolume('data', { hypervisorName: 'host-a' });
    await world.create({ volumes: data, resize: { confirm: 'Manual' } });
    await world.pass(2);
    await world.create({ volumes: data }, 'other');
    await world.pass(2);
    const seen = new Set<string>();
    world.host().driver.before = async () => void seen.add(`${await world.volume()}, other: ${has('other')}`);
    await change();
    await world.pass(4);
    expect([...seen]).toEqual(['InUse Ready=True InUse demo, other: false']);
    expect([has('demo'), await world.ready('other')]).toEqual([true, 'Ready=False VolumeInUse']);
  });

  test('given up, it is the other’s only when the guest has let go of it', async () => {
    await world.createVolume('data', { hypervisorName: 'host-a' });
    await world.create({ volumes: data });
    await world.pass(2);
    await world.create({ volumes: data }, 'other');
    world.host().driver.letsGo = false;
    await world.edit({ volumes: null });
    await world.pass(3);
    expect([has('demo'), has('other'), await world.volume()]).toEqual([true, false, 'InUse Ready=True InUse demo']);
    world.host().driver.letsGo = true;
    await world.pass(12);
    expect([has('demo'), has('other'), await world.volume()]).toEqual([false, true, 'InUse Ready=True InUse other']);
  });
});
