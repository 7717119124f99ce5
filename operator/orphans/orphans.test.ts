/** Machines whose Instance is gone, where the Hypervisor asks for more than a report: when something is done to them, and when never. */
import { expect, test } from '@jest/globals';
import type { HypervisorSpec } from '../../crds/hypervisor.ts';
import { DriverError } from '../../drivers/labels.ts';
import { create, fake, newWorld, type HypervisorWorld } from '../hypervisors/testing/hypervisor-world.ts';
import { MARK, type ScriptedDriver } from '../hypervisors/testing/scripted-driver.ts';
import { HYPERVISORS, INSTANCES } from '../resources.ts';

const HOUR = 3_600_000;
const GONE = { ...MARK, uid: 'gone', namespace: 'b', name: 'web' };
const pools = { main: { pool: 'default' } };
const asks = (policy: 'Stop' | 'Delete', over: Partial<HypervisorSpec> = {}): HypervisorSpec => ({
  ...fake,
  pools,
  orphans: { policy, after: '1h' },
  ...over,
});

const leave = (driver: ScriptedDriver, over: object = {}): void => driver.set('m-1', { owner: GONE, ...over });
const driverOf = (world: HypervisorWorld, name = 'h'): ScriptedDriver => {
  const driver = world.drivers.get(name);
  if (driver === undefined) throw new Error(`no host ${name}`);
  return driver;
};
const power = (world: HypervisorWorld): string => driverOf(world).machines.get('m-1')?.power ?? 'gone';
const records = (world: HypervisorWorld): readonly string[] =>
  (world.hypervisor('h').status?.orphans ?? []).map(({ machineId, policy }) => `${machineId} ${policy}`);

async function started(spec: HypervisorSpec, prepare = leave): Promise<HypervisorWorld> {
  const world = newWorld((driver) => prepare(driver));
  await world.start();
  await create(world, 'h', spec);
  await world.clock.advance(60_000);
  return world;
}

test('it is told of and written down first, and left alone until it is due; then it is shut down', async () => {
  const world = await started(asks('Stop'));
  expect([world.condition('h', 'OrphanedMachines'), records(world), power(world)]).toEqual([
    'True/OrphansStopped',
    ['m-1 Stop'],
    'Running',
  ]);
  await world.clock.advance(HOUR - 120_000);
  expect([power(world), driverOf(world).calls.signalShutdown]).toEqual(['Running', 0]);
  await world.clock.advance(180_000);
  expect([power(world), driverOf(world).calls.signalShutdown, driverOf(world).calls.powerOff]).toEqual(['Stopped', 1, 0]);
  const writes = world.api.writes().length;
  await world.clock.advance(HOUR);
  expect([world.condition('h', 'OrphanedMachines'), world.api.writes().length - writes]).toEqual(['True/OrphansStopped', 0]);
});

test('a guest that does not heed it for a minute is powered off', async () => {
  const world = await started(asks('Stop'));
  driverOf(world).heedsSignals = false;
  await world.clock.advance(HOUR - 20_000);
  expect([power(world), driverOf(world).calls.signalShutdown > 1]).toEqual(['Running', true]);
  await world.clock.advance(120_000);
  expect([power(world), driverOf(world).calls.powerOff]).toEqual(['Stopped', 1]);
});

test('to be deleted, it goes with the disks made for it, and with no others; then nothing is told any more', async () => {
  const world = await started(asks('Delete'), (driver) => {
    leave(driver);
    for (const disk of ['gone-root-1', 'gone-config-1', 'gone-root-1.1', 'volume-1', 'another-root-1', 'gone-shared-1'])
      driver.disks.add(`default/${disk}`);
    driver.users.set('default/gone-root-1', ['m-1']);
    driver.users.set('default/gone-shared-1', ['m-1', 'somebody']);
  });
  await world.clock.advance(HOUR - 120_000);
  expect([power(world), driverOf(world).disks.size]).toEqual(['Running', 6]);
  await world.clock.advance(240_000);
  expect([power(world), [...driverOf(world).disks].toSorted(), records(world), world.condition('h', 'OrphanedMachines')]).toEqual([
    'gone',
    ['default/another-root-1', 'default/gone-shared-1', 'default/volume-1'],
    [],
    'absent',
  ]);
});

test.each<[string, HypervisorSpec, object]>([
  ['where nothing is asked for', { ...fake, pools }, {}],
  ['where a report is asked for', { ...fake, pools, orphans: { policy: 'Report', after: '0s' } }, {}],
  ['that was adopted', asks('Delete'), { owner: { ...GONE, origin: 'Adopted' } }],
  ['that was let go', asks('Delete'), { owner: { ...GONE, role: 'retained' } }],
  ['of another cluster', asks('Delete'), { owner: { ...GONE, clusterId: 'other' } }],
  ['of nobody', asks('Delete'), { owner: undefined }],
  ['with a job on it', asks('Delete'), { busy: true }],
])('nothing is ever done to a machine %s', async (_, spec, over) => {
  const world = await started(spec, (driver) => leave(driver, over));
  await world.clock.advance(3 * HOUR);
  const { signalShutdown, powerOff } = driverOf(world).calls;
  expect([power(world), signalShutdown, powerOff]).toEqual(['Running', 0, 0]);
});

