/** Acts on the machine of a case, by the driver. */
import type { Capability, MachineSize, MachineSpec } from '../../contract.ts';
import { DriverError } from '../../labels.ts';
import type { OwnerMark } from '../../owner.ts';
import type { Act } from '../case.ts';
import { attachVolume, detachVolume } from './volumes.ts';
import { captureBase, endCapture } from './capture.ts';
import { mergeDisk } from './merging.ts';
import type { Scene } from '../scene.ts';

type TargetVerb =
  | 'undefine'
  | 'applyFilters'
  | 'unpause'
  | 'signalShutdown'
  | 'powerOff'
  | 'pause'
  | 'injectNmi'
  | 'suspendToDisk'
  | 'restoreFromDisk'
  | 'discardSavedState'
  | 'freezeGuest'
  | 'thawGuest'
  | 'resetGuestNetwork';

const on = (name: TargetVerb, needs?: Capability): Act => ({
  name,
  ...(needs && { needs }),
  run: (scene) => scene.driver[name](scene.target(), scene.call()),
});

export const undefine = on('undefine');
export const applyFilters = on('applyFilters');
/** Where there are none to apply, nothing is looked at. */
export const applyRealFilters = on('applyFilters', 'PacketFilters');
export const unpause = on('unpause');
export const signalShutdown = on('signalShutdown', 'ShutdownSignal');
export const powerOff = on('powerOff');
export const pause = on('pause', 'Pause');
export const injectNmi = on('injectNmi', 'Nmi');
export const suspendToDisk = on('suspendToDisk', 'SuspendToDisk');
export const restoreFromDisk = on('restoreFromDisk', 'SuspendToDisk');
export const discardSavedState = on('discardSavedState', 'SuspendToDisk');

export const freezeGuest = on('freezeGuest', 'GuestAgent');
export const thawGuest = on('thawGuest', 'GuestAgent');

export const resetGuestNetwork = on('resetGuestNetwork', 'GuestAgent');

export const setGuestPassword = (user = 'root'): Act => ({
  name: `setGuestPassword of ${user}`,
  needs: 'GuestAgent',
  run: (scene) => scene.driver.setGuestPassword(scene.target(), { user, password: 'correct horse' }, scene.call()),
});

export const writeGuestFile = (path = '/tmp/conformance'): Act => ({
  name: `writeGuestFile ${path}`,
  needs: 'GuestAgent',
  run: (scene) => scene.driver.writeGuestFile(scene.target(), { path, content: new Uint8Array(300_000), mode: '0600' }, scene.call()),
});

export const startPaused = (runId = 'run-2'): Act => ({
  name: `startPaused(${runId})`,
  run: (scene) => scene.driver.startPaused(scene.target(), { runId, bootHash: `hash of ${runId}` }, scene.call()),
});

export const define = (what = '', over: (scene: Scene) => Partial<MachineSpec> = () => ({})): Act => ({
  name: `define${what && ` ${what}`}`,
  run: (scene) => scene.define(over(scene)),
});

/** As the disks of the scene are, but for the config drive. */
export const configAsCdrom = (scene: Scene): Partial<MachineSpec> => ({
  disks: [
    { ...scene.disk('root'), role: 'root' },
    { ...scene.disk('config'), role: 'config', device: 'CDROM' },
  ],
});

export const setMark = (what: string, over: Partial<OwnerMark>): Act => ({
  name: `setMark ${what}`,
  run: (scene) => scene.driver.setMark(scene.target(), scene.owner(over), scene.call()),
});

/** Gives the case's machine the mark of the case, as of one that was taken over. */
export const adopt: Act = {
  name: 'adopt',
  run: (scene) => scene.driver.adopt(scene.machineId, scene.owner({ origin: 'Adopted', runId: 'run-9' }), scene.call()),
};

/** Applies every live drift from a machine with the given changes. */
export const updateLive = (what: string, over: (scene: Scene) => Partial<MachineSpec>): Act => ({
  name: `updateLive ${what}`,
  needs: 'LiveUpdate',
  run: async (scene) => {
    const wanted = scene.spec(over(scene));
    const machine = await scene.seen();
    const drifts = machine === undefined ? [] : scene.driver.drift(wanted, machine);
    await scene.driver.updateLive(scene.target(), wanted, drifts, scene.call());
  },
});

/** Of a machine whose guest may be one that lets go of nothing: that is the only failure there may be. */
export const askToUpdateLive = (what: string, over: (scene: Scene) => Partial<MachineSpec>): Act => ({
  ...updateLive(what, over),
  name: `updateLive ${what}, heeded or not`,
  run: async (scene) => {
    try {
      await updateLive(what, over).run(scene);
    } catch (error) {
      if (!(error instanceof DriverError && error.label === 'Conflict' && error.reason === 'NotReleased')) throw error;
    }
  },
});

export const resizeLive = (what: string, size: (scene: Scene) => MachineSize): Act => ({
  name: `resizeLive to ${what}`,
  needs: 'LiveResize',
  run: (scene) => scene.driver.resizeLive(scene.target(), size(scene), scene.call()),
});

/** The verbs of the contract that change a machine and check its mark first. */
export const MARK_CHECKED: readonly Act[] = [
  undefine,
  applyRealFilters,
  unpause,
  signalShutdown,
  powerOff,
  pause,
  injectNmi,
  suspendToDisk,
  restoreFromDisk,
  discardSavedState,
  freezeGuest,
  thawGuest,
  resetGuestNetwork,
  setGuestPassword(),
  writeGuestFile(),
  captureBase(),
  endCapture,
  mergeDisk('root'),
  startPaused(),
  setMark('operation', { operation: 'x' }),
  updateLive('nothing', () => ({})),
  resizeLive('what it has', ({ stage }) => ({ vcpus: 1, memoryBytes: stage.harness.memoryBytes })),
  attachVolume('data'),
  detachVolume('data'),
];
