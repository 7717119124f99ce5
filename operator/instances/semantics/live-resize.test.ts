/** Semantics that nobody should have to guess, played through the whole controller: another size for a guest that runs. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DriverError } from '../../../drivers/labels.ts';
import { hardwareOf } from '../testing/hardware.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
  const room = { maxVcpus: 4, maxMemory: '64Mi', rootDisk: '16Mi' } as const;
  await world.makeFlavor('one', { vcpus: 1, memory: '16Mi', ...room });
  await world.makeFlavor('two', { vcpus: 2, memory: '32Mi', ...room });
  await world.makeFlavor('lean', { vcpus: 2, memory: '16Mi', ...room });
  await world.makeFlavor('fixed', { vcpus: 3, memory: '48Mi', rootDisk: '64Mi' });
  await world.makeFlavor('huge', { vcpus: 4, memory: '64Mi', maxVcpus: 64, maxMemory: '128Mi' });
  await world.makeFlavor('beyond', { vcpus: 5, memory: '64Mi' });
});
afterEach(() => world.stopOperator());

const ONE = [1, 16, 'root-1'];
const TWO = [2, 32, 'root-1'];
const status = async () => (await world.get()).status;
const state = async () => [await world.ready(), hardwareOf(world), world.called('startPaused')];

async function restarted(): Promise<void> {
  await world.edit({ powerState: 'Stopped' });
  await world.edit({ powerState: 'Running' });
  await world.pass(1);
}

describe('another flavor', () => {
  test('is given to the running guest, and status tells of it', async () => {
    await world.create({ flavorName: 'one' });
    expect((await status())?.size).toEqual({ vcpus: 1, memory: '16Mi', maxVcpus: 4, maxMemory: '64Mi' });
    await world.edit({ flavorName: 'two' });
    expect([await state(), await world.condition('RestartRequired')]).toEqual([['Ready=True Running', TWO, 1], undefined]);
    expect(await status()).toMatchObject({
      resolved: { flavorName: 'two', vcpus: 2, memory: '32Mi' },
      size: { vcpus: 2, memory: '32Mi', maxVcpus: 4, maxMemory: '64Mi' },
    });
    expect((await status())?.task).toBeUndefined();
  });

  test('is what the next start takes, too, with a maximum of its own', async () => {
    await world.create({ flavorName: 'one' });
    await world.edit({ flavorName: 'huge' });
    expect([await world.ready(), world.machine().maximum?.vcpus]).toEqual(['Ready=True Running', 4]);
    await restarted();
    expect([await world.ready(), world.machine().maximum?.vcpus, (await status())?.size?.maxVcpus]).toEqual(['Ready=True Running', 64, 64]);
  });

  test('without a maximum is given, too; what is of disks is for the start', async () => {
    await world.create({ flavorName: 'one' });
    await world.edit({ flavorName: 'fixed' });
    expect(await state()).toEqual(['Ready=True Running', [3, 48, 'root-1'], 1]);
    await restarted();
    expect([await state(), (await status())?.size]).toEqual([['Ready=True Running', [3, 48, 'root-1'], 2], undefined]);
  });

  test('with less memory asks the guest for it', async () => {
    await world.create({ flavorName: 'two' });
    await world.edit({ flavorName: 'lean' });
    expect(await state()).toEqual(['Ready=True Running', [2, 16, 'root-1'], 1]);
  });

  test.each(['one', 'beyond'])(
    '%s: fewer CPUs, or more than it can have, are left for the next start, with all else',
    async (flavorName) => {
      await world.create({ flavorName: 'two' });
      await world.edit({ flavorName });
      await world.pass(2);
      expect([await state(), world.called('resizeLive')]).toEqual([['Ready=True RestartRequired', TWO, 1], 0]);
      await restarted();
      expect([await world.ready(), world.called('startPaused')]).toEqual(['Ready=True Running', 2]);
    },
  );

  test('with another change that needs a restart is left for that', async () => {
    await world.create({ flavorName: 'one' });
    await world.edit({ flavorName: 'two', metadata: { a: '1' } });
    expect([await state(), world.called('resizeLive')]).toEqual([['Ready=True RestartRequired', ONE, 1], 0]);
    await world.edit({ metadata: null });
    expect(await state()).toEqual(['Ready=True Running', TWO, 1]);
  });

  test('of a guest that was started with no maximum waits for the next start', async () => {
    await world.create({ flavorName: 'tiny' });
    await world.edit({ flavorName: 'two' });
    expect([await state(), (await status())?.resolved?.flavorName]).toEqual([['Ready=True RestartRequired', ONE, 1], 'tiny']);
  });

  test('is resized to cold where spec.resize asks for that', async () => {
    await world.create({ flavorName: 'one', resize: { confirm: 'Manual' } });
    await world.edit({ flavorName: 'two' });
    await world.pass(2);
    expect([await world.ready(), world.called('resizeLive'), world.called('startPaused')]).toEqual(['Ready=True ResizePending', 0, 2]);
  });

  test('of a guest that is paused waits until it runs', async () => {
    await world.create({ flavorName: 'one' });
    await world.edit({ powerState: 'Paused', flavorName: 'two' });
    expect(await state()).toEqual(['Ready=True RestartRequired', ONE, 1]);
    await world.edit({ powerState: 'Running' });
    expect(await state()).toEqual(['Ready=True Running', TWO, 1]);
  });

  test('on a host that cannot is left for the next start', async () => {
    const { driver } = world.host();
    driver.capabilities = new Set([...driver.capabilities].filter((one) => one !== 'LiveResize'));
    await world.create({ flavorName: 'one', placement: { hypervisorName: 'host-a' } });
    await world.edit({ flavorName: 'two' });
    expect([await state(), world.called('resizeLive')]).toEqual([['Ready=True RestartRequired', ONE, 1], 0]);
  });

  test('waits for room on the host', async () => {
    const pinned = { placement: { hypervisorName: 'host-a' } };
    await world.create({ flavorName: 'one', ...pinned });
    await world.makeFlavor('most', { vcpus: 1, memory: '1000Mi' });
    await world.create({ flavorName: 'most', ...pinned }, 'other');
    await world.pass(1);
    await world.edit({ flavorName: 'fixed' });
    expect([await world.ready(), world.called('resizeLive')]).toEqual(['Ready=False HostFull', 0]);
    await world.delete('other');
    await world.pass(10);
    expect([await world.ready(), hardwareOf(world)]).toEqual(['Ready=True Running', [3, 48, 'root-1']]);
  });

  test('that the host refuses is tried again, then given up until the spec changes; it runs on', async () => {
    await world.create({ flavorName: 'one' });
    world.host().driver.before = (verb) => {
      if (verb === 'resizeLive') throw new DriverError('Unsupported', 'the guest has no slot', { reason: 'HotplugUnsupported' });
    };
    await world.edit({ flavorName: 'two' });
    expect([await world.ready(), await world.condition('Stalled'), hardwareOf(world)]).toEqual([
      'Ready=False HotplugUnsupported',
      'True HotplugUnsupported',
      ONE,
    ]);
    world.host().driver.before = () => undefined;
    await world.edit({ flavorName: 'one' });
    expect([await state(), await world.condition('RestartRequired')]).toEqual([['Ready=True Running', ONE, 1], undefined]);
  });

  test('is not given while it is only watched', async () => {
    await world.create({ flavorName: 'one' });
    await world.edit({ flavorName: 'two', reconcilePolicy: 'DryRun' });
    expect((await status())?.plannedSteps?.map(({ step }) => step)).toEqual(['begin-live-resize', 'resize-live', 'end-live-resize']);
    expect(hardwareOf(world)).toEqual(ONE);
  });
});

test('at rest nothing is written, and nothing asked of the host', async () => {
  await world.create({ flavorName: 'one' });
  await world.edit({ flavorName: 'two' });
  await world.pass(3);
  const [writes, changes] = [world.writes(), world.changes()];
  await world.pass(20);
  expect([world.writes(), world.changes()]).toEqual([writes, changes]);
});

const CALLS = Array.from({ length: 10 }, (_, calls) => calls);

describe('killed before call', () => {
  test.each(CALLS)('%d: the next operator goes on', async (calls) => {
    await world.create({ flavorName: 'one' });
    world.killAfter(calls);
    await world.edit({ flavorName: 'two' });
    await world.restartOperator();
    await world.pass(2);
    expect([await state(), (await status())?.resolved?.flavorName]).toEqual([['Ready=True Running', TWO, 1], 'two']);
  });

  test.each(CALLS)('%d, and set back: it ends as it was, or says that it does not', async (calls) => {
    await world.create({ flavorName: 'one' });
    world.killAfter(calls);
    await world.edit({ flavorName: 'two' });
    await world.edit({ flavorName: 'one' });
    await world.restartOperator();
    await world.pass(2);
    const isLarger = world.machine().spec.vcpus === 2;
    expect(await world.ready()).toBe(isLarger ? 'Ready=True RestartRequired' : 'Ready=True Running');
    await restarted();
    expect([await world.ready(), hardwareOf(world)]).toEqual(['Ready=True Running', ONE]);
  });

  test.each(CALLS)('%d, and deleted then: nothing is left', async (calls) => {
    await world.create({ flavorName: 'one' });
    world.killAfter(calls);
    await world.edit({ flavorName: 'two' });
    await world.delete();
    await world.restartOperator();
    await world.pass(3);
    expect([await world.find(), world.machines(), world.disks()]).toEqual([undefined, [], []]);
  });
});
