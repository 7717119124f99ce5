/** Semantics that nobody should have to guess, played through the whole controller: resizing to another flavor. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DriverError } from '../../../drivers/labels.ts';
import { hardwareOf, rootDisksOf } from '../testing/hardware.ts';
import { InstanceWorld } from '../testing/instance-world.ts';
import { MIB } from '../testing/memory-driver.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const MANUAL = { resize: { confirm: 'Manual' } } as const;

const resize = async () => (await world.get()).status?.resize;
const TINY = [1, 16, 'root-1'];
const BIG = [2, 32, 'root-1.1'];

/** Refuses one verb on the host, as often as it is called. */
function refuse(verb: string, error: () => Error): void {
  world.host().driver.before = (called) => {
    if (called === verb) throw error();
  };
}

async function resized(spec: Parameters<InstanceWorld['create']>[0] = {}): Promise<void> {
  await world.create({ ...MANUAL, ...spec });
  await world.edit({ flavorName: 'big' });
  await world.pass(2);
}

describe('a resize', () => {
  test('stops the guest, gives it the new size, starts it, and awaits its confirmation', async () => {
    await resized();
    expect([await world.ready(), await world.condition('ResizePending'), hardwareOf(world), world.machine().power]).toEqual([
      'Ready=True ResizePending',
      'True AwaitingConfirmation',
      BIG,
      'Running',
    ]);
    expect(rootDisksOf(world)).toEqual(['root-1: 16', 'root-1.1: 64']);
    const { status } = await world.get();
    expect(status).toMatchObject({
      phase: 'ResizePending',
      resolved: { flavorName: 'big', vcpus: 2, memory: '32Mi' },
      disks: [{ role: 'root', size: '64Mi' }, { role: 'config' }],
      resize: { phase: 'AwaitingConfirmation', from: { flavorName: 'tiny' }, to: { flavorName: 'big' } },
    });
    expect([world.called('signalShutdown'), world.called('powerOff'), world.called('startPaused')]).toEqual([1, 0, 2]);
    expect(status?.task).toBeUndefined();
  });

  test('lets a guest that hangs have its time, and powers it off then', async () => {
    world.host().driver.heedsShutdown = false;
    await world.create({ ...MANUAL, shutdownTimeout: '25s' });
    await world.edit({ flavorName: 'big' });
    await world.pass(1);
    expect([await world.ready(), (await world.get()).status?.phase, hardwareOf(world)]).toEqual(['Ready=False Resize', 'Resizing', TINY]);
    await world.pass(3);
    expect([await world.ready(), world.called('powerOff'), hardwareOf(world)]).toEqual(['Ready=True ResizePending', 1, BIG]);
  });

  test('of an instance that is stopped leaves it stopped', async () => {
    await resized({ powerState: 'Stopped' });
    expect([await world.ready(), hardwareOf(world), world.machine().power, world.called('startPaused')]).toEqual([
      'Ready=True ResizePending',
      BIG,
      'Stopped',
      0,
    ]);
    await world.edit({ powerState: 'Running' });
    await world.pass(1);
    expect([await world.ready(), hardwareOf(world), world.machine().power]).toEqual(['Ready=True ResizePending', BIG, 'Running']);
  });

  test('keeps interfaces and their addresses', async () => {
    await world.create({ ...MANUAL, networks: [{ name: 'eth0', networkName: 'lab' }] });
    const { interfaces } = world.machine().spec;
    await world.edit({ flavorName: 'big' });
    await world.pass(2);
    expect([hardwareOf(world), world.machine().spec.interfaces]).toEqual([BIG, interfaces]);
  });

  test('makes the ephemeral disk larger too, and the swap disk stays', async () => {
    await world.makeFlavor('s', { vcpus: 1, memory: '16Mi', rootDisk: '16Mi', ephemeralDisk: '8Mi', swap: '4Mi' });
    await world.makeFlavor('m', { vcpus: 1, memory: '16Mi', rootDisk: '16Mi', ephemeralDisk: '32Mi', swap: '4Mi' });
    await world.create({ ...MANUAL, flavorName: 's' });
    await world.edit({ flavorName: 'm' });
    await world.pass(2);
    const names = () =>
      world
        .machine()
        .spec.disks.map(({ name }) => name.replace(/^.{37}/, ''))
        .filter((name) => !name.startsWith('config'));
    expect([await world.ready(), names()]).toEqual(['Ready=True ResizePending', ['root-1.1', 'ephemeral-1.1', 'swap-1']]);
    expect([...world.host().driver.disks].find(([path]) => path.endsWith('ephemeral-1.1'))?.[1]).toBe(32 * MIB);
    await world.edit({ flavorName: 's' });
    await world.pass(2);
    expect([await world.ready(), names(), world.disks().length]).toEqual(['Ready=True Running', ['root-1', 'ephemeral-1', 'swap-1'], 4]);
  });

  test.each([
    ['a smaller ephemeral disk', { ephemeralDisk: '4Mi', swap: '4Mi' }],
    ['no ephemeral disk', { swap: '4Mi' }],
    ['another swap disk', { ephemeralDisk: '8Mi', swap: '8Mi' }],
  ])('to %s is refused', async (_, disks) => {
    await world.makeFlavor('s', { vcpus: 1, memory: '16Mi', rootDisk: '16Mi', ephemeralDisk: '8Mi', swap: '4Mi' });
    await world.makeFlavor('m', { vcpus: 2, memory: '16Mi', rootDisk: '16Mi', ...disks });
    await world.create({ ...MANUAL, flavorName: 's' });
    await world.edit({ flavorName: 'm' });
    await world.pass(2);
    expect([await world.ready(), world.called('signalShutdown')]).toEqual(['Ready=False ResizeRefused', 0]);
  });

  test('waits until a guest that is paused runs', async () => {
    await world.create({ ...MANUAL, powerState: 'Paused' });
    await world.edit({ flavorName: 'big' });
    await world.pass(1);
    expect([await world.ready(), world.machine().power, hardwareOf(world)]).toEqual(['Ready=False ResizeHeld', 'Paused', TINY]);
    await world.edit({ powerState: 'Running' });
    await world.pass(2);
    expect([await world.ready(), hardwareOf(world)]).toEqual(['Ready=True ResizePending', BIG]);
  });

  test('to a smaller root disk is refused, and the guest runs on', async () => {
    await world.create({ ...MANUAL, flavorName: 'big' });
    await world.edit({ flavorName: 'tiny' });
    await world.pass(2);
    expect([await world.ready(), hardwareOf(world), world.called('signalShutdown')]).toEqual([
      'Ready=False ResizeRefused',
      [2, 32, 'root-1'],
      0,
    ]);
    world.turn('Stopped', 'Crashed');
    await world.pass(3);
    expect([world.machine().power, hardwareOf(world)]).toEqual(['Running', [2, 32, 'root-1']]);
  });

  test('to a flavor that is not there waits for it, and the guest runs on', async () => {
    await world.create(MANUAL);
    await world.edit({ flavorName: 'later' });
    await world.pass(1);
    expect([await world.ready(), world.called('signalShutdown')]).toEqual(['Ready=False FlavorNotFound', 0]);
    world.turn('Stopped', 'Crashed');
    await world.pass(3);
    expect([world.machine().power, hardwareOf(world)]).toEqual(['Running', TINY]);
  });

  test('that there is no room for waits, and the guest runs on', async () => {
    await world.create(MANUAL);
    await world.makeFlavor('huge', { vcpus: 2, memory: '8Gi', rootDisk: '16Mi' });
    await world.edit({ flavorName: 'huge' });
    await world.pass(1);
    expect([await world.ready(), hardwareOf(world), await resize()]).toEqual(['Ready=False HostFull', TINY, undefined]);
    world.turn('Stopped', 'Crashed');
    await world.pass(3);
    expect([world.machine().power, hardwareOf(world)]).toEqual(['Running', TINY]);
  });

  test('leaves a flavor that changed without spec.resize to the next start', async () => {
    await world.create();
    await world.edit({ flavorName: 'big' });
    await world.pass(2);
    expect([await world.ready(), hardwareOf(world), await resize()]).toEqual(['Ready=True RestartRequired', TINY, undefined]);
  });
});

