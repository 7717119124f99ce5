/** A resize, its reverting and its confirmation, with the operator killed before every call that it makes. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { hardwareOf, rootDisksOf } from '../testing/hardware.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const MANUAL = { resize: { confirm: 'Manual' } } as const;
const TINY = [1, 16, 'root-1'];
const BIG = [2, 32, 'root-1.1'];

const resize = async () => (await world.get()).status?.resize;

async function resized(): Promise<void> {
  await world.create(MANUAL);
  await world.edit({ flavorName: 'big' });
  await world.pass(2);
}

const CALLS = Array.from({ length: 24 }, (_, calls) => calls);

describe('killed before call', () => {
  test.each(CALLS)('%d of a resize: the next operator finishes it', async (calls) => {
    await world.create(MANUAL);
    world.killAfter(calls);
    await world.edit({ flavorName: 'big' });
    await world.restartOperator();
    await world.pass(3);
    expect([await world.ready(), hardwareOf(world), rootDisksOf(world), world.machine().power]).toEqual([
      'Ready=True ResizePending',
      BIG,
      ['root-1: 16', 'root-1.1: 64'],
      'Running',
    ]);
  });

  test.each(CALLS)('%d of a reverting: the next operator finishes it', async (calls) => {
    await resized();
    world.killAfter(calls);
    await world.act('no', { action: 'RevertResize' });
    await world.restartOperator();
    await world.pass(3);
    expect([await world.acted('no'), await world.ready(), hardwareOf(world), rootDisksOf(world), world.machine().power]).toEqual([
      'Succeeded Reverted',
      'Ready=False ResizeReverted',
      TINY,
      ['root-1: 16'],
      'Running',
    ]);
  });

  test.each([0, 1, 2, 3, 4])('%d of a confirmation: the next operator finishes it', async (calls) => {
    await resized();
    world.killAfter(calls);
    await world.act('yes', { action: 'ConfirmResize' });
    await world.restartOperator();
    await world.pass(1);
    expect([await world.acted('yes'), await world.ready(), await resize()]).toEqual([
      'Succeeded Confirmed',
      'Ready=True Running',
      undefined,
    ]);
  });

  test.each(CALLS)('%d of a resize, and deleted then: nothing is left', async (calls) => {
    await world.create(MANUAL);
    world.killAfter(calls);
    await world.edit({ flavorName: 'big' });
    await world.delete();
    await world.restartOperator();
    await world.pass(3);
    expect([await world.find(), world.machines(), world.disks()]).toEqual([undefined, [], []]);
  });
});
