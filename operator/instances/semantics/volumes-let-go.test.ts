/** Disks in shared pools that a machine has of which no Instance tells any more, as users see it: kept, and given to nobody. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const data = [{ name: 'data', volumeName: 'data' }];
const SIZE = 8 * 1024 * 1024;

/** The Volume was made on host-a; a machine on host-b, whose Instance is gone, has it. */
async function letGo(): Promise<string> {
  await world.createVolume('data', { hypervisorName: 'host-a' });
  const disk = (await world.findVolume())?.status?.disk ?? 'none';
  world.host('host-b').driver.disks.set(`default/${disk}`, SIZE);
  await world.create({ volumes: data, placement: { hypervisorName: 'host-b' }, deletionPolicy: 'Retain' });
  await world.pass(2);
  expect([await world.ready(), await world.attached()]).toEqual(['Ready=True Running', ['data Attached']]);
  await world.delete();
  await world.pass(2);
  expect([await world.volume(), world.machines().length]).toEqual(['Available Ready=True Available', 1]);
  return `host-a/default/${disk}`;
}

const message = async (name?: string): Promise<string | undefined> =>
  (await world.findVolume(name))?.status?.conditions?.find(({ type }) => type === 'Ready')?.message;

const messageOf = async (name: string): Promise<string> =>
  (await world.get(name)).status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';

describe('a disk that a machine on another host of the shared pool has', () => {
  test('is not removed from under it with its Volume', async () => {
    const disk = await letGo();
    await world.deleteVolume();
    await world.pass(2);
    expect([await world.volume(), world.disks().includes(disk)]).toEqual(['Deleting Ready=False DiskInUse', true]);
    expect(await message()).toContain('on Hypervisor host-b has the disk');
    world.host('host-b').driver.machines.clear();
    await world.pass(6);
    expect([await world.volume(), world.disks().includes(disk)]).toEqual(['none', false]);
  });

  test('is not removed while one of the hosts does not answer', async () => {
    const disk = await letGo();
    world.host('host-b').turn('False');
    await world.deleteVolume();
    await world.pass(2);
    expect([await world.volume(), world.disks().includes(disk)]).toEqual(['Deleting Ready=False HostUnreachable', true]);
    expect(await message()).toContain('host-b');
    world.host('host-b').turn('True');
    world.host('host-b').driver.machines.clear();
    await world.pass(6);
    expect(await world.volume()).toBe('none');
  });

  test('is not copied', async () => {
    await letGo();
    await world.createVolume('copy', { sourceVolumeName: 'data' });
    await world.pass(2);
    expect([await world.volume('copy'), world.called('copyToBase')]).toEqual(['Creating Ready=False DiskInUse', 0]);
    world.host('host-b').driver.machines.clear();
    await world.pass(3);
    expect(await world.volume('copy')).toBe('Available Ready=True Available');
  });

  test.each(['of the namespace', 'of another one', 'of nobody'] as const)(
    'whose machine it is, %s, is told to its own people only',
    async (whose) => {
      await letGo();
      const [machine] = world.host('host-b').driver.machines.values();
      if (machine === undefined) throw new Error('no machine');
      const { name } = machine;
      if (whose === 'of another one') machine.owner = machine.owner && { ...machine.owner, namespace: 'payroll' };
      if (whose === 'of nobody') machine.owner = undefined;
      world.hosts.tick();
      await world.createVolume('copy', { sourceVolumeName: 'data' });
      await world.pass(1);
      const said: (string | undefined)[] = [await message('copy')];
      await world.deleteVolume('copy');
      await world.create({ rootVolume: { volumeName: 'data' }, placement: { hypervisorName: 'host-a' } }, 'boots');
      await world.pass(2);
      said.push(await messageOf('boots'));
      await world.delete('boots');
      await world.create({ placement: { hypervisorName: 'host-a' } }, 'other');
      await world.pass(2);
      await world.edit({ volumes: data }, 'other');
      await world.pass(2);
      said.push(await messageOf('other'));
      await world.delete('other');
      await world.deleteVolume();
      await world.pass(2);
      said.push(await message());
      for (const words of said) {
        expect(words).toContain(whose === 'of the namespace' ? `machine ${name} on` : 'a machine that is not of this namespace on');
        expect(words?.includes(name)).toBe(whose === 'of the namespace');
      }
    },
  );

  test('is not given to a guest that runs', async () => {
    await letGo();
    await world.create({ placement: { hypervisorName: 'host-a' } }, 'other');
    await world.pass(1);
    await world.edit({ volumes: data }, 'other');
    await world.pass(2);
    expect([await world.ready('other'), world.called('attachVolume')]).toEqual(['Ready=False DiskInUse', 0]);
    world.host('host-b').driver.machines.clear();
    await world.pass(6);
    expect([await world.ready('other'), await world.attached('other')]).toEqual(['Ready=True Running', ['data Attached']]);
  });

  test('is not in the definition of one that boots', async () => {
    await letGo();
    await world.create({ volumes: data, placement: { hypervisorName: 'host-a' } }, 'other');
    await world.pass(2);
    expect([world.host('host-a').driver.machines.size, await world.ready('other')]).toEqual([1, 'Ready=False DiskInUse']);
    const [machine] = world.host('host-a').driver.machines.values();
    expect(machine?.spec.volumes).toBeUndefined();
  });

  test('is not booted from', async () => {
    await letGo();
    await world.create({ rootVolume: { volumeName: 'data' }, placement: { hypervisorName: 'host-a' } }, 'other');
    await world.pass(2);
    expect([await world.ready('other'), world.host('host-a').driver.machines.size]).toEqual(['Ready=False DiskInUse', 0]);
  });
});