describe('the confirmation', () => {
  test('by an action', async () => {
    await resized();
    await world.act('yes', { action: 'ConfirmResize' });
    await world.pass(1);
    expect([await world.acted('yes'), await world.ready(), await resize(), hardwareOf(world)]).toEqual([
      'Succeeded Confirmed',
      'Ready=True Running',
      undefined,
      BIG,
    ]);
    expect(await world.condition('ResizePending')).toBeUndefined();
    await world.act('again', { action: 'ConfirmResize' });
    await world.pass(1);
    expect(await world.acted('again')).toBe('Failed NoResizePending');
  });

  test('by itself, when its time is over', async () => {
    await resized({ resize: { confirm: 'Automatic', confirmAfter: '5m' } });
    expect(await world.ready()).toBe('Ready=True ResizePending');
    await world.clock.advance(300_000);
    await world.settle();
    expect([await world.ready(), await resize(), hardwareOf(world)]).toEqual(['Ready=True Running', undefined, BIG]);
  });

  test('by itself at once, where no time is named', async () => {
    await resized({ resize: { confirm: 'Automatic' } });
    expect([await world.ready(), await resize(), hardwareOf(world)]).toEqual(['Ready=True Running', undefined, BIG]);
  });

  test('and another resize after it', async () => {
    await resized({ resize: { confirm: 'Automatic' } });
    await world.makeFlavor('huge', { vcpus: 4, memory: '64Mi', rootDisk: '128Mi' });
    await world.edit({ flavorName: 'huge' });
    await world.pass(2);
    expect([await world.ready(), hardwareOf(world)]).toEqual(['Ready=True Running', [4, 64, 'root-1.2']]);
    await world.delete();
    await world.pass(3);
    expect([await world.find(), world.disks()]).toEqual([undefined, []]);
  });

  test('a third flavor waits for it', async () => {
    await resized();
    await world.edit({ flavorName: 'small' });
    await world.pass(1);
    expect([await world.ready(), hardwareOf(world)]).toEqual(['Ready=False ResizePending', BIG]);
  });
});

