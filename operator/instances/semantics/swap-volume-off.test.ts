/** Volumes that move while their guest is off: the disk of the other is made anew, and is blank again where that comes to nothing. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { VolumeSpec } from '../../../crds/volume.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { Slots } from '../../hypervisors/host/slots.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const data = [{ name: 'data', volumeName: 'old' }];
const FREE = 'Available Ready=True Available';
const USED = 'InUse Ready=True InUse demo';
const MIB = 2 ** 20;

async function off(spec: Partial<VolumeSpec> = {}): Promise<void> {
  await world.createVolume('old', { hypervisorName: 'host-a' });
  await world.createVolume('new', { hypervisorName: 'host-a', ...spec });
  await world.create({ volumes: data, powerState: 'Stopped' });
  await world.pass(4);
  expect([await world.ready(), await has()]).toEqual(['Ready=True Stopped', 'old']);
}

const swap = (): Promise<void> => world.act('swap', { action: 'SwapVolume', swapVolume: { name: 'data', volumeName: 'new' } });
const diskOf = async (name: string): Promise<string> => (await world.findVolume(name))?.status?.disk ?? '';
const sizeOf = async (name: string): Promise<number> => (world.host().driver.disks.get(`default/${await diskOf(name)}`) ?? 0) / MIB;
/** Which Volume the machine is defined with. */
async function has(): Promise<string> {
  const names = new Map([
    [await diskOf('old'), 'old'],
    [await diskOf('new'), 'new'],
  ]);
  return (world.machine().spec.volumes ?? []).map(({ name }) => names.get(name)).join(' ');
}
const volumes = async (): Promise<readonly string[]> => [await world.volume('old'), await world.volume('new')];
const cutOff = (error: Error): void => {
  world.host().driver.whileCopied = () => {
    world.host().driver.whileCopied = () => undefined;
    throw error;
  };
};

test('it has the other one, stays off, and starts with it', async () => {
  await off();
  await swap();
  await world.pass(2);
  expect([await world.acted('swap'), await world.ready(), await has()]).toEqual([
    'Succeeded VolumeSwapped',
    'Ready=False SwapRequired',
    'new',
  ]);
  expect([await volumes(), world.called('startPaused')]).toEqual([[FREE, USED], 0]);
  await world.edit({ volumes: [{ name: 'data', volumeName: 'new' }] });
  await world.pass(2);
  expect([await world.ready(), world.called('attachVolume')]).toEqual(['Ready=True Stopped', 0]);
  await world.edit({ powerState: 'Running' });
  await world.pass(3);
  expect([await world.ready(), await has()]).toEqual(['Ready=True Running', 'new']);
});

test('to a larger one, which stays as large', async () => {
  await off({ size: '16Mi' });
  await swap();
  await world.pass(2);
  expect([await world.acted('swap'), await has(), await sizeOf('new'), await sizeOf('old')]).toEqual([
    'Succeeded VolumeSwapped',
    'new',
    16,
    8,
  ]);
});

test('to a smaller one: refused', async () => {
  await off({ size: '4Mi' });
  await swap();
  await world.pass(2);
  expect([await world.acted('swap'), world.called('swapVolume'), await has()]).toEqual(['Failed VolumeSizeDiffers', 0, 'old']);
});

test('what is to run meanwhile waits until it is through', async () => {
  await off();
  const { promise, resolve } = Promise.withResolvers<void>();
  world.host().driver.before = (verb) => (verb === 'swapVolume' ? promise : undefined);
  await swap();
  const started = world.called('startPaused');
  await world.edit({ powerState: 'Running' });
  await world.pass(3);
  expect(world.called('startPaused')).toBe(started);
  resolve();
  await world.pass(3);
  expect([await world.acted('swap'), world.machine().power, await has()]).toEqual(['Succeeded VolumeSwapped', 'Running', 'new']);
});

test('a guest that ends while its volume moves stays off until it is through', async () => {
  await off();
  await world.edit({ powerState: 'Running', restartPolicy: 'Always' });
  await world.pass(3);
  let ended = false;
  world.host().driver.before = (verb) => {
    if (verb !== 'swapVolume' || ended) return;
    ended = true;
    world.turn('Stopped', 'GuestShutdown');
    throw new DriverError('Transient', 'the guest ended', { reason: 'SwapEnded' });
  };
  await swap();
  await world.pass(6);
  expect([await world.acted('swap'), await has(), world.machine().power]).toEqual(['Succeeded VolumeSwapped', 'new', 'Running']);
  expect(await volumes()).toEqual([FREE, USED]);
});

