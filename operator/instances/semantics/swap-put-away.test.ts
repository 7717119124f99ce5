/** A volume that was moved, while the spec still names the old one: what is made anew, or taken off its host, keeps the new one. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const data = [{ name: 'data', volumeName: 'old' }];

/** The machine has what was on `old` on `new`, and the spec names `old`. */
async function moved(): Promise<void> {
  await world.createVolume('old', { hypervisorName: 'host-a' });
  await world.createVolume('new', { hypervisorName: 'host-a' });
  await world.create({ volumes: data, placement: { hypervisorName: 'host-a' } });
  await world.pass(3);
  await world.act('swap', { action: 'SwapVolume', swapVolume: { name: 'data', volumeName: 'new' } });
  await world.pass(2);
  expect([await world.ready(), await world.acted('swap')]).toEqual(['Ready=False SwapRequired', 'Succeeded VolumeSwapped']);
}

const has = async (): Promise<readonly string[]> => {
  const uid = (await world.findVolume('new'))?.metadata.uid ?? 'none';
  return (world.machine().spec.volumes ?? []).map(({ id, name }) => `${id}=${name === `volume-${uid}` ? 'new' : 'old'}`);
};

test('shelved, and active again', async () => {
  await moved();
  await world.edit({ lifecycle: { state: 'Shelved' } });
  await world.pass(4);
  expect([await world.ready(), await world.volume('new')]).toEqual(['Ready=True Offloaded', expect.stringMatching(/^InUse .* demo$/)]);
  await world.edit({ lifecycle: { state: 'Active' } });
  await world.pass(4);
  expect([await world.ready(), await has()]).toEqual(['Ready=False SwapRequired', ['data=new']]);
});

test('its definition is lost, and made anew', async () => {
  await moved();
  world.host().driver.machines.clear();
  await world.pass(6);
  expect([await world.ready(), await has()]).toEqual(['Ready=False SwapRequired', ['data=new']]);
});

test('rebuilt', async () => {
  await moved();
  await world.act('new', { action: 'Rebuild' });
  await world.pass(3);
  expect([await world.acted('new'), await world.ready(), await has()]).toEqual([
    'Succeeded Rebuilt',
    'Ready=False SwapRequired',
    ['data=new'],
  ]);
});