describe('the reverting', () => {
  test('by setting the flavor back: the old size and the old disk', async () => {
    await resized();
    await world.edit({ flavorName: 'tiny' });
    await world.pass(2);
    expect([await world.ready(), hardwareOf(world), rootDisksOf(world), await resize(), world.machine().power]).toEqual([
      'Ready=True Running',
      TINY,
      ['root-1: 16'],
      undefined,
      'Running',
    ]);
    const { status } = await world.get();
    expect(status?.resolved).toMatchObject({ flavorName: 'tiny', vcpus: 1, memory: '16Mi' });
    expect(status?.disks?.find(({ role }) => role === 'root')).toMatchObject({ size: '16Mi' });
  });

  test('by an action: stalled until the flavor changes, and started with the old size meanwhile', async () => {
    await resized();
    await world.act('no', { action: 'RevertResize' });
    await world.pass(2);
    expect([await world.acted('no'), await world.ready(), await world.condition('Stalled'), hardwareOf(world)]).toEqual([
      'Succeeded Reverted',
      'Ready=False ResizeReverted',
      'True ResizeReverted',
      TINY,
    ]);
    expect([rootDisksOf(world), world.machine().power]).toEqual([['root-1: 16'], 'Running']);
    await world.edit({ hostname: 'other' });
    world.turn('Stopped', 'Crashed');
    await world.pass(3);
    expect([await world.ready(), world.machine().power, hardwareOf(world)]).toEqual(['Ready=False ResizeReverted', 'Running', TINY]);
    await world.edit({ flavorName: 'tiny' });
    await world.pass(1);
    expect([await world.ready(), await resize()]).toEqual(['Ready=True Running', undefined]);
    await world.edit({ flavorName: 'big' });
    await world.pass(2);
    expect([await world.ready(), hardwareOf(world)]).toEqual(['Ready=True ResizePending', BIG]);
  });

  test('of an instance that is stopped leaves it stopped', async () => {
    await resized({ powerState: 'Stopped' });
    await world.edit({ flavorName: 'tiny' });
    await world.pass(2);
    expect([await world.ready(), hardwareOf(world), rootDisksOf(world), world.called('startPaused')]).toEqual([
      'Ready=True Stopped',
      TINY,
      ['root-1: 16'],
      0,
    ]);
  });

  test('before the guest was stopped leaves it running', async () => {
    world.host().driver.heedsShutdown = false;
    await world.create(MANUAL);
    await world.edit({ flavorName: 'big' });
    await world.edit({ flavorName: 'tiny' });
    await world.pass(2);
    expect([await world.ready(), hardwareOf(world), world.called('powerOff'), await resize()]).toEqual([
      'Ready=True Running',
      TINY,
      0,
      undefined,
    ]);
  });

  test('to a disk that is not there any more is refused, and the guest runs on', async () => {
    await resized();
    const old = world.disks().find((disk) => disk.endsWith('root-1')) ?? '';
    world.host().driver.disks.delete(old.slice('host-a/'.length));
    await world.act('no', { action: 'RevertResize' });
    await world.pass(4);
    expect([await world.acted('no'), world.machine().power, hardwareOf(world)]).toEqual(['Failed DiskNotFound', 'Running', BIG]);
  });

  test('without a resize that is pending is refused', async () => {
    await world.create(MANUAL);
    await world.act('no', { action: 'RevertResize' });
    await world.pass(1);
    expect(await world.acted('no')).toBe('Failed NoResizePending');
  });
});

