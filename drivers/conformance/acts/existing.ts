/** Acts on a pool of disks that exist already, by the driver. */
import type { Act } from '../case.ts';
import { existingDisk } from './volumes.ts';

const MiB = 1024 * 1024;

const call = (name: string, run: Act['run']): Act => ({ name: `${name} in a pool of existing disks`, run });

/** Gives the names and sizes. */
export const listExisting = call('listDisks', async (scene) => {
  const { pool, name } = existingDisk(scene);
  const disks = await scene.driver.listDisks({ pools: [pool], namePrefix: name, expected: [name] }, scene.call());
  return disks.filter((disk) => disk.name === name);
});

/** What cannot be there is looked for in vain. */
export const listMade = call('listDisks of what was made', (scene) =>
  scene.driver.listDisks({ pools: [existingDisk(scene).pool], namePrefix: scene.name, expected: [scene.disk('root').name] }, scene.call()),
);

/** Gives which disk it boots from, as another connection sees it. */
export const rootDisk: Act = {
  name: 'its root disk',
  run: async (scene) => {
    const root = (await scene.seen())?.disks.find(({ role }) => role === 'root');
    return root && { pool: root.pool, name: root.name };
  },
};

/** Gives what `HostFacts` has of the pool. */
export const factsOfExisting = call('the facts', async (scene) => {
  const driver = scene.stage.harness.open();
  const { pools } = await driver.connect(scene.call());
  await driver.close();
  return pools.find(({ name }) => name === existingDisk(scene).pool);
});

/** Each on its own must leave what is there alone. */
export const makings: readonly Act[] = [
  call('createDisk', (scene) =>
    scene.driver.createDisk({ ...scene.disk('a'), pool: existingDisk(scene).pool, sizeBytes: MiB }, scene.call()),
  ),
  call('createDisk of the one there', (scene) =>
    scene.driver.createDisk({ ...existingDisk(scene), sizeBytes: scene.stage.harness.existing.capacityBytes }, scene.call()),
  ),
  call('writeDisk', (scene) => scene.driver.writeDisk(existingDisk(scene), new Uint8Array(MiB), scene.call())),
  call('growDisk', (scene) =>
    scene.driver.growDisk(existingDisk(scene), 2 * scene.stage.harness.existing.capacityBytes, undefined, scene.call()),
  ),
  call('deleteDisk', (scene) => scene.driver.deleteDisk(existingDisk(scene), scene.call())),
  call('findBase', (scene) => scene.driver.findBase(existingDisk(scene).pool, scene.baseKey, scene.call())),
  call('importBase', (scene) => {
    const base = { pool: existingDisk(scene).pool, key: scene.baseKey, format: 'raw' as const, sizeBytes: MiB, verified };
    return scene.driver.importBase(base, nothing(), scene.call());
  }),
];

/** One after the other, whatever comes of each. */
export const tryAll = call('all that makes, changes or removes', async (scene) => {
  for (const act of makings) await act.run(scene).catch(() => undefined);
});

function verified(): never {
  throw new Error('the content was read');
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  yield await Promise.reject(new Error('the content was read'));
}
