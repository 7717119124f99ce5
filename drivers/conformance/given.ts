/** How the world of a case comes about: by the driver's own verbs, and by other hands where the machine is not ours. */
import type { Capability } from '../contract.ts';
import type { Given } from './case.ts';
import type { Scene } from './scene.ts';

export const RUN = { runId: 'run-1', bootHash: 'hash-1' };

/** What a driver must be able to do for this world; absent: nothing special. */
export const GIVEN_NEEDS: Partial<Record<Given, Capability>> = { Suspended: 'SuspendToDisk' };

export async function arrange(scene: Scene, given: Given): Promise<void> {
  switch (given) {
    case 'Nothing':
      return;
    case 'Disks':
      return scene.makeDisks();
    case 'Stopped':
      await scene.makeDisks();
      return scene.define();
    case 'Running':
      await arrange(scene, 'Paused');
      await scene.driver.applyFilters(scene.target(), scene.call());
      return scene.driver.unpause(scene.target(), scene.call());
    case 'Paused':
      await arrange(scene, 'Stopped');
      return scene.driver.startPaused(scene.target(), RUN, scene.call());
    case 'Suspended':
      await arrange(scene, 'Running');
      return scene.driver.suspendToDisk(scene.target(), scene.call());
    case 'Foreign': {
      const chosen = scene.stage.description.machineIds === 'Chosen';
      scene.machineId = await scene.makeForeign(scene.name, chosen ? scene.uid : undefined);
      return;
    }
    case 'OtherUid':
      await scene.makeDisks();
      return scene.define({ owner: scene.owner({ uid: 'another-uid' }) });
    case 'OtherCluster':
      await scene.makeDisks();
      return scene.define({ owner: scene.owner({ clusterId: 'another-cluster' }) });
    case 'Retained':
      await arrange(scene, 'Stopped');
      return scene.driver.setMark(scene.target(), scene.owner({ role: 'retained' }), scene.call());
  }
}
