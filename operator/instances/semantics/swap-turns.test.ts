/** Semantics that nobody should have to guess: a volume that waits for its turn to move is in nobody's way. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { VolumeSpec } from '../../../crds/volume.ts';
import type { Turn } from '../../images/transfers/fair-slots.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const data = [{ name: 'data', volumeName: 'old' }];
const moved = [{ name: 'data', volumeName: 'new' }];
const FREE = 'Available Ready=True Available';
const USED = 'InUse Ready=True InUse demo';

const take = (namespace: string): Promise<Turn> => world.turns.join('host-a', namespace, 'Copy').turn(new AbortController().signal);

/** Others keep the host busy until the returned function is called. */
async function occupy(): Promise<() => void> {
  const held = await Promise.all([take('x'), take('y')]);
  return () => held.forEach((turn) => turn.end());
}

async function has(powerState: 'Running' | 'Stopped', spec: Partial<VolumeSpec> = {}): Promise<void> {
  await world.createVolume('old', { hypervisorName: 'host-a' });
  await world.createVolume('new', { hypervisorName: 'host-a', ...spec });
  await world.create({ volumes: data, powerState });
  await world.pass(4);
  expect(await world.ready()).toBe(`Ready=True ${powerState}`);
}

const swap = (): Promise<void> => world.act('swap', { action: 'SwapVolume', swapVolume: { name: 'data', volumeName: 'new' } });
const volumes = async (): Promise<readonly string[]> => [await world.volume('old'), await world.volume('new')];
const copied = (): number => world.called('swapVolume');

test('it leaves its Instance as ready as it is, and the other Volume to whoever wants it', async () => {
  await has('Running');
  const free = await occupy();
  await swap();
  await world.pass(3);
  expect([await world.acted('swap'), await world.ready(), copied()]).toEqual(['Pending Accepted', 'Ready=True Running', 0]);
  expect([(await world.get()).status?.action, await volumes()]).toEqual([undefined, [USED, FREE]]);
  const before = world.api.writes().length;
  await world.pass(12);
  expect(world.api.writes()).toHaveLength(before);
  free();
  await world.pass(2);
  expect([await world.acted('swap'), await world.ready(), copied()]).toEqual(['Succeeded VolumeSwapped', 'Ready=False SwapRequired', 1]);
  expect(await volumes()).toEqual([FREE, USED]);
});

test('an Instance that is off starts meanwhile, and its volume moves under the guest', async () => {
  await has('Stopped');
  const free = await occupy();
  await swap();
  await world.edit({ powerState: 'Running' });
  await world.pass(4);
  expect([await world.ready(), world.machine().power, copied()]).toEqual(['Ready=True Running', 'Running', 0]);
  free();
  await world.pass(2);
  expect([await world.acted('swap'), world.machine().power, copied()]).toEqual(['Succeeded VolumeSwapped', 'Running', 1]);
});

test('to a larger one, which moves only while it is off: a start meanwhile is not held up, and fails the action', async () => {
  await has('Stopped', { size: '16Mi' });
  const free = await occupy();
  await swap();
  await world.edit({ powerState: 'Running' });
  await world.pass(4);
  expect([await world.ready(), await world.acted('swap'), copied()]).toEqual(['Ready=True Running', 'Failed VolumeSizeDiffers', 0]);
  free();
  await world.pass(2);
  expect([await volumes(), copied()]).toEqual([[USED, FREE], 0]);
});

test('it is stopped, resized, started and rebooted meanwhile, and the volume moves after that', async () => {
  await has('Running');
  const free = await occupy();
  await swap();
  await world.edit({ powerState: 'Stopped' });
  await world.pass(3);
  expect([await world.ready(), world.machine().power]).toEqual(['Ready=True Stopped', 'Stopped']);
  await world.edit({ powerState: 'Running', flavorName: 'big', resize: { confirm: 'Automatic' } });
  await world.pass(6);
  expect([await world.ready(), (await world.get()).status?.resolved?.flavorName]).toEqual(['Ready=True Running', 'big']);
  await world.act('again', { action: 'Reboot', reboot: { type: 'Hard' } });
  await world.pass(3);
  expect([await world.acted('again'), await world.acted('swap'), copied()]).toEqual(['Succeeded Rebooted', 'Pending Accepted', 0]);
  free();
  await world.pass(3);
  expect([await world.acted('swap'), copied()]).toEqual(['Succeeded VolumeSwapped', 1]);
});

test('it is deleted meanwhile, and neither Volume was touched', async () => {
  await has('Stopped');
  const free = await occupy();
  await swap();
  await world.pass(2);
  const made = world.called('createDisk');
  await world.delete();
  await world.pass(6);
  expect([world.machines(), await volumes(), copied()]).toEqual([[], [FREE, FREE], 0]);
  free();
  await world.pass(3);
  expect([await world.acted('swap'), copied(), world.called('createDisk')]).toEqual(['Failed InstanceDeleting', 0, made]);
});

test('an action that is deleted while it waits gives its place up, and touches nothing', async () => {
  await has('Stopped');
  const free = await occupy();
  await swap();
  await world.pass(1);
  const before = [world.called('createDisk'), world.called('deleteDisk')];
  await world.deleteAction('swap');
  await world.pass(2);
  free();
  await world.pass(2);
  expect([copied(), await world.ready(), await volumes()]).toEqual([0, 'Ready=True Stopped', [USED, FREE]]);
  expect([world.called('createDisk'), world.called('deleteDisk'), world.called('endSwap')]).toEqual([...before, 0]);
});

test('another Instance is given the other Volume meanwhile: the action fails', async () => {
  await has('Running');
  const free = await occupy();
  await swap();
  await world.create({ volumes: moved }, 'second');
  await world.pass(3);
  expect([await world.ready('second'), await world.acted('swap')]).toEqual(['Ready=True Running', 'Failed VolumeInUse']);
  free();
  await world.pass(2);
  expect(copied()).toBe(0);
});

test('an operator that starts anew while it waits queues again', async () => {
  await has('Running');
  const before = await occupy();
  await swap();
  await world.stopOperator();
  before();
  const starting = world.startOperator();
  const free = await occupy();
  await starting;
  await world.pass(2);
  expect([await world.acted('swap'), await world.ready(), copied()]).toEqual(['Pending Accepted', 'Ready=True Running', 0]);
  free();
  await world.pass(2);
  expect([await world.acted('swap'), copied()]).toEqual(['Succeeded VolumeSwapped', 1]);
});
