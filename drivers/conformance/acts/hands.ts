/** Acts of somebody else on the host. */
import type { Act } from '../case.ts';
import type { OutOfBand } from '../harness.ts';

type MachineHand =
  'start' | 'pause' | 'unpause' | 'destroy' | 'undefine' | 'addCpu' | 'guestShutdown' | 'guestCrash' | 'startAgent' | 'hangAgent';

/** Done to the case's machine. */
export const somebody = (hand: MachineHand): Act => ({
  name: `somebody's ${hand}`,
  hands: hand,
  run: (scene) => scene.host[hand](scene.machineId),
});

const lasting = (name: string, hand: 'beginJob' | 'stall'): Act => ({
  name,
  hands: hand,
  run: async (scene) => scene.lasts(hand === 'stall' ? await scene.host.stall() : await scene.host.beginJob(scene.machineId)),
});

/** Until `goesOn`, or the end of the case. */
export const hostStalls = lasting('the host stalls', 'stall');
export const jobBegins = lasting('a job begins', 'beginJob');
export const goesOn: Act = { name: 'it goes on', run: (scene) => scene.release() };

/** Done when the driver has noticed. */
const all = (name: string, hand: 'breakConnections' | 'restartDaemon'): Act => ({
  name,
  hands: hand,
  run: async (scene) => {
    await scene.host[hand]();
    await scene.heard('Disconnected');
  },
});
export const connectionsBreak = all('connections break', 'breakConnections');
export const daemonRestarts = all('the daemon restarts', 'restartDaemon');

/** A machine beside the case's own, with a name that begins like it. */
export const foreignMachineAppears: Act = {
  name: 'somebody makes a machine',
  hands: 'makeForeignMachine' satisfies keyof OutOfBand,
  run: (scene) => scene.makeForeign(`${scene.name}-foreign`),
};