describe('a resize that fails', () => {
  test('is taken back: the guest runs with its old size and disk, and it is said why', async () => {
    await world.create(MANUAL);
    let starts = 0;
    world.host().driver.before = (called) => {
      if (called === 'startPaused' && ++starts <= 3) throw new DriverError('InsufficientCapacity', 'no memory');
    };
    await world.edit({ flavorName: 'big' });
    await world.pass(5);
    expect([await world.ready(), hardwareOf(world), rootDisksOf(world), world.machine().power]).toEqual([
      'Ready=False ResizeFailed',
      TINY,
      ['root-1: 16'],
      'Running',
    ]);
    expect(await resize()).toMatchObject({ phase: 'Reverted', message: 'no memory' });
  });

  test('where no disk can be made is taken back', async () => {
    await world.create(MANUAL);
    refuse('createDisk', () => new DriverError('Unsupported', 'no such disk here'));
    await world.edit({ flavorName: 'big' });
    await world.pass(3);
    expect([await world.ready(), hardwareOf(world), rootDisksOf(world), world.machine().power]).toEqual([
      'Ready=False ResizeFailed',
      TINY,
      ['root-1: 16'],
      'Running',
    ]);
  });
});

describe('deletion', () => {
  test('pre-empts a resize, and leaves no disk', async () => {
    world.host().driver.heedsShutdown = false;
    await world.create({ ...MANUAL, shutdownTimeout: '15s' });
    await world.edit({ flavorName: 'big' });
    await world.delete();
    await world.pass(5);
    expect([await world.find(), world.machines(), world.disks()]).toEqual([undefined, [], []]);
  });

  test('while the confirmation is awaited leaves no disk', async () => {
    await resized();
    await world.delete();
    await world.pass(5);
    expect([await world.find(), world.machines(), world.disks()]).toEqual([undefined, [], []]);
  });
});

test('at rest, while the confirmation is awaited, nothing is written', async () => {
  await resized();
  const { length } = world.api.writes();
  await world.pass(3);
  expect(world.api.writes()).toHaveLength(length);
});
