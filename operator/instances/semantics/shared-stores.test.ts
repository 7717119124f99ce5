/** Semantics that nobody should have to guess, played through the whole controllers: an ImageStore that is a pool which hosts share. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { findCondition } from '../../kernel/status/conditions.ts';
import { HYPERVISORS, IMAGE_STORES } from '../../resources.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

const ID = 'filer';
const BOTH = { main: { pool: 'default' }, nfs: { pool: 'shared', sharedId: ID } };

let world: InstanceWorld;
beforeEach(begin);
afterEach(() => world.stopOperator());

async function begin(): Promise<void> {
  world = new InstanceWorld();
  await world.start();
}
async function makeStore(): Promise<void> {
  const spec = { sharedPool: { sharedId: ID }, default: true };
  await world.api.create(IMAGE_STORES, { metadata: { name: 'pool' }, spec }, world.call);
  await world.settle();
}
async function givePools(name: string, pools: object = BOTH): Promise<void> {
  await world.api.mergePatch(HYPERVISORS, { name }, { spec: { pools, defaultPool: 'main' } }, world.call);
  await world.settle();
}
const onA = { placement: { hypervisorName: 'host-a' } } as const;
const keyOf = async (): Promise<string> => `snapshot-${(await world.findSnapshot())?.metadata.uid}`;
const locations = async () => (await world.findImage('snap'))?.status?.locations;
/** What host-a made is there for host-b, too: it is one storage. */
async function mirror(pool: string): Promise<void> {
  const path = `${pool}/${await keyOf()}`;
  const base = world.host('host-a').driver.bases.get(path);
  if (base !== undefined) world.host('host-b').driver.bases.set(path, base);
}
const lose = async (name: string): Promise<void> => {
  world.host(name).driver.bases.clear();
  world.host(name).turn('Unknown');
  await world.api.delete(HYPERVISORS, { name }, world.call);
  await world.settle();
};
const because = async (): Promise<string> => findCondition((await world.findSnapshot())?.status?.conditions, 'Ready')?.message ?? '';

describe('a snapshot', () => {
  test('of a disk that lies in it is copied beside it, once, and counts as stored', async () => {
    await world.share('host-a', ID);
    await makeStore();
    await world.create(onA);
    await world.snapshot();
    await world.pass(2);
    expect([await world.snapped(), world.called('captureBase'), world.basesOf()]).toEqual([
      'Succeeded Stored',
      1,
      [`host-a/default/${await keyOf()}`],
    ]);
    expect(await locations()).toEqual([{ hypervisorName: 'host-a', pool: 'main', volume: await keyOf(), sharedId: ID }]);
    expect([(await world.findSnapshot())?.status?.store, world.store.calls]).toEqual([undefined, []]);
  });

  test('of a disk elsewhere on the host is made in it, and nowhere else', async () => {
    await givePools('host-a');
    await makeStore();
    await world.create(onA);
    await world.snapshot();
    await world.pass(2);
    expect([await world.snapped(), world.basesOf()]).toEqual(['Succeeded Stored', [`host-a/shared/${await keyOf()}`]]);
    expect(await locations()).toEqual([{ hypervisorName: 'host-a', pool: 'nfs', volume: await keyOf(), sharedId: ID }]);
  });

  test('waits on a host that does not have it, and says so', async () => {
    await makeStore();
    await world.create(onA);
    await world.snapshot();
    await world.pass(2);
    expect([await world.snapped(), await because()]).toEqual([
      'Pending PoolNotFound',
      `waits until Hypervisor host-a has a pool with sharedId ${ID} in spec.pools, which ImageStore pool is`,
    ]);
    await givePools('host-a');
    await world.pass(3);
    expect(await world.snapped()).toBe('Succeeded Stored');
  });

  test('is made once by operators of which one is killed at any call, and removed whole', async () => {
    for (let calls = 1; calls < 20; calls += 1) {
      await world.stopOperator();
      await begin();
      await givePools('host-a');
      await makeStore();
      await world.create(onA);
      world.killAfter(calls);
      await world.snapshot();
      await world.pass(1);
      await world.restartOperator();
      await world.pass(4);
      expect([calls, await world.snapped(), world.basesOf()]).toEqual([calls, 'Succeeded Stored', [`host-a/shared/${await keyOf()}`]]);
      world.killAfter(calls);
      await world.deleteSnapshot();
      await world.pass(1);
      await world.restartOperator();
      await world.pass(4);
      expect([calls, await world.findSnapshot(), await world.findImage('snap'), world.basesOf()]).toEqual([
        calls,
        undefined,
        undefined,
        [],
      ]);
    }
  });
});

