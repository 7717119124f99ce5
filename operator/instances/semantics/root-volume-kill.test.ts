/** An Instance that boots from a Volume, with the operator killed before every change that it makes. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const DELETED = { rootVolume: { volumeName: 'disk', deleteOnTermination: true } } as const;

const volume = (): Promise<string> => world.volume('disk');
const makeVolume = () => world.createVolume('disk', { imageName: 'demo' });
const diskName = async (): Promise<string> => (await world.findVolume('disk'))?.status?.disk ?? 'none';
const rootOf = (): string => world.machine().spec.disks.find(({ role }) => role === 'root')?.name ?? 'none';

// The operator is killed before every change that it makes, to hosts or to the API.
test.each(['made', 'resized', 'deleted', 'deleted while it is made'] as const)(
  'killed anywhere while it is %s, it converges',
  async (what) => {
    await world.stopOperator();
    for (let calls = 0; ; calls += 1) {
      world = new InstanceWorld();
      await world.start();
      await makeVolume();
      if (what === 'resized' || what === 'deleted') {
        await world.create({ ...DELETED, resize: { confirm: 'Manual' } });
        await world.pass(2);
      }
      const count = world.host().driver.calls.length + world.api.writes().length;
      world.killAfter(calls);
      if (what === 'made' || what === 'deleted while it is made') await world.create(DELETED);
      if (what === 'resized') await world.edit({ flavorName: 'big' });
      if (what !== 'made' && what !== 'resized') await world.delete();
      await world.pass(2);
      const made = world.host().driver.calls.length + world.api.writes().length - count;
      await world.restartOperator();
      await world.pass(8);
      const end = [await world.ready(), await volume()];
      if (what === 'made') expect([...end, rootOf()]).toEqual(['Ready=True Running', 'InUse Ready=True InUse demo', await diskName()]);
      else if (what === 'resized')
        expect([...end, rootOf(), world.machine().spec.vcpus]).toEqual([
          'Ready=True ResizePending',
          'InUse Ready=True InUse demo',
          await diskName(),
          2,
        ]);
      // An Instance that was never given it leaves it alone.
      else if (what === 'deleted while it is made') expect([end[0], world.machines()]).toEqual(['none', []]);
      else expect([...end, ...world.disks()]).toEqual(['none', 'none']);
      if (made < calls) break;
      await world.stopOperator();
    }
  },
  60_000,
);
