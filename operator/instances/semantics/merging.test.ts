/** Played through the whole controller: after a resize was confirmed, the disk takes in the one that it stands on. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DriverError } from '../../../drivers/labels.ts';
import { rootDisksOf } from '../testing/hardware.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const AUTOMATIC = { resize: { confirm: 'Automatic' } } as const;
const MANUAL = { resize: { confirm: 'Manual' } } as const;

/** `takes`: how often the host is asked until it is done. */
async function confirmed(takes = 2): Promise<void> {
  world.host().driver.mergingTakes = takes;
  await world.create(AUTOMATIC);
  await world.edit({ flavorName: 'big' });
  await world.pass(2);
}

const merged = (): boolean => world.host().driver.merged.size > 0;
const BOTH = ['root-1: 16', 'root-1.1: 64'];
const ALONE = ['root-1.1: 64'];

describe('merging', () => {
  test('goes on while the Instance is Ready, and removes the old disk', async () => {
    await confirmed(6);
    expect([await world.ready(), rootDisksOf(world), merged()]).toEqual(['Ready=True Running', BOTH, false]);
    const written = world.writes();
    await world.pass(4);
    expect([await world.ready(), rootDisksOf(world), merged(), world.host().driver.violations]).toEqual([
      'Ready=True Running',
      ALONE,
      true,
      [],
    ]);
    expect(world.writes() - written).toBe(0);
  });

  test('is over then: the host is asked no more', async () => {
    await confirmed();
    await world.pass(3);
    const asked = world.called('mergeDisk');
    await world.pass(4);
    expect(world.called('mergeDisk')).toBe(asked);
  });

  test('waits for the confirmation', async () => {
    await world.create(MANUAL);
    await world.edit({ flavorName: 'big' });
    await world.pass(4);
    expect([world.called('mergeDisk'), rootDisksOf(world)]).toEqual([0, BOTH]);
    await world.act('yes', { action: 'ConfirmResize' });
    await world.pass(4);
    expect(rootDisksOf(world)).toEqual(ALONE);
  });

  test('waits for a guest that runs', async () => {
    await world.create({ ...AUTOMATIC, powerState: 'Stopped' });
    await world.edit({ flavorName: 'big' });
    await world.pass(4);
    expect([await world.ready(), world.called('mergeDisk'), rootDisksOf(world)]).toEqual(['Ready=True Stopped', 0, BOTH]);
    await world.edit({ powerState: 'Running' });
    await world.pass(4);
    expect(rootDisksOf(world)).toEqual(ALONE);
  });

  test('is broken off by a stop, and begun again after the next start', async () => {
    await confirmed(6);
    await world.edit({ powerState: 'Stopped' });
    await world.pass(3);
    expect([await world.ready(), rootDisksOf(world)]).toEqual(['Ready=True Stopped', BOTH]);
    await world.edit({ powerState: 'Running' });
    await world.pass(12);
    expect([rootDisksOf(world), world.host().driver.violations]).toEqual([ALONE, []]);
  });

  test('is no concern of a host that cannot', async () => {
    const { driver } = world.host();
    driver.capabilities = new Set([...driver.capabilities].filter((one) => one !== 'MergeDisks'));
    await confirmed();
    await world.pass(4);
    expect([await world.ready(), world.called('mergeDisk'), rootDisksOf(world)]).toEqual(['Ready=True Running', 0, BOTH]);
  });

  test('that fails is tried again, with pauses, and the Instance stays Ready', async () => {
    world.host().driver.before = (verb) => {
      if (verb === 'mergeDisk') throw new DriverError('Transient', 'no');
    };
    await confirmed();
    await world.pass(18);
    expect([await world.ready(), rootDisksOf(world), world.called('mergeDisk')]).toEqual(['Ready=True Running', BOTH, 3]);
    world.host().driver.before = () => undefined;
    await world.pass(30);
    expect(rootDisksOf(world)).toEqual(ALONE);
  });

  test('of several resizes leaves one disk, whose chain begins anew', async () => {
    await confirmed();
    await world.pass(4);
    await world.makeFlavor('huge', { vcpus: 2, memory: '32Mi', rootDisk: '128Mi' });
    await world.edit({ flavorName: 'huge' });
    await world.pass(6);
    expect([await world.ready(), rootDisksOf(world), world.host().driver.violations]).toEqual([
      'Ready=True Running',
      ['root-1.2: 128'],
      [],
    ]);
  });

  test('under way, and another size is asked for: the way back is what it was, and all is merged after its confirmation', async () => {
    await confirmed(20);
    await world.edit({ ...MANUAL });
    await world.makeFlavor('huge', { vcpus: 2, memory: '32Mi', rootDisk: '128Mi' });
    await world.edit({ flavorName: 'huge' });
    await world.pass(3);
    expect([await world.ready(), rootDisksOf(world)]).toEqual(['Ready=True ResizePending', [...BOTH, 'root-1.2: 128']]);
    await world.act('no', { action: 'RevertResize' });
    await world.pass(3);
    expect([await world.ready(), rootDisksOf(world)]).toEqual(['Ready=False ResizeReverted', BOTH]);
    world.host().driver.mergingTakes = 2;
    await world.edit({ flavorName: 'big' });
    await world.pass(20);
    expect([await world.ready(), rootDisksOf(world), world.host().driver.violations]).toEqual(['Ready=True Running', ALONE, []]);
  });
});

const CALLS = Array.from({ length: 10 }, (_, calls) => calls);

describe('killed before call', () => {
  test.each(CALLS)('%d of a merging: the next operator finishes it', async (calls) => {
    await confirmed(4);
    world.killAfter(calls);
    await world.pass(3);
    await world.restartOperator();
    await world.pass(6);
    expect([await world.ready(), rootDisksOf(world), world.machine().power, world.host().driver.violations]).toEqual([
      'Ready=True Running',
      ALONE,
      'Running',
      [],
    ]);
  });

  test.each(CALLS)('%d of a merging, and deleted then: nothing is left', async (calls) => {
    await confirmed(4);
    world.killAfter(calls);
    await world.pass(3);
    await world.delete();
    await world.restartOperator();
    await world.pass(3);
    expect([await world.find(), world.machines(), world.disks()]).toEqual([undefined, [], []]);
  });
});
