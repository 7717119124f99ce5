/** Hosts that start nothing just now, as for maintenance: nothing new is placed there, and what is there goes on. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

function close(host: string): void {
  const { driver } = world.host(host);
  const { facts } = driver;
  driver.facts = (name) => ({ ...facts(name), closed: 'for maintenance' });
}

test('an Instance goes where it can be started', async () => {
  close('host-a');
  await world.create();
  await world.pass(1);
  expect([await world.ready(), (await world.get()).status?.hypervisorName]).toEqual(['Ready=True Running', 'host-b']);
});

test('where no host is open, that is told, and nothing is tried', async () => {
  close('host-a');
  close('host-b');
  await world.create();
  await world.pass(2);
  expect([await world.ready(), world.changes()]).toEqual(['Ready=False NoHypervisorFits', 0]);
});

test('one that is there stays, and is stopped as asked', async () => {
  await world.create();
  await world.pass(1);
  close('host-a');
  close('host-b');
  await world.edit({ powerState: 'Stopped', shutdownTimeout: '0s' });
  await world.pass(3);
  expect([await world.ready(), world.machine().power]).toEqual(['Ready=True Stopped', 'Stopped']);
});
