/** Volumes that move under their guests: to which Volume, what the spec means then, and what becomes of those that are cut off. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { DriverError } from '../../../drivers/labels.ts';
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
const swapVolume = { name: 'data', volumeName: 'new' };
const uidOf = async (name: string): Promise<string> => (await world.findVolume(name))?.metadata.uid ?? 'none';
/** Which Volume the machine has as `data`, as it runs and in its definition. */
async function has(): Promise<string> {
  const names = new Map([
    [`volume-${await uidOf('old')}`, 'old'],
    [`volume-${await uidOf('new')}`, 'new'],
  ]);
  const { plugged = [], spec } = world.machine();
  return [...plugged, ...(spec.volumes ?? [])].map(({ id, name }) => `${id}=${names.get(name)}`).join(' ');
}
const ON_OLD = 'data=old data=old';
const ON_NEW = 'data=new data=new';
const volumes = async (): Promise<readonly string[]> => [await world.volume('old'), await world.volume('new')];

async function running(spec: object = {}): Promise<void> {
  await world.createVolume('old', { hypervisorName: 'host-a' });
  await world.createVolume('new', { hypervisorName: 'host-a', ...spec });
  await world.create({ volumes: data });
  await world.pass(3);
  expect([await world.ready(), await has()]).toEqual(['Ready=True Running', ON_OLD]);
}

const swap = (over: object = {}): Promise<void> => world.act('swap', { action: 'SwapVolume', swapVolume, ...over });
function held(): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  world.host().driver.before = (called) => (called === 'swapVolume' ? promise : undefined);
  return resolve;
}

test('the guest runs on, on the other Volume; the old one is free; the spec is to name the new one', async () => {
  await running();
  const { runId } = world.machine().owner ?? {};
  await swap();
  await world.pass(2);
  expect([await world.acted('swap'), await has(), world.machine().owner?.runId]).toEqual(['Succeeded VolumeSwapped', ON_NEW, runId]);
  expect(await volumes()).toEqual([FREE, USED]);
  expect([await world.ready(), await world.attached()]).toEqual(['Ready=False SwapRequired', ['data Attached']]);
  await world.edit({ volumes: moved });
  await world.pass(2);
  expect([await world.ready(), await has(), await world.condition('VolumesReady')]).toEqual([
    'Ready=True Running',
    ON_NEW,
    'True Attached',
  ]);
  expect(world.called('detachVolume')).toBe(0);
});

test('a spec that names another Volume under the same name waits for it, and changes nothing', async () => {
  await running();
  await world.edit({ volumes: moved });
  await world.pass(3);
  expect([await world.ready(), await has(), await world.condition('VolumesReady')]).toEqual([
    'Ready=False SwapRequired',
    ON_OLD,
    'False SwapRequired',
  ]);
  await swap();
  await world.pass(2);
  expect([await world.acted('swap'), await world.ready(), await has(), await volumes()]).toEqual([
    'Succeeded VolumeSwapped',
    'Ready=True Running',
    ON_NEW,
    [FREE, USED],
  ]);
});

test('a spec that names the old one again is met at once', async () => {
  await running();
  await world.edit({ volumes: moved });
  await world.pass(1);
  await world.edit({ volumes: data });
  await world.pass(2);
  expect([await world.ready(), await has()]).toEqual(['Ready=True Running', ON_OLD]);
});

test('what waits for it is kept over restarts of guest and operator, and given back when it is taken out', async () => {
  await running();
  await world.edit({ volumes: moved, powerState: 'Stopped' });
  await world.pass(3);
  await world.restartOperator();
  await world.edit({ powerState: 'Running' });
  await world.pass(3);
  expect([await has(), await world.ready()]).toEqual([ON_OLD, 'Ready=False SwapRequired']);
  await world.act('again', { action: 'Rebuild' });
  await world.pass(6);
  expect([await world.acted('again'), await has()]).toEqual(['Succeeded Rebuilt', ON_OLD]);
  await world.edit({ volumes: null });
  await world.pass(2);
  expect([await world.ready(), await has(), await volumes()]).toEqual(['Ready=True Running', '', [FREE, FREE]]);
});

test('while it moves the machine is left alone, and the other Volume is this Instance’s', async () => {
  await running();
  await world.create({}, 'second');
  await world.pass(2);
  const done = held();
  await swap();
  expect([await world.acted('swap'), await volumes()]).toEqual(['Running Begun', [USED, USED]]);
  await world.edit({ volumes: moved }, 'second');
  await world.pass(2);
  expect(await world.ready('second')).toBe('Ready=False VolumeInUse');
  await world.edit({ volumes: null }, 'second');
  done();
  await world.pass(2);
  expect([await world.acted('swap'), await volumes()]).toEqual(['Succeeded VolumeSwapped', [FREE, USED]]);
});

