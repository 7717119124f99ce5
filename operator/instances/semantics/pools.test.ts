/** Pools of hosts in which no disks can be made: nothing is placed there, and who asks for it is told. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { DISK_BEING_MADE, DriverError } from '../../../drivers/labels.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(() => {
  world = new InstanceWorld();
});
afterEach(() => world.stopOperator());

function makeUnfit(host: string, how: object = { unfit: 'of type logical' }): void {
  const { driver } = world.host(host);
  const { facts } = driver;
  driver.facts = (name) => {
    const told = facts(name);
    return { ...told, pools: told.pools.map((pool) => Object.assign({}, how, pool)) };
  };
}

test.each([[{ unfit: 'of type logical' }], [{ disks: 'Existing' }], [{ disks: 'Blank' }]])(
  'an Instance goes where its disks can be made: not into %j',
  async (how) => {
    makeUnfit('host-a', how);
    await world.start();
    await world.create();
    await world.pass(1);
    expect([await world.ready(), (await world.get()).status?.hypervisorName]).toEqual(['Ready=True Running', 'host-b']);
  },
);

test('where there is no such host, that is told, and nothing is tried', async () => {
  makeUnfit('host-a');
  makeUnfit('host-b');
  await world.start();
  await world.create();
  await world.pass(2);
  expect([await world.ready(), world.changes()]).toEqual(['Ready=False NoHypervisorFits', 0]);
});

test('a disk that takes the host long is waited for, and nothing that was made is undone', async () => {
  const { driver } = world.host('host-a');
  let busy = true;
  driver.before = (verb) => {
    if (!busy || verb !== 'createDisk') return;
    throw new DriverError('Conflict', 'disk root is being written by the host', { reason: DISK_BEING_MADE });
  };
  await world.start();
  await world.create();
  await world.pass(1);
  expect(await world.ready()).toBe('Ready=False DiskBeingMade');
  // Longer than any number of attempts.
  for (let pass = 0; pass < 12; pass += 1) await world.pass(1);
  busy = false;
  await world.pass(6);
  expect([await world.ready(), (await world.get()).status?.faults]).toEqual(['Ready=True Running', undefined]);
  expect(driver.calls.filter((verb) => verb === 'deleteDisk')).toEqual([]);
});

test('what is deleted while its disk takes the host long goes once that has ended', async () => {
  const { driver } = world.host('host-a');
  let busy = true;
  driver.before = (verb) => {
    if (!busy || (verb !== 'createDisk' && verb !== 'deleteDisk')) return;
    throw new DriverError('Conflict', 'disk root is being written by the host', { reason: DISK_BEING_MADE });
  };
  await world.start();
  await world.create();
  await world.pass(1);
  await world.delete();
  await world.pass(6);
  busy = false;
  await world.pass(6);
  await world.pass(6);
  expect([await world.find(), driver.disks.size]).toEqual([undefined, 0]);
});

test('so is that of a Volume, however often it has to be asked for', async () => {
  const { driver } = world.host('host-a');
  let asked = 0;
  driver.before = (verb) => {
    if (verb !== 'createDisk' || (asked += 1) > 12) return;
    throw new DriverError('Conflict', 'disk is being written by the host', { reason: DISK_BEING_MADE });
  };
  await world.start();
  await world.createVolume('data', { hypervisorName: 'host-a' });
  expect(await world.volume()).toBe('Creating Ready=False DiskBeingMade');
  for (let pass = 0; pass < 12; pass += 1) await world.pass(1);
  expect(await world.volume()).toBe('Available Ready=True Available');
});
