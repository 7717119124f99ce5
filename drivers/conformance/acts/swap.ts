/** Acts on volumes that move to other disks, by the driver. */
import type { Act } from '../case.ts';
import type { Scene } from '../scene.ts';
import { volume } from './volumes.ts';

/** What the machine has as volume `id` is to be the disk of volume `to` from then on. */
export const swapVolume = (id: string, to: string): Act => ({
  name: `swapVolume(${id} to ${to})`,
  needs: 'LiveSwap',
  run: (scene) => scene.driver.swapVolume(scene.target(), { to: moved(scene, id, to) }, scene.call()),
});

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
