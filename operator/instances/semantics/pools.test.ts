/** Pools of hosts in which no disks can be made: nothing is placed there, and who asks for it is told. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
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

test.each([[{ unfit: 'of type logical' }], [{ disks: 'Existing' }]])(
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
