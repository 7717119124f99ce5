/** Semantics that nobody should have to guess, played through the whole controllers: copies that are sent to an ImageStore. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { findCondition } from '../../kernel/status/conditions.ts';
import { HYPERVISORS, IMAGE_STORES, IMAGES } from '../../resources.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

async function makeStore(name = 'vault', isDefault = false): Promise<void> {
  const spec = { http: { url: 'http://192.0.2.9/' }, ...(isDefault && { default: true }) };
  await world.api.create(IMAGE_STORES, { metadata: { name }, spec }, world.call);
  await world.settle();
}
const dropStore = async (name = 'vault'): Promise<void> => {
  await world.api.delete(IMAGE_STORES, { name }, world.call);
  await world.settle();
};
const answerAgain = (): void => {
  world.store.before = () => undefined;
};
const keyOf = async (name = 'snap'): Promise<string> => `snapshot-${(await world.findSnapshot(name))?.metadata.uid}.qcow2`;
const messageOf = async (name = 'snap'): Promise<string> =>
  findCondition((await world.findSnapshot(name))?.status?.conditions, 'Ready')?.message ?? '';
const deleting = async (kind: 'image' | 'snapshot', name = 'snap'): Promise<string | undefined> => {
  const found = kind === 'image' ? await world.findImage(name) : await world.findSnapshot(name);
  const condition = findCondition(found?.status?.conditions, 'Deleting');
  return condition && `${condition.reason}: ${condition.message}`;
};
describe('a snapshot with a store', () => {
  test('is done when its copy is there; the Image names both places', async () => {
    await makeStore();
    await world.create();
    await world.snapshot('snap', { imageStoreName: 'vault' });
    await world.pass(2);
    const key = await keyOf();
    expect([await world.snapped(), [...world.store.files.keys()]]).toEqual(['Succeeded Stored', [key]]);
    const base = world.host().driver.bases.get(`default/${key.replace('.qcow2', '')}`);
    expect((await world.findImage('snap'))?.status?.locations).toEqual([
      { hypervisorName: 'host-a', pool: 'main', volume: base?.key },
      { store: { imageStoreName: 'vault', key, sha256: expect.stringMatching(/^[0-9a-f]{64}$/), sizeBytes: base?.sizeBytes } },
    ]);
    expect((await world.findSnapshot())?.status?.store).toEqual({ imageStoreName: 'vault', key });
  });

  test('can be used where it lies while it is still being sent, and the Instance does other things', async () => {
    await makeStore();
    await world.create();
    const { promise, resolve } = Promise.withResolvers<void>();
    world.store.before = () => promise;
    await world.snapshot('snap', { imageStoreName: 'vault' });
    await world.pass(1);
    expect([await world.snapped(), await world.ready()]).toEqual(['Running Storing', 'Ready=True Running']);
    await world.create({ imageName: 'snap' }, 'clone');
    await world.edit({ powerState: 'Stopped' });
    await world.pass(3);
    await world.act('start');
    await world.snapshot('second', { imageStoreName: 'vault' });
    await world.pass(3);
    expect([await world.ready('clone'), await world.acted('start'), await world.snapped(), await world.snapped('second')]).toEqual([
      'Ready=True Running',
      'Failed NotAskedToRun',
      'Running Storing',
      'Running Storing',
    ]);
    expect(world.called('captureBase')).toBe(2);
    resolve();
    await world.pass(1);
    expect([await world.snapped(), await world.snapped('second')]).toEqual(['Succeeded Stored', 'Succeeded Stored']);
    expect(world.store.calls.filter((call) => call.startsWith('put'))).toEqual([`put ${await keyOf()}`, `put ${await keyOf('second')}`]);
  });

  test('waits for a store that does not answer, says so, and tries again', async () => {
    await makeStore();
    world.store.fallSilent();
    await world.create();
    await world.snapshot('snap', { imageStoreName: 'vault' });
    await world.pass(2);
    expect([await world.snapped(), await messageOf()]).toEqual([
      'Running StoreUnreachable',
      expect.stringContaining('is sent again after'),
    ]);
    answerAgain();
    await world.pass(12);
    expect([await world.snapped(), world.store.files.size]).toEqual(['Succeeded Stored', 1]);
  });

  test('waits for a store that does not exist; one that is default takes what names none', async () => {
    await world.create();
    await world.snapshot('named', { imageStoreName: 'vault' });
    await world.snapshot('unnamed');
    await world.pass(2);
    expect([await world.snapped('named'), await world.snapped('unnamed')]).toEqual(['Pending ImageStoreNotFound', 'Succeeded Captured']);
    await makeStore('vault', true);
    await world.snapshot('later');
    await world.pass(3);
    expect([await world.snapped('named'), await world.snapped('unnamed'), await world.snapped('later')]).toEqual([
      'Succeeded Stored',
      'Succeeded Captured',
      'Succeeded Stored',
    ]);
  });

  test('of two default ones none is guessed', async () => {
    await makeStore('one', true);
    await makeStore('two', true);
    await world.create();
    await world.snapshot();
    await world.pass(1);
    expect([await world.snapped(), await messageOf()]).toEqual(['Pending ManyDefaultStores', expect.stringContaining('one, two')]);
    await dropStore('two');
    await world.pass(2);
    expect(await world.snapped()).toBe('Succeeded Stored');
  });

  test('is sent anew by an operator that finds it half-way, whatever it had done', async () => {
    for (let calls = 1; calls < 20; calls += 1) {
      await world.stopOperator();
      world = new InstanceWorld();
      await world.start();
      await makeStore();
      await world.create();
      world.killAfter(calls);
      await world.snapshot('snap', { imageStoreName: 'vault' });
      await world.pass(1);
      await world.restartOperator();
      await world.pass(4);
      expect([calls, await world.snapped(), [...world.store.files.keys()], world.basesOf().length]).toEqual([
        calls,
        'Succeeded Stored',
        [await keyOf()],
        1,
      ]);
      await world.deleteSnapshot();
      await world.pass(3);
      expect([calls, await world.findSnapshot(), await world.findImage('snap'), world.store.files.size, world.basesOf()]).toEqual([
        calls,
        undefined,
        undefined,
        0,
        [],
      ]);
    }
  });
});

describe('its removal', () => {
  beforeEach(async () => {
    await makeStore();
    await world.create();
    await world.snapshot('snap', { imageStoreName: 'vault' });
    await world.pass(2);
  });

  test('removes the copy in the store, too', async () => {
    await world.deleteSnapshot();
    await world.pass(2);
    expect([await world.findSnapshot(), await world.findImage('snap'), world.store.files.size, world.basesOf()]).toEqual([
      undefined,
      undefined,
      0,
      [],
    ]);
  });

  test('waits for a store that does not answer, and names it', async () => {
    world.store.fallSilent();
    await world.deleteSnapshot();
    await world.pass(2);
    expect(await deleting('image')).toMatch(/^StoreUnreachable: .*ImageStore vault cannot be reached/);
    expect(await deleting('snapshot')).toMatch(/^StoreUnreachable: waits until its Image snap is gone: .*ImageStore vault/);
    answerAgain();
    await world.pass(3);
    expect([await world.findSnapshot(), await world.findImage('snap'), world.store.files.size]).toEqual([undefined, undefined, 0]);
  });

  test('of the Image alone removes every copy of it', async () => {
    await world.deleteImage('snap');
    await world.pass(2);
    expect([await world.snapped(), world.store.files.size, world.basesOf()]).toEqual(['Succeeded Stored', 0, []]);
    await world.deleteSnapshot();
    await world.pass(1);
    expect(await world.findSnapshot()).toBeUndefined();
  });

  test('asks no store that was removed: what is in it stays there', async () => {
    await dropStore();
    await world.deleteSnapshot();
    await world.pass(2);
    expect([await world.findSnapshot(), world.store.files.size]).toEqual([undefined, 1]);
  });
});

test('an Image that is deleted while it is sent leaves nothing in the store, and the snapshot says so', async () => {
  await makeStore();
  await world.create();
  const { promise, resolve } = Promise.withResolvers<void>();
  world.store.before = (call) => (call.startsWith('put') ? promise : undefined);
  await world.snapshot('snap', { imageStoreName: 'vault' });
  await world.pass(1);
  await world.deleteImage('snap');
  await world.pass(1);
  resolve();
  await world.pass(2);
  expect([await world.snapped(), world.store.files.size, world.basesOf()]).toEqual(['Failed ImageDeleted', 0, []]);
  expect((await world.findSnapshot())?.status).not.toHaveProperty('store');
});

test('a snapshot that is deleted while it is sent ends the sending', async () => {
  await makeStore();
  await world.create();
  world.store.before = (call) => (call.startsWith('put') ? new Promise<never>(() => undefined) : undefined);
  await world.snapshot('snap', { imageStoreName: 'vault' });
  await world.pass(1);
  await world.deleteSnapshot();
  await world.pass(2);
  expect([await world.findSnapshot(), await world.findImage('snap'), world.store.files.size, world.basesOf()]).toEqual([
    undefined,
    undefined,
    0,
    [],
  ]);
});

const SHELVED = { lifecycle: { state: 'Shelved' } } as const;
const ACTIVE = { lifecycle: { state: 'Active' } } as const;
const baseOn = (host: string): string | undefined => [...world.host(host).driver.origins.values()][0];

describe('an Instance that is shelved with a store', () => {
  beforeEach(async () => {
    await makeStore('vault', true);
    await world.create();
  });

  test.each(['is silent', 'was removed'])('comes back on another host when its own %s', async (how) => {
    await world.edit(SHELVED);
    await world.pass(6);
    expect([await world.ready(), world.store.files.size, world.machines()]).toEqual(['Ready=True Offloaded', 1, []]);
    world.host().driver.bases.clear();
    world.host().turn('Unknown');
    if (how === 'was removed') await world.api.delete(HYPERVISORS, { name: 'host-a' }, world.call);
    await world.edit(ACTIVE);
    await world.pass(6);
    expect([await world.ready(), (await world.get()).status?.hypervisorName]).toEqual(['Ready=True Running', 'host-b']);
    expect(baseOn('host-b')).toMatch(/^base-/);
  });

  test('stays on its host, off and whole, until the store has the copy', async () => {
    world.store.fallSilent();
    await world.edit(SHELVED);
    await world.pass(6);
    expect([await world.ready(), world.machine().power, world.disks().length]).toEqual(['Ready=False Shelving', 'Stopped', 2]);
    await world.edit(ACTIVE);
    await world.pass(3);
    expect([await world.ready(), world.basesOf(), world.store.files.size]).toEqual(['Ready=True Running', [], 0]);
  });

  test.each(Array.from({ length: 30 }, (_, calls) => calls))(
    'is offloaded once by operators of which one is killed after %d calls',
    async (calls) => {
      world.killAfter(calls);
      await world.edit(SHELVED);
      await world.pass(2);
      await world.restartOperator();
      await world.pass(6);
      expect([await world.ready(), world.store.files.size, world.basesOf().length, world.machines()]).toEqual([
        'Ready=True Offloaded',
        1,
        1,
        [],
      ]);
      await world.delete();
      await world.pass(9);
      expect([await world.find(), world.store.files.size, world.basesOf()]).toEqual([undefined, 0, []]);
    },
  );
});

test('an operator at rest asks the store for nothing', async () => {
  await makeStore('vault', true);
  await world.create();
  await world.snapshot();
  await world.pass(3);
  const before = world.store.calls.length;
  await world.pass(30);
  expect([world.store.calls.length, await world.api.list(IMAGES, {}, world.call).then(({ items }) => items.length)]).toEqual([before, 2]);
});
