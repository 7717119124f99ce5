/** Root Volumes that move while their guest is off: what it boots from then, what the spec means, and what becomes of those cut off. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { DriverError } from '../../../drivers/labels.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const FREE = 'Available Ready=True Available';
const USED = 'InUse Ready=True InUse demo';
const boots = (volumeName: string) => ({ rootVolume: { volumeName } });

async function off(size = '16Mi'): Promise<void> {
  await world.createVolume('old', { hypervisorName: 'host-a', imageName: 'demo' });
  await world.createVolume('new', { hypervisorName: 'host-a', size });
  await world.create({ ...boots('old'), powerState: 'Stopped' });
  await world.pass(4);
  expect([await world.ready(), await rootOf()]).toEqual(['Ready=True Stopped', 'old']);
}

const swap = (): Promise<void> => world.act('swap', { action: 'SwapVolume', swapVolume: { volumeName: 'new' } });
const diskOf = async (name: string): Promise<string> => (await world.findVolume(name))?.status?.disk ?? '';
const sizeOf = async (name: string): Promise<number> => (world.host().driver.disks.get(`default/${await diskOf(name)}`) ?? 0) / 2 ** 20;
async function rootOf(): Promise<string> {
  const disk = world.machine().spec.disks.find(({ role }) => role === 'root')?.name;
  return disk === (await diskOf('new')) ? 'new' : disk === (await diskOf('old')) ? 'old' : `${disk}`;
}
const volumes = async (): Promise<readonly string[]> => [await world.volume('old'), await world.volume('new')];
const claimed = async (): Promise<string | undefined> => (await world.get()).status?.rootVolume?.volumeName;

test('it boots from the other one from then on, which the spec is to name; the first is free', async () => {
  await off();
  await swap();
  await world.pass(2);
  expect([await world.acted('swap'), await rootOf(), await claimed(), await world.ready()]).toEqual([
    'Succeeded VolumeSwapped',
    'new',
    'new',
    'Ready=False SwapRequired',
  ]);
  expect([await volumes(), await sizeOf('new')]).toEqual([[FREE, USED], 16]);
  await world.edit(boots('new'));
  await world.pass(2);
  expect(await world.ready()).toBe('Ready=True Stopped');
  await world.edit({ powerState: 'Running' });
  await world.pass(3);
  expect([await world.ready(), await rootOf()]).toEqual(['Ready=True Running', 'new']);
  await world.delete();
  await world.pass(3);
  expect([await world.find(), await volumes()]).toEqual([undefined, [FREE, FREE]]);
});

test('a spec that names another one waits for it; the guest starts and runs on what it has', async () => {
  await off();
  await world.edit({ ...boots('new'), powerState: 'Running' });
  await world.pass(3);
  expect([await world.ready(), await rootOf(), world.machine().power, await volumes()]).toEqual([
    'Ready=False SwapRequired',
    'old',
    'Running',
    [USED, FREE],
  ]);
  await swap();
  await world.pass(2);
  expect([await world.acted('swap'), await rootOf()]).toEqual(['Failed NotStopped', 'old']);
  await world.edit({ powerState: 'Stopped' });
  await world.pass(2);
  await world.act('again', { action: 'SwapVolume', swapVolume: { volumeName: 'new' } });
  await world.pass(2);
  expect([await world.acted('again'), await world.ready(), await rootOf()]).toEqual([
    'Succeeded VolumeSwapped',
    'Ready=True Stopped',
    'new',
  ]);
});

test.each([
  ['is smaller', { size: '4Mi' }, 'VolumeSizeDiffers'],
  ['began with an image', { imageName: 'demo' }, 'VolumeUnfit'],
  ['is for several', { accessMode: 'ReadWriteMany' }, 'VolumeUnfit'],
] as const)('refused: the other one %s', async (_, spec, reason) => {
  await world.createVolume('old', { hypervisorName: 'host-a' });
  await world.createVolume('new', { hypervisorName: 'host-a', ...spec });
  await world.create({ ...boots('old'), powerState: 'Stopped' });
  await world.pass(4);
  await swap();
  await world.pass(2);
  expect([await world.acted('swap'), await rootOf(), world.called('swapVolume')]).toEqual([`Failed ${reason}`, 'old', 0]);
});

test('refused: it boots from a disk of its own', async () => {
  await world.createVolume('new', { hypervisorName: 'host-a' });
  await world.create({ powerState: 'Stopped' });
  await world.pass(4);
  await swap();
  await world.pass(2);
  expect(await world.acted('swap')).toBe('Failed VolumeNotAttached');
});

test.each(['its status', 'its definition'] as const)(
  'moved, and %s lost while the spec names the old one: it keeps the new one',
  async (what) => {
    await off();
    await swap();
    await world.pass(2);
    if (what === 'its status') await world.loseStatus();
    else world.host().driver.machines.clear();
    await world.pass(6);
    expect([await rootOf(), await claimed(), await volumes()]).toEqual(['new', 'new', [FREE, USED]]);
    await world.edit({ powerState: 'Running' });
    await world.pass(3);
    expect([await rootOf(), world.machine().power]).toEqual(['new', 'Running']);
  },
);

test.each(['carried out', 'withdrawn'] as const)(
  'killed anywhere while it is %s, it converges',
  async (what) => {
    await world.stopOperator();
    for (let calls = 0; ; calls += 1) {
      world = new InstanceWorld();
      await world.start();
      await off();
      const count = world.host().driver.calls.length + world.api.writes().length;
      const { driver } = world.host();
      driver.whileCopied = () => {
        driver.whileCopied = () => undefined;
        throw new DriverError('Transient', 'the disk broke', { reason: 'Broken' });
      };
      world.killAfter(calls);
      await swap();
      await world.pass(1);
      if (what === 'withdrawn') await world.deleteAction('swap');
      await world.pass(1);
      const made = world.host().driver.calls.length + world.api.writes().length - count;
      await world.restartOperator();
      await world.pass(8);
      const end = await rootOf();
      if (what === 'carried out') expect([end, await world.acted('swap')]).toEqual(['new', 'Succeeded VolumeSwapped']);
      expect([await claimed(), await volumes()]).toEqual([end, end === 'new' ? [FREE, USED] : [USED, FREE]]);
      expect([await sizeOf('old'), await sizeOf('new')]).toEqual([8, 16]);
      expect(await world.ready()).toBe(end === 'new' ? 'Ready=False SwapRequired' : 'Ready=True Stopped');
      if (made < calls) break;
      await world.stopOperator();
    }
  },
  60_000,
);