test('nothing is done to one that was abandoned, and it is remembered as long as the machine is there', async () => {
  const world = await started(asks('Delete'));
  const abandoned = { gone: '2026-01-01T00:00:00Z', other: '2026-01-01T00:00:00Z' };
  await world.api.mergePatch(HYPERVISORS, { name: 'h' }, { status: { abandoned } }, world.call, { subresource: 'status' });
  await world.clock.advance(3 * HOUR);
  expect([power(world), driverOf(world).calls.signalShutdown]).toEqual(['Running', 0]);
  expect(Object.keys(world.hypervisor('h').status?.abandoned ?? {})).toContain('gone');
  driverOf(world).machines.clear();
  await world.clock.advance(HOUR);
  expect(world.hypervisor('h').status?.abandoned).toBeUndefined();
});

test('as long as there is an Instance of its namespace and name nothing is done to it', async () => {
  const world = await started(asks('Stop'));
  await world.api.create(INSTANCES, { metadata: { namespace: 'b', name: 'web' }, spec: { flavorName: 'f', imageName: 'i' } }, world.call);
  await world.clock.advance(2 * HOUR);
  expect(power(world)).toBe('Running');
  await world.api.delete(INSTANCES, { namespace: 'b', name: 'web' }, world.call);
  await world.clock.advance(60_000);
  expect(power(world)).toBe('Stopped');
});

test('another policy begins the time anew', async () => {
  const world = await started(asks('Stop'));
  await world.clock.advance(2 * HOUR);
  await world.api.mergePatch(HYPERVISORS, { name: 'h' }, { spec: { orphans: { policy: 'Delete' } } }, world.call);
  await world.clock.advance(HOUR - 60_000);
  expect([power(world), records(world), world.condition('h', 'OrphanedMachines')]).toEqual([
    'Stopped',
    ['m-1 Delete'],
    'True/OrphansDeleted',
  ]);
  await world.clock.advance(180_000);
  expect(power(world)).toBe('gone');
});

test('an operator that starts anew counts on, and does nothing before it has seen the machine twice', async () => {
  const before = await started(asks('Stop'));
  const object = before.hypervisor('h');
  const after = newWorld((driver) => leave(driver));
  await after.api.create(HYPERVISORS, object, after.call);
  await after.api.mergePatch(HYPERVISORS, { name: 'h' }, { status: object.status }, after.call, { subresource: 'status' });
  await after.clock.advance(HOUR / 2);
  await after.start();
  await after.clock.advance(60_000);
  expect(after.hypervisor('h').status?.orphans).toEqual(object.status?.orphans);
  await after.clock.advance(HOUR / 2);
  expect(power(after)).toBe('Stopped');
});

test('what was cut off is finished: the machine goes after its disks', async () => {
  const world = await started(asks('Delete'), (driver) => {
    leave(driver, { power: 'Stopped' });
    driver.disks.add('default/gone-root-1').add('default/gone-config-1');
  });
  const driver = driverOf(world);
  const deleteDisk = driver.deleteDisk.bind(driver);
  let left = 1;
  driver.deleteDisk = async (disk, call) => {
    if (left === 0) throw new DriverError('Transient', 'cut off');
    left -= 1;
    await deleteDisk(disk, call);
  };
  await world.clock.advance(HOUR + 60_000);
  expect([power(world), driver.disks.size]).toEqual(['Stopped', 1]);
  left = 1;
  await world.clock.advance(180_000);
  expect([power(world), driver.disks.size]).toEqual(['gone', 0]);
});

test('one that somebody took over meanwhile is left alone, though the last observation does not show it yet', async () => {
  const world = await started(asks('Stop'));
  const driver = driverOf(world);
  const observe = driver.observe.bind(driver);
  driver.observe = async (call) => {
    const seen = await observe(call);
    return { ...seen, machines: seen.machines.map((machine) => Object.assign({}, machine, { owner: GONE })) };
  };
  leave(driver, { owner: { ...GONE, uid: 'another' } });
  await world.clock.advance(2 * HOUR);
  expect([power(world), driver.calls.signalShutdown, driver.calls.powerOff]).toEqual(['Running', 0, 0]);
});

test('a host that is silent is left alone, and so are disks in a pool that it shares with one', async () => {
  const shared = { main: { pool: 'default', sharedId: 'nfs' } };
  const world = newWorld((driver, name) => name === 'h' && leave(driver, { power: 'Stopped' }));
  await world.start();
  await create(world, 'h', asks('Delete', { pools: shared, fake: { socket: '/run/h' } }));
  await create(world, 'i', { ...fake, fake: { socket: '/run/i' }, pools: shared });
  await world.clock.advance(60_000);
  driverOf(world).disks.add('default/gone-root-1');
  driverOf(world, 'i').mood = 'hang';
  await world.clock.advance(2 * HOUR);
  expect([power(world), driverOf(world).disks.size]).toEqual(['Stopped', 1]);
  driverOf(world, 'i').mood = 'answer';
  driverOf(world, 'i').set('m-2', { owner: GONE });
  await world.clock.advance(600_000);
  expect([power(world), driverOf(world).disks.size]).toEqual(['gone', 1]);
});