test.each([
  ['given up', 'InvalidSpec'],
  ['withdrawn', 'Transient'],
] as const)('cut off, and %s: the machine keeps the old one, and the other is blank again, and as large', async (what, label) => {
  await off({ size: '16Mi' });
  cutOff(new DriverError(label, 'the disk broke', { reason: 'Broken' }));
  await swap();
  expect([await sizeOf('new'), world.called('createDisk')]).toEqual(what === 'given up' ? [16, 4] : [0, 3]);
  if (what === 'withdrawn') await world.deleteAction('swap');
  await world.pass(3);
  expect([await has(), await sizeOf('new'), await volumes()]).toEqual(['old', 16, [USED, FREE]]);
  expect(await world.ready()).toBe('Ready=True Stopped');
});

test('refused by the host, before anything is done: the disk of the other one is left as it is', async () => {
  await off();
  world.host().driver.before = (verb) => {
    if (verb === 'swapVolume') throw new DriverError('Unsupported', 'it is no file', { reason: 'PoolTypeUnsupported' });
  };
  await swap();
  await world.pass(2);
  expect([await world.acted('swap'), await volumes(), world.called('deleteDisk')]).toEqual(['Failed PoolTypeUnsupported', [USED, FREE], 0]);
});

test.each(['withdrawn', 'its Instance deleted'] as const)(
  'begun, and %s before the host was asked for anything: the disk of the other one is left as it is',
  async (what) => {
    await off();
    const created = world.called('createDisk');
    const host = world.host();
    host.slots = new Slots({ Read: 8, Power: 2, Build: 2, Transfer: 0, Guest: 1 }, { most: 1, waitMs: 3_000 }, world.clock);
    await swap();
    await world.pass(2);
    expect([await world.acted('swap'), world.called('swapVolume')]).toEqual(['Running Begun', 0]);
    if (what === 'withdrawn') await world.deleteAction('swap');
    else await world.delete();
    await world.pass(4);
    // A deletion removes what is the Instance's own.
    expect([world.called('createDisk'), world.called('deleteDisk')]).toEqual([created, what === 'withdrawn' ? 0 : 2]);
    expect([world.called('swapVolume'), await volumes()]).toEqual([0, what === 'withdrawn' ? [USED, FREE] : [FREE, FREE]]);
  },
);

test('cut off, and its Instance deleted', async () => {
  await off();
  cutOff(new DriverError('Transient', 'the disk broke', { reason: 'Broken' }));
  await swap();
  await world.delete();
  await world.pass(4);
  expect([await world.find(), await sizeOf('new'), await volumes()]).toEqual([undefined, 8, [FREE, FREE]]);
});

test('an operator that starts anew while there is no such disk does not call it lost', async () => {
  await off();
  cutOff(new Error('killed'));
  await swap();
  expect(await sizeOf('new')).toBe(0);
  world.host().driver.before = (verb) => {
    if (verb === 'swapVolume') throw new DriverError('Conflict', 'an earlier call is at work on it', { reason: 'Busy' });
  };
  await world.stopOperator();
  await world.startOperator();
  await world.pass(2);
  expect(await world.volume('new')).toBe(USED);
  world.host().driver.before = () => undefined;
  await world.pass(3);
  expect([await world.acted('swap'), await has(), await volumes()]).toEqual(['Succeeded VolumeSwapped', 'new', [FREE, USED]]);
});

test.each(['carried out', 'withdrawn'] as const)(
  'killed anywhere while it is %s, it converges',
  async (what) => {
    await world.stopOperator();
    for (let calls = 0; ; calls += 1) {
      world = new InstanceWorld();
      await world.start();
      await off({ size: '16Mi' });
      const count = world.host().driver.calls.length + world.api.writes().length;
      cutOff(new DriverError('Transient', 'the disk broke', { reason: 'Broken' }));
      world.killAfter(calls);
      await swap();
      await world.pass(1);
      if (what === 'withdrawn') await world.deleteAction('swap');
      await world.pass(1);
      const made = world.host().driver.calls.length + world.api.writes().length - count;
      await world.restartOperator();
      await world.pass(8);
      const end = await has();
      if (what === 'carried out') expect([end, await world.acted('swap')]).toEqual(['new', 'Succeeded VolumeSwapped']);
      expect(await volumes()).toEqual(end === 'new' ? [FREE, USED] : [USED, FREE]);
      expect([await sizeOf('old'), await sizeOf('new')]).toEqual([8, 16]);
      expect(await world.ready()).toBe(end === 'new' ? 'Ready=False SwapRequired' : 'Ready=True Stopped');
      if (made < calls) break;
      await world.stopOperator();
    }
  },
  60_000,
);
