/** Acts on disks that take in those that they were made from. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Act } from '../case.ts';

const LOOK_MS = 50;

/** One call: it begins, or has nothing to do. */
export const mergeDisk = (suffix: string): Act => ({
  name: `mergeDisk(${suffix})`,
  needs: 'MergeDisks',
  run: (scene) => scene.driver.mergeDisk(scene.target(), scene.disk(suffix), scene.call()),
});

export const mergeUntilDone = (suffix: string): Act => ({
  name: `mergeDisk(${suffix}) until it is done`,
  needs: 'MergeDisks',
  run: async (scene) => {
    for (;;) {
      const merging = await scene.driver.mergeDisk(scene.target(), scene.disk(suffix), scene.call());
      if (merging.kind === 'Done') return merging;
      await sleep(LOOK_MS);
    }
  },
});

/** The machine of the case runs on it, in place of its root disk. */
export const runOn = (suffix: string): Act => ({
  name: `runs on ${suffix}`,
  run: async (scene) => {
    await scene.define({
      disks: [
        { ...scene.disk(suffix), role: 'root' },
        { ...scene.disk('config'), role: 'config' },
      ],
    });
    await scene.driver.startPaused(scene.target(), { runId: 'run-2', bootHash: 'hash of run-2' }, scene.call());
    await scene.driver.applyFilters(scene.target(), scene.call());
    await scene.driver.unpause(scene.target(), scene.call());
  },
});
