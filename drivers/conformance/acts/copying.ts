/** Acts on a pool whose disks are whole copies, by the driver. The host may round sizes up to pieces: those here are whole ones. */
import type { DiskRef } from '../../contract.ts';
import type { Act } from '../case.ts';
import type { Scene } from '../scene.ts';
import { importBase, MiB } from './storage.ts';

/** Four MiB each. */
const PIECE = 4 * MiB;

function inCopies(scene: Scene, suffix: string): DiskRef {
  const { copying } = scene.stage.harness;
  if (copying === undefined) throw new Error('the host has no pool of whole copies');
  return { pool: copying, name: `${scene.name}-${suffix}` };
}

const call = (name: string, run: Act['run']): Act => ({ name: `${name} in a pool of whole copies`, run });

export const createBlank = (suffix: string, pieces = 1): Act =>
  call(`createDisk(${suffix}, ${pieces} pieces)`, (scene) =>
    scene.driver.createDisk({ ...inCopies(scene, suffix), sizeBytes: pieces * PIECE }, scene.call()),
  );

/** On the base of the case. */
export const createOnBase = (suffix: string): Act =>
  call(`createDisk(${suffix}, on a base)`, (scene) =>
    scene.driver.createDisk({ ...inCopies(scene, suffix), sizeBytes: PIECE, baseKey: scene.baseKey }, scene.call()),
  );

export const createFrom = (suffix: string, from: string): Act =>
  call(`createDisk(${suffix}, from ${from})`, (scene) =>
    scene.driver.createDisk({ ...inCopies(scene, suffix), sizeBytes: PIECE, fromDisk: inCopies(scene, from).name }, scene.call()),
  );

const whole = importBase('Whole', (scene) => inCopies(scene, '').pool);
export const importHere = call('importBase', (scene) => whole.run(scene));

export const findHere = call('findBase', async (scene) => {
  const base = await scene.driver.findBase(inCopies(scene, '').pool, scene.baseKey, scene.call());
  return base?.key === scene.baseKey;
});

export const deleteBaseHere = call('deleteBase', (scene) => scene.driver.deleteBase(inCopies(scene, '').pool, scene.baseKey, scene.call()));

export const writeHere = (suffix: string, byte: number): Act =>
  call(`writeDisk(${suffix}, ${byte})`, (scene) =>
    scene.driver.writeDisk(inCopies(scene, suffix), new Uint8Array(1024).fill(byte), scene.call()),
  );

export const deleteHere = (suffix: string): Act =>
  call(`deleteDisk(${suffix})`, (scene) => scene.driver.deleteDisk(inCopies(scene, suffix), scene.call()));

export const growHere = (suffix: string, pieces: number): Act =>
  call(`growDisk(${suffix}, ${pieces} pieces)`, (scene) =>
    scene.driver.growDisk(inCopies(scene, suffix), pieces * PIECE, undefined, scene.call()),
  );

/** Gives ends of names and pieces, in order. */
export const listHere = call('listDisks', async (scene) => {
  const { pool, name } = inCopies(scene, '');
  const disks = await scene.driver.listDisks({ pools: [pool], namePrefix: name }, scene.call());
  return disks.map((disk) => `${disk.name.slice(name.length)} ${disk.capacityBytes / PIECE}`).toSorted();
});

/** Gives what `HostFacts` has of the pool beyond its room. */
export const factsHere = call('the facts', async (scene) => {
  const driver = scene.stage.harness.open();
  const { pools } = await driver.connect(scene.call());
  await driver.close();
  const found = pools.find(({ name }) => name === inCopies(scene, '').pool);
  return found && [found.unfit, found.disks];
});

/** Defines the machine with its disks there. */
export const defineHere = call('define', async (scene) => {
  const disks = [
    { ...inCopies(scene, 'root'), role: 'root' as const },
    { ...inCopies(scene, 'config'), role: 'config' as const },
  ];
  await scene.define({ disks });
});

/** Gives where the machine's disks are. */
export const seeDisksHere = call('its disks', async (scene) => {
  const { pool } = inCopies(scene, '');
  return ((await scene.seen())?.disks ?? []).map((disk) => `${disk.role} ${disk.pool === pool ? 'there' : 'elsewhere'}`);
});

/** As a base of the case's own. */
export const captureHere = call('captureBase(root)', (scene) =>
  scene.driver.captureBase(
    scene.target(),
    { disk: inCopies(scene, 'root'), pool: inCopies(scene, '').pool, key: scene.baseKey, quiesce: 'Never' },
    scene.call(),
  ),
);

/** Gives how far it is. */
export const mergeHere: Act = {
  ...call('mergeDisk(root)', (scene) => scene.driver.mergeDisk(scene.target(), inCopies(scene, 'root'), scene.call())),
  needs: 'MergeDisks',
};
