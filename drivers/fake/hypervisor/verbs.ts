/** Every verb on the wire and what it does to a host. A verb is done at once; what takes time is in actor.ts. */
import { DriverError } from '../../labels.ts';
import type { Answer, Ask, Verb } from '../protocol.ts';
import type { FakeHost } from './host.ts';
import { adopt } from './adoption.ts';
import * as guests from './guest-agent.ts';
import { captureBase, copyToBase, endCapture } from './capture.ts';
import * as insight from './insight.ts';
import { resizeLive } from './live-resize.ts';
import { mergeDisk } from './merge.ts';
import { endSwap, swapVolume } from './swap-volume.ts';
import * as machines from './machine-verbs.ts';
import * as volumes from './volume-verbs.ts';

type Handlers = { readonly [V in Verb]: (host: FakeHost, ask: Ask<V>) => Answer<V> | void };

const HANDLERS: Handlers = {
  facts: (host) => host.facts(),
  observe: (host, { since }) => host.observe(since),
  inspect: (host, { machineId }) => machines.inspect(host, machineId),
  locate: machines.locate,

  findBase: (host, { pool, key }) => host.storage.findBase(pool, key) ?? null,
  beginImport: (host, { pool, key, format, sizeBytes }) => {
    const started = host.storage.beginImport(pool, key, format, sizeBytes);
    return typeof started === 'number' ? { importId: started } : { complete: started };
  },
  importBase: (host, { pool, importId, base, content }) => host.storage.finishImport(pool, importId, base, content),
  exportBase: (host, { pool, key }) => host.storage.exportBase(pool, key),
  cancelImport: (host, { pool, key, importId }) => host.storage.cancelImport(pool, key, importId),
  listBases: (host, { pool, keyPrefix }) => host.storage.listBases(pool, keyPrefix),
  deleteBase: (host, { pool, key }) => host.storage.deleteBase(pool, key),
  captureBase,
  copyToBase,
  endCapture,
  createDisk: (host, disk) => host.storage.createDisk(disk),
  writeDisk: (host, { sizeBytes, content, ...disk }) => host.storage.writeDisk(disk, sizeBytes, content),
  listDisks: (host, { pools, namePrefix }) => host.storage.listDisks(pools, namePrefix),
  growDisk: (host, { sizeBytes, ...disk }) => host.storage.growDisk(disk, sizeBytes),
  mergeDisk,
  deleteDisk: (host, disk) => host.storage.deleteDisk(disk),

  define: machines.define,
  setMark: machines.setMark,
  adopt,
  undefine: machines.undefine,
  startPaused: machines.startPaused,
  applyFilters: machines.applyFilters,
  unpause: (host, ask) => machines.changeOwnPower(host, ask, 'unpause'),
  signalShutdown: machines.signalShutdown,
  powerOff: machines.powerOff,
  pause: (host, ask) => machines.changeOwnPower(host, ask, 'pause'),
  injectNmi: machines.injectNmi,
  suspendToDisk: (host, ask) => machines.changeOwnPower(host, ask, 'suspendToDisk'),
  restoreFromDisk: (host, ask) => machines.changeOwnPower(host, ask, 'restoreFromDisk'),
  discardSavedState: machines.discardSavedState,
  updateLive: machines.updateLive,
  resizeLive,
  attachVolume: volumes.attachVolume,
  detachVolume: volumes.detachVolume,
  swapVolume,
  endSwap,
  diskUsers: volumes.diskUsers,
  readGuest: guests.readGuest,
  setGuestPassword: guests.setGuestPassword,
  writeGuestFile: guests.writeGuestFile,
  readDiagnostics: insight.readDiagnostics,
  readConsoleLog: insight.readConsoleLog,
  takeScreenshot: insight.takeScreenshot,
  freezeGuest: guests.freezeGuest,
  resetGuestNetwork: guests.resetGuestNetwork,
  thawGuest: guests.thawGuest,
};

/** Does the verb and gives its answer; throws `DriverError`s. */
export function perform<V extends Verb>(host: FakeHost, verb: V, ask: Ask<V>): Answer<V> | null {
  return HANDLERS[verb](host, ask) ?? null;
}

/** What a request is about, for scripts: ids and names of the machine, or the name of the disk or base. */
export function subjectsOf(host: FakeHost, verb: Verb, ask: Ask<Verb>): readonly string[] {
  if ('target' in ask) return [ask.target.machineId, host.get(ask.target.machineId)?.name ?? ''];
  if ('owner' in ask) return [ask.machineId ?? '', ask.name];
  if ('machineId' in ask) return [ask.machineId, host.get(ask.machineId)?.name ?? ''];
  if ('name' in ask && ask.name !== undefined) return [ask.name];
  if ('key' in ask) return [ask.key];
  if ('base' in ask) return [ask.base.key];
  return [verb];
}

/** An answer to a failure that is not one of ours would hide a mistake in the fake: it is told as what it is. */
export function sentError(error: unknown): { label: DriverError['label']; reason: string; message: string } {
  if (error instanceof DriverError) return { label: error.label, reason: error.reason, message: error.message };
  return { label: 'Unknown', reason: 'FakeBroken', message: `the fake hypervisor failed: ${String(error)}` };
}
