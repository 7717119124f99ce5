/** An operator that is killed while a Volume is attached, booted with, detached or deleted: whoever comes next ends it. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const data = [{ name: 'data', volumeName: 'data' }];
const plugged = (): readonly string[] => (world.machine().plugged ?? []).map(({ id }) => id);

test.each(['attached while it runs', 'booted with it', 'detached', 'deleted with the Instance'] as const)(
  'killed anywhere while it is %s, it converges',
  async (what) => {
    await world.stopOperator();
    for (let calls = 0; ; calls += 1) {
      world = new InstanceWorld();
      await world.start();
      await world.createVolume('data', { hypervisorName: 'host-a' });
      await world.create(what === 'attached while it runs' || what === 'booted with it' ? {} : { volumes: data });
      await world.pass(3);
      if (what === 'booted with it') await world.edit({ powerState: 'Stopped' }).then(() => world.pass(2));
      const count = world.host().driver.calls.length + world.api.writes().length;
      world.killAfter(calls);
      if (what === 'attached while it runs') await world.edit({ volumes: data });
      if (what === 'booted with it') await world.edit({ volumes: data, powerState: 'Running' });
      if (what === 'detached') await world.edit({ volumes: null });
      if (what === 'deleted with the Instance') await Promise.all([world.delete(), world.deleteVolume()]);
      await world.pass(2);
      const made = world.host().driver.calls.length + world.api.writes().length - count;
      await world.restartOperator();
      await world.pass(8);
      const end = [await world.ready(), (await world.attached()).join(), await world.volume()];
      if (what === 'deleted with the Instance') expect([...end, ...world.disks()]).toEqual(['none', '', 'none']);
      else if (what === 'detached') expect(end).toEqual(['Ready=True Running', '', 'Available Ready=True Available']);
      else expect([...end, ...plugged()]).toEqual(['Ready=True Running', 'data Attached', 'InUse Ready=True InUse demo', 'data']);
      if (made < calls) break;
      await world.stopOperator();
    }
  },
  60_000,
);