test.each<[string, object, object, string]>([
  ['there is no such Volume', {}, { swapVolume: { name: 'data', volumeName: 'none' } }, 'VolumeNotFound'],
  ['the machine has none of that name', {}, { swapVolume: { name: 'log', volumeName: 'new' } }, 'VolumeNotAttached'],
  ['it is larger', { size: '16Mi' }, {}, 'VolumeSizeDiffers'],
  ['it did not begin blank', { imageName: 'demo' }, {}, 'VolumeUnfit'],
  ['it is for several', { accessMode: 'ReadWriteMany' }, {}, 'VolumeUnfit'],
  ['it is nowhere yet', { hypervisorName: undefined }, {}, 'VolumeNotMade'],
])('refused, with what to do: %s', async (_, spec, over, reason) => {
  await running(spec);
  await swap(over);
  await world.pass(2);
  expect([await world.acted('swap'), await world.ready(), await has()]).toEqual([`Failed ${reason}`, 'Ready=True Running', ON_OLD]);
  expect(world.called('swapVolume')).toBe(0);
});

test('refused: another Instance has it', async () => {
  await running();
  await world.create({ volumes: moved }, 'second');
  await world.pass(2);
  await swap();
  await world.pass(2);
  expect([await world.acted('swap'), await world.ready('second')]).toEqual(['Failed VolumeInUse', 'Ready=True Running']);
});

test('refused: the guest is saved', async () => {
  await running();
  await world.edit({ powerState: 'Suspended' });
  await world.pass(2);
  await swap();
  await world.pass(2);
  expect([await world.acted('swap'), await world.ready()]).toEqual(['Failed NotRunning', 'Ready=True Suspended']);
});

test('what the host ends is tried again, then given up: the machine keeps the old one, the other is free', async () => {
  await running();
  world.host().driver.before = (verb) => {
    if (verb === 'swapVolume') throw new DriverError('Transient', 'the disk broke', { reason: 'SwapEnded' });
  };
  await swap();
  await world.pass(6);
  expect([await world.acted('swap'), world.called('swapVolume'), world.called('endSwap')]).toEqual(['Failed SwapEnded', 3, 1]);
  expect([await world.ready(), await has(), await volumes()]).toEqual(['Ready=True Running', ON_OLD, [USED, FREE]]);
});

test.each(['withdrawn', 'its Instance deleted'] as const)('%s while it moves: the copy is ended', async (what) => {
  await running();
  const done = held();
  await swap();
  await world.pass(1);
  if (what === 'withdrawn') await world.deleteAction('swap');
  if (what === 'its Instance deleted') await world.delete();
  done();
  await world.pass(3);
  expect(world.called('endSwap')).toBe(1);
  expect(await world.volume('new')).toBe(FREE);
  expect(await world.volume('old')).toBe(what === 'its Instance deleted' ? FREE : USED);
});

test.each(['carried out', 'withdrawn'] as const)(
  'killed anywhere while it is %s, it converges',
  async (what) => {
    await world.stopOperator();
    for (let calls = 0; ; calls += 1) {
      world = new InstanceWorld();
      await world.start();
      await running();
      const count = world.host().driver.calls.length + world.api.writes().length;
      world.killAfter(calls);
      await swap();
      await world.pass(1);
      if (what === 'withdrawn') await world.deleteAction('swap');
      await world.pass(1);
      const made = world.host().driver.calls.length + world.api.writes().length - count;
      await world.restartOperator();
      await world.pass(8);
      const end = await has();
      if (what === 'carried out') expect([end, await world.acted('swap')]).toEqual([ON_NEW, 'Succeeded VolumeSwapped']);
      expect(await volumes()).toEqual(end === ON_NEW ? [FREE, USED] : [USED, FREE]);
      expect(await world.ready()).toBe(end === ON_NEW ? 'Ready=False SwapRequired' : 'Ready=True Running');
      if (made < calls) break;
      await world.stopOperator();
    }
  },
  60_000,
);

test('killed anywhere, and the guest dies before the next operator is there: it is started again on what it had last', async () => {
  await world.stopOperator();
  for (let calls = 0; ; calls += 1) {
    world = new InstanceWorld();
    await world.start();
    await running();
    const count = world.host().driver.calls.length + world.api.writes().length;
    world.killAfter(calls);
    await swap();
    await world.pass(2);
    const made = world.host().driver.calls.length + world.api.writes().length - count;
    const last = await has();
    world.turn('Stopped', 'Crashed');
    world.hosts.tick();
    await world.restartOperator();
    await world.pass(8);
    const end = await has();
    expect(await volumes()).toEqual(end === ON_NEW ? [FREE, USED] : [USED, FREE]);
    expect([calls, await world.acted('swap')]).toEqual([
      calls,
      end === ON_NEW ? 'Succeeded VolumeSwapped' : expect.stringMatching(/^Failed/),
    ]);
    if (last === ON_NEW) expect([calls, end]).toEqual([calls, ON_NEW]);
    if (made < calls) break;
    await world.stopOperator();
  }
}, 60_000);

test('at rest what waits for it costs no write', async () => {
  await running();
  await world.edit({ volumes: moved });
  await world.pass(3);
  const before = world.api.writes().length;
  await world.pass(12);
  expect(world.api.writes()).toHaveLength(before);
});
