/** Acts on volumes that move to other disks, by the driver. */
import type { Act } from '../case.ts';
import type { Scene } from '../scene.ts';
import { MiB } from './storage.ts';
import { volume } from './volumes.ts';

/** What the machine has as volume `id` is to be the disk of volume `to` from then on, of so many MiB. */
export const swapVolume = (id: string, to: string, mebibytes = 1): Act => ({
  name: `swapVolume(${id} to ${to}${mebibytes === 1 ? '' : `, ${mebibytes} MiB`})`,
  needs: 'LiveSwap',
  run: (scene) => scene.driver.swapVolume(scene.target(), { to: moved(scene, id, to), sizeBytes: mebibytes * MiB }, scene.call()),
});

/** It is to boot from the disk of volume `to` from then on, of 64 MiB. */
export const swapRoot = (to: string): Act => ({
  name: `swapVolume(root disk to ${to})`,
  needs: 'LiveSwap',
  run: (scene) =>
    scene.driver.swapVolume(scene.target(), { to: { ...scene.disk(`volume-${to}`), role: 'root' }, sizeBytes: 64 * MiB }, scene.call()),
});

/** Gives which disk of a volume it boots from. */
export const seeRoot: Act = {
  name: 'its root disk',
  run: async (scene) => (await scene.seen())?.disks.find(({ role }) => role === 'root')?.name.replace(scene.disk('volume-').name, ''),
};

const moved = (scene: Scene, id: string, to: string) => ({ ...volume(scene, id), ...scene.disk(`volume-${to}`), serial: `serial-${to}` });

export const endSwap = (id: string): Act => ({
  name: `endSwap(${id})`,
  needs: 'LiveSwap',
  run: (scene) => scene.driver.endSwap(scene.target(), id, scene.call()),
});

/** Gives `data on other: Both`, ..., in order, as another connection sees it. */
export const seeDisksOfVolumes: Act = {
  name: 'the disks of its volumes',
  run: async (scene) => {
    const prefix = scene.disk('volume-').name;
    return ((await scene.seen())?.volumes ?? [])
      .map(({ id, name, plugged }) => `${id} on ${name.replace(prefix, '')}: ${plugged}`)
      .toSorted();
  },
};

/** Gives how many MiB the disk of the volume has; `none` where there is no such disk. */
export const sizeOf = (id: string): Act => ({
  name: `the size of the disk of volume ${id}`,
  run: async (scene) => {
    const { pool, name } = scene.disk(`volume-${id}`);
    const found = await scene.driver.listDisks({ pools: [pool], namePrefix: name, expected: [name] }, scene.call());
    return found.filter((disk) => disk.name === name).map(({ capacityBytes }) => capacityBytes / MiB);
  },
});
