/** Acts on disks and base images, by the driver. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Act } from '../case.ts';
import type { Scene } from '../scene.ts';
import { DriverError } from '../../labels.ts';

export const MiB = 1024 * 1024;

export const createDisk = (suffix: string, sizeBytes: number, over: { pool?: string; baseKey?: string; from?: string } = {}): Act => ({
  name: `createDisk(${[suffix, `${sizeBytes / MiB} MiB`, over.pool, over.baseKey, over.from && `from ${over.from}`].filter(Boolean).join(', ')})`,
  run: (scene) => {
    const { from, ...rest } = over;
    const origin = from === undefined ? {} : { fromDisk: scene.disk(from).name };
    return scene.driver.createDisk({ ...scene.disk(suffix), sizeBytes, ...rest, ...origin }, scene.call());
  },
});

/** On the base that all cases share, in the size of its image. */
export const createRootDisk: Act = {
  name: 'createDisk(root, on a base)',
  run: (scene) => {
    const { baseKey, harness } = scene.stage;
    return scene.driver.createDisk({ ...scene.disk('root'), sizeBytes: harness.image.virtualSizeBytes, baseKey }, scene.call());
  },
};

export const writeDisk = (suffix: string, byte: number, sizeBytes: number): Act => ({
  name: `writeDisk(${suffix}, ${sizeBytes / MiB} MiB of ${byte})`,
  run: (scene) => scene.driver.writeDisk(scene.disk(suffix), new Uint8Array(sizeBytes).fill(byte), scene.call()),
});

export const copyDisk = (suffix: string, sizeBytes: number): Act => ({
  name: `somebody copies ${suffix}`,
  hands: 'copyDisk',
  run: (scene) => scene.host.copyDisk(scene.disk(suffix), sizeBytes),
});

/** Gives the first bytes as the host has them. */
export const readBack = (suffix: string): Act => ({
  name: `somebody reads ${suffix}`,
  hands: 'readDisk',
  run: async (scene) => [...(await scene.host.readDisk(scene.disk(suffix), 4))],
});

export const deleteDisk = (suffix: string): Act => ({
  name: `deleteDisk(${suffix})`,
  run: (scene) => scene.driver.deleteDisk(scene.disk(suffix), scene.call()),
});

/** Gives the ends of the names, in order. */
export const listDisks = (prefix: string, over: { pools?: readonly string[]; expected?: readonly string[] } = {}): Act => ({
  name: `listDisks(${[`${prefix}*`, ...(over.expected ?? []).map((suffix) => `with ${suffix}`)].join(', ')})`,
  run: async (scene) => {
    const { pools = [scene.pool], expected = [] } = over;
    const names = expected.map((suffix) => scene.disk(suffix).name);
    const disks = await scene.driver.listDisks({ pools, namePrefix: `${scene.name}-${prefix}`, expected: names }, scene.call());
    return disks.map(({ name }) => name.slice(scene.name.length + 1)).toSorted();
  },
});

/** How the content of an import goes. */
export type Content = 'Whole' | 'Fails' | 'NotVerified' | 'Hangs' | 'Slow' | 'NeverRead' | 'TooLarge';

/** Whom the bases of the cases are imported for. */
const CLUSTER = 'conformance-cluster';

/** A petabyte. */
const LARGER_THAN_ANY_POOL = 2 ** 50;

/** The harness' image, as a base of the case's own. */
export const importBase = (content: Content, poolOf = (scene: Scene): string => scene.pool): Act => ({
  name: `importBase(${content})`,
  run: (scene) => {
    const { format, content: bytes, virtualSizeBytes } = scene.stage.harness.image;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const verified = () => {
      if (content === 'NotVerified') throw mismatch();
      return { sha256, sizeBytes: bytes.length, virtualSizeBytes };
    };
    const sizeBytes = content === 'TooLarge' ? LARGER_THAN_ANY_POOL : bytes.length;
    const base = { pool: poolOf(scene), key: scene.baseKey, format, sizeBytes, clusterId: CLUSTER, verified };
    return scene.driver.importBase(base, pieces(bytes, content === 'TooLarge' ? 'NeverRead' : content), scene.call());
  },
});

/** Gives what was handed over: whether it is all of the file, and what the harness' image is; and how it begins. */
export const exportBase: Act = {
  name: 'exportBase',
  run: async (scene) => {
    const pieces: Uint8Array[] = [];
    const sink = (piece: Uint8Array): Promise<void> => Promise.resolve(void pieces.push(piece.slice()));
    const base = await scene.driver.exportBase(scene.pool, scene.baseKey, sink, scene.call());
    const content = Buffer.concat(pieces);
    const same = content.equals(scene.stage.harness.image.content);
    return { ...base, whole: content.length === base.sizeBytes, same, head: content.toString('latin1', 0, 4) };
  },
};

/** To somebody who takes one piece, and then none. */
export const exportTo = (how: 'Refuses' | 'Hangs'): Act => ({
  name: `exportBase to one who ${how === 'Hangs' ? 'hangs' : 'refuses'}`,
  run: (scene) => {
    const refusal = new DriverError('Transient', 'the store is full', { reason: 'StoreFull' });
    const sink = (): Promise<void> => (how === 'Hangs' ? new Promise<never>(() => undefined) : Promise.reject(refusal));
    return scene.driver.exportBase(scene.pool, scene.baseKey, sink, scene.call());
  },
});

export const deleteBase: Act = { name: 'deleteBase', run: (scene) => scene.driver.deleteBase(scene.pool, scene.baseKey, scene.call()) };

export const findBase = (key: string, pool?: string): Act => ({
  name: `findBase(${key})`,
  run: (scene) => scene.driver.findBase(pool ?? scene.pool, key, scene.call()),
});

/** Gives the ends of the keys, in order. */
export const listBases = (pool?: string): Act => ({
  name: `listBases(${pool ?? ''})`,
  run: async (scene) => {
    const keys = await scene.driver.listBases(pool ?? scene.pool, scene.baseKey, scene.call());
    return keys.map((key) => key.slice(scene.baseKey.length)).toSorted();
  },
});

/** A cut cable while the content is under way. */
export const importThatIsCutOff: Act = {
  name: 'importBase, and the connection breaks',
  hands: 'breakConnections',
  run: async (scene) => {
    const broken = importBase('Slow')
      .run(scene)
      .catch(() => undefined);
    await sleep(100);
    await scene.stage.harness.host.breakConnections();
    await broken;
    await scene.heard('Disconnected');
    await scene.driver.connect(scene.call());
  },
};

async function* pieces(bytes: Uint8Array, content: Content): AsyncIterable<Uint8Array> {
  if (content === 'NeverRead') throw new Error('a complete base was read again');
  const half = Math.ceil(bytes.length / 2);
  yield bytes.subarray(0, half);
  if (content === 'Fails') throw mismatch();
  if (content === 'Hangs') await new Promise<never>(() => undefined);
  for (let piece = 0; piece < (content === 'Slow' ? 200 : 0); piece++) {
    await sleep(50);
    yield bytes.subarray(half, half + 1);
  }
  yield bytes.subarray(half);
}

function mismatch(): DriverError {
  return new DriverError('InvalidSpec', 'the content is not what was promised', { reason: 'ChecksumMismatch' });
}

/** What `importBase` and `findBase` give for the harness' image. */
export const imageAsBase = (scene: Scene) => {
  const { format, content, virtualSizeBytes } = scene.stage.harness.image;
  return { key: scene.baseKey, format, sizeBytes: content.length, virtualSizeBytes, clusterId: CLUSTER };
};