test('a copy that its host may still be making is for that host alone to remove', async () => {
  await givePools('host-a');
  await givePools('host-b');
  await makeStore();
  await world.create(onA);
  world.host('host-a').turn('Unknown');
  await world.snapshot();
  expect((await world.findSnapshot())?.status?.location?.sharedId).toBe(ID);
  await world.deleteSnapshot();
  await world.pass(3);
  expect(findCondition((await world.findSnapshot())?.status?.conditions, 'Deleting')?.reason).toBe('HostUnreachable');
  world.host('host-a').turn('True');
  await world.pass(3);
  expect(await world.findSnapshot()).toBeUndefined();
});

test('one that has the name of a web server that was removed is not asked for what was there', async () => {
  await world.api.create(IMAGE_STORES, { metadata: { name: 'pool' }, spec: { http: { url: 'http://192.0.2.9/' } } }, world.call);
  await world.settle();
  await world.create(onA);
  await world.snapshot('snap', { imageStoreName: 'pool' });
  await world.pass(2);
  await world.api.delete(IMAGE_STORES, { name: 'pool' }, world.call);
  await makeStore();
  await world.deleteSnapshot();
  await world.pass(2);
  expect([await world.findSnapshot(), await world.findImage('snap'), world.store.files.size]).toEqual([undefined, undefined, 1]);
});

describe('when the host that made it is gone', () => {
  beforeEach(async () => {
    await givePools('host-a');
    await givePools('host-b', { main: { pool: 'default' }, files: { pool: 'shared', sharedId: ID } });
    await makeStore();
    await world.create(onA);
    await world.snapshot();
    await world.pass(2);
    await mirror('shared');
  });

  test('instances are made from it on another that has the pool', async () => {
    await lose('host-a');
    await world.create({ imageName: 'snap' }, 'clone');
    await world.pass(3);
    expect([await world.ready('clone'), (await world.get('clone')).status?.hypervisorName]).toEqual(['Ready=True Running', 'host-b']);
    expect([...world.host('host-b').driver.origins.values()][0]).toBe(await keyOf());
  });

  test('it is removed by another', async () => {
    await lose('host-a');
    await world.deleteSnapshot();
    await world.pass(3);
    expect([await world.findSnapshot(), await world.findImage('snap'), world.basesOf()]).toEqual([undefined, undefined, []]);
  });

  test('it is removed by another also while it is only silent', async () => {
    world.host('host-a').driver.bases.clear();
    world.host('host-a').turn('Unknown');
    await world.deleteSnapshot();
    await world.pass(3);
    expect([await world.findImage('snap'), world.basesOf()]).toEqual([undefined, []]);
  });

  test('it is kept while a disk that another made stands on it', async () => {
    await lose('host-a');
    await world.create({ imageName: 'snap' }, 'clone');
    await world.pass(3);
    await world.deleteSnapshot();
    await world.pass(3);
    const deleting = findCondition((await world.findImage('snap'))?.status?.conditions, 'Deleting');
    expect([deleting?.reason, world.basesOf()]).toEqual(['ImageInUse', [`host-b/shared/${await keyOf()}`]]);
  });
});

describe('an Instance that is shelved', () => {
  const SHELVED = { lifecycle: { state: 'Shelved' } } as const;

  test('comes back on another host that has the pool', async () => {
    await givePools('host-a');
    await givePools('host-b');
    await makeStore();
    await world.create();
    await world.edit(SHELVED);
    await world.pass(6);
    expect(await world.ready()).toBe('Ready=True Offloaded');
    for (const [path, base] of world.host('host-a').driver.bases) world.host('host-b').driver.bases.set(path, base);
    await lose('host-a');
    await world.edit({ lifecycle: { state: 'Active' } });
    await world.pass(6);
    expect([await world.ready(), (await world.get()).status?.hypervisorName]).toEqual(['Ready=True Running', 'host-b']);
  });

  test('stays on its host where it asks for a pool in which it could not come back', async () => {
    await givePools('host-a');
    await makeStore();
    await world.create({ ...onA, storage: { pool: 'main' } });
    await world.edit(SHELVED);
    await world.pass(6);
    expect([await world.ready(), world.machines().length, world.basesOf()]).toEqual(['Ready=False Shelving', 1, []]);
  });
});
