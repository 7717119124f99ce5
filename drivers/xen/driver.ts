/**
 * The Xen driver: one host of a pool behind the contract's verbs, through XAPI.
 *
 * Here is only the frame that every verb runs in: the session, the verb's time, and failures by label. What the verbs do is
 * in the folders: `session` (calls, events, tasks), `machines`, `storage`, `host`.
 */
import type {
  BaseImage,
  BaseImageSpec,
  Call,
  CapturedBase,
  CaptureSpec,
  CopySpec,
  Disk,
  DiskQuery,
  DiskRef,
  DiskSpec,
  Drift,
  Driver,
  HostEvent,
  HostFacts,
  HostObservation,
  HostSecret,
  LocateQuery,
  Machine,
  MachineSize,
  MachineSpec,
  MachineVolume,
  Merging,
  RunMark,
  Sink,
  SwapSpec,
} from '../contract.ts';
import type { GuestFile, GuestPassword, GuestReport } from '../guest.ts';
import type { ConsoleTail, Diagnostics, Screenshot } from '../insight.ts';
import { DriverError } from '../labels.ts';
import type { OwnerMark, Target } from '../owner.ts';
import type { PoolHostConnection } from '../pool-contract.ts';
import { CAPABILITIES } from './capabilities.ts';
import { checkHost } from './config.ts';
import { toDriverError, type Effect } from './errors.ts';
import { eventsOf } from './events.ts';
import { bootIdOf, factsOf } from './host/facts.ts';
import * as definitions from './machines/definition-verbs.ts';
import { drift } from './machines/drift.ts';
import { readFresh } from './machines/fresh.ts';
import { updateLive } from './machines/live.ts';
import { locate } from './machines/locate.ts';
import { adopt, setMark } from './machines/marking.ts';
import * as power from './machines/power-verbs.ts';
import { machineOf, stateOf } from './machines/view.ts';
import * as volumes from './machines/volume-verbs.ts';
import { readDiagnostics } from './machines/diagnostics.ts';
import type { Share, SharedPools } from './session/shared.ts';
import { Site } from './site.ts';
import * as bases from './storage/bases.ts';
import * as captures from './storage/capture.ts';
import * as disks from './storage/disks.ts';
import { growDisk } from './storage/grow.ts';
import { timeOf, type Left } from './time.ts';

/** Throws `InvalidSpec` on a connection that can never work. Connects to nothing yet. */
export function openXen(connection: PoolHostConnection, pools: SharedPools): Driver {
  checkHost(connection);
  return new XenDriver(connection, pools);
}

class XenDriver implements Driver {
  readonly kind = 'xen';
  readonly capabilities = CAPABILITIES;
  readonly imageFormats = bases.IMAGE_FORMATS;
  readonly #connection: PoolHostConnection;
  readonly #pools: SharedPools;
  readonly #listeners = new Set<(event: HostEvent) => void>();
  #share: Share | undefined;
  #unlisten: (() => void) | undefined;
  /** Ends the waiting of verbs when the driver is closed, although the session goes on for others. */
  #closing = new AbortController();

  constructor(connection: PoolHostConnection, pools: SharedPools) {
    this.#connection = connection;
    this.#pools = pools;
  }

  async connect(call: Call): Promise<HostFacts> {
    try {
      call.signal.throwIfAborted();
      const { pool } = this.#share ?? this.#use();
      await pool.connect(timeOf(call));
      return factsOf(new Site(pool, this.#connection.hostUuid));
    } catch (error) {
      throw toDriverError(error, `connect to host ${this.#connection.hostUuid}`, 'Read', call.signal);
    }
  }

  close(): Promise<void> {
    this.#unlisten?.();
    this.#share?.release();
    this.#share = undefined;
    this.#closing.abort();
    this.#closing = new AbortController();
    return Promise.resolve();
  }

  onEvent(listener: (event: HostEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  observe(call: Call): Promise<HostObservation> {
    return this.#run('observe the machines', 'Read', call, async (site, left) => {
      await site.pool.sync(left);
      return { bootId: bootIdOf(site.host()), machines: site.machines().map(stateOf) };
    });
  }

  inspect(machineId: string, call: Call): Promise<Machine | undefined> {
    return this.#run(`read machine ${machineId}`, 'Read', call, async (site, left) => {
      const vm = await readFresh(site, machineId, left);
      return vm && machineOf(site, vm);
    });
  }

  locate(query: LocateQuery, call: Call): Promise<readonly Machine[]> {
    return this.#run('look for machines', 'Read', call, (site, left) => locate(site, query, left));
  }

  findBase(pool: string, key: string, call: Call): Promise<BaseImage | undefined> {
    return this.#run(`look for base image ${key}`, 'Read', call, (site, left) => bases.findBase(site, pool, key, left));
  }

  importBase(base: BaseImageSpec, content: AsyncIterable<Uint8Array>, call: Call): Promise<BaseImage> {
    return this.#run(`import base image ${base.key}`, 'Change', call, (site, left) => bases.importBase(site, base, content, left));
  }

  exportBase(pool: string, key: string, sink: Sink, call: Call): Promise<BaseImage> {
    return this.#run(`read base image ${key}`, 'Read', call, (site, left) => bases.exportBase(site, { pool, key }, sink, left));
  }

  listBases(pool: string, keyPrefix: string, call: Call): Promise<readonly string[]> {
    return this.#run('list base images', 'Read', call, (site, left) => bases.listBases(site, pool, keyPrefix, left));
  }

  deleteBase(pool: string, key: string, call: Call): Promise<void> {
    return this.#run(`delete base image ${key}`, 'Change', call, (site, left) => bases.deleteBase(site, pool, key, left));
  }

  captureBase(target: Target, capture: CaptureSpec, call: Call): Promise<CapturedBase> {
    return this.#change('copy the disk of', target, call, (site, left) => captures.captureBase(site, target, capture, left));
  }

  copyToBase(copy: CopySpec, call: Call): Promise<BaseImage> {
    return this.#run(`copy disk ${copy.disk.name}`, 'Change', call, (site, left) => captures.copyToBase(site, copy, left));
  }

  endCapture(target: Target, pool: string, key: string, call: Call): Promise<void> {
    return this.#change('end the copy of', target, call, (site, left) => captures.endCapture(site, target, pool, key, left));
  }

  createDisk(disk: DiskSpec, call: Call): Promise<void> {
    return this.#run(`create disk ${disk.name}`, 'Change', call, (site, left) => disks.createDisk(site, disk, left));
  }

  writeDisk(disk: DiskRef, content: Uint8Array, call: Call): Promise<void> {
    return this.#run(`write disk ${disk.name}`, 'Change', call, (site, left) => disks.writeDisk(site, disk, content, left));
  }

  listDisks(query: DiskQuery, call: Call): Promise<readonly Disk[]> {
    return this.#run('list disks', 'Read', call, (site, left) => disks.listDisks(site, query, left));
  }

  deleteDisk(disk: DiskRef, call: Call): Promise<void> {
    return this.#run(`delete disk ${disk.name}`, 'Change', call, (site, left) => disks.deleteDisk(site, disk, left));
  }

  mergeDisk(_target: Target, _disk: DiskRef, _call: Call): Promise<Merging> {
    return unsupported('merge disks: its storage does so by itself');
  }

  define(machine: MachineSpec, call: Call): Promise<{ readonly machineId: string }> {
    return this.#run(`define machine ${machine.name}`, 'Change', call, (site, left) => definitions.define(site, machine, left));
  }

  setMark(target: Target, mark: OwnerMark, call: Call): Promise<void> {
    return this.#change('mark', target, call, (site, left) => setMark(site, target, mark, left));
  }

  adopt(machineId: string, mark: OwnerMark, call: Call): Promise<void> {
    return this.#change('adopt', { machineId }, call, (site, left) => adopt(site, machineId, mark, left));
  }

  undefine(target: Target, call: Call): Promise<void> {
    return this.#change('undefine', target, call, (site, left) => definitions.undefine(site, target, left));
  }

  startPaused(target: Target, run: RunMark, call: Call): Promise<void> {
    return this.#change('start', target, call, (site, left) => power.startPaused(site, target, run, left));
  }

  applyFilters(target: Target, call: Call): Promise<void> {
    return this.#change('filter', target, call, (site, left) => power.applyFilters(site, target, left));
  }

  unpause(target: Target, call: Call): Promise<void> {
    return this.#change('unpause', target, call, (site, left) => power.unpause(site, target, left));
  }

  signalShutdown(target: Target, call: Call): Promise<void> {
    return this.#change('shut down', target, call, (site, left) => power.signalShutdown(site, target, left));
  }

  powerOff(target: Target, call: Call): Promise<void> {
    return this.#change('power off', target, call, (site, left) => power.powerOff(site, target, left));
  }

  pause(target: Target, call: Call): Promise<void> {
    return this.#change('pause', target, call, (site, left) => power.pause(site, target, left));
  }

  injectNmi(_target: Target, _call: Call): Promise<void> {
    return unsupported('inject an NMI');
  }

  suspendToDisk(target: Target, call: Call): Promise<void> {
    return this.#change('suspend', target, call, (site, left) => power.suspendToDisk(site, target, left));
  }

  restoreFromDisk(target: Target, call: Call): Promise<void> {
    return this.#change('restore', target, call, (site, left) => power.restoreFromDisk(site, target, left));
  }

  discardSavedState(target: Target, call: Call): Promise<void> {
    return this.#change('discard the saved state of', target, call, (site, left) => power.discardSavedState(site, target, left));
  }

  readGuest(_machineId: string, _call: Call): Promise<GuestReport> {
    return unsupported(AGENT);
  }

  setGuestPassword(_target: Target, _password: GuestPassword, _call: Call): Promise<void> {
    return unsupported(AGENT);
  }

  writeGuestFile(_target: Target, _file: GuestFile, _call: Call): Promise<void> {
    return unsupported(AGENT);
  }

  freezeGuest(_target: Target, _call: Call): Promise<void> {
    return unsupported(AGENT);
  }

  resetGuestNetwork(_target: Target, _call: Call): Promise<void> {
    return unsupported(AGENT);
  }

  thawGuest(_target: Target, _call: Call): Promise<void> {
    return unsupported(AGENT);
  }

  readDiagnostics(machineId: string, call: Call): Promise<Diagnostics> {
    return this.#run(`read what is counted of machine ${machineId}`, 'Read', call, (site, left) => readDiagnostics(site, machineId, left));
  }

  readConsoleLog(_machineId: string, _maxBytes: number, _call: Call): Promise<ConsoleTail> {
    return unsupported('tell what a machine printed without a plugin in its control domain');
  }

  takeScreenshot(_machineId: string, _call: Call): Promise<Screenshot> {
    return unsupported('take pictures of screens');
  }

  drift(wanted: MachineSpec, machine: Machine): readonly Drift[] {
    return drift(wanted, machine);
  }

  updateLive(target: Target, wanted: MachineSpec, drifts: readonly Drift[], call: Call): Promise<void> {
    return this.#change('update', target, call, (site, left) => updateLive(site, target, wanted, drifts, left));
  }

  resizeLive(_target: Target, _size: MachineSize, _call: Call): Promise<void> {
    return unsupported('resize a machine that runs');
  }

  attachVolume(target: Target, volume: MachineVolume, call: Call): Promise<void> {
    return this.#change(`attach volume ${volume.id} to`, target, call, (site, left) => volumes.attach(site, target, volume, left));
  }

  detachVolume(target: Target, id: string, call: Call): Promise<void> {
    return this.#change(`detach volume ${id} from`, target, call, (site, left) => volumes.detach(site, target, id, left));
  }

  swapVolume(_target: Target, _swap: SwapSpec, _call: Call): Promise<void> {
    return unsupported('move a volume under a machine that runs to another disk');
  }

  endSwap(_target: Target, _id: string, _call: Call): Promise<void> {
    return unsupported('move a volume under a machine that runs to another disk');
  }

  growDisk(disk: DiskRef, sizeBytes: number, user: Target | undefined, call: Call): Promise<void> {
    return this.#run(`grow disk ${disk.name}`, 'Change', call, (site, left) => growDisk(site, disk, sizeBytes, user, left));
  }

  keepSecret(_secret: HostSecret, _call: Call): Promise<void> {
    return unsupported('encrypt disks');
  }

  forgetSecret(_id: string, _call: Call): Promise<void> {
    return unsupported('encrypt disks');
  }

  diskUsers(disk: DiskRef, call: Call): Promise<readonly string[]> {
    return this.#run(`find who uses disk ${disk.name}`, 'Read', call, (site, left) => volumes.diskUsers(site, disk, left));
  }

  #change<T>(verb: string, { machineId }: Pick<Target, 'machineId'>, call: Call, work: (site: Site, left: Left) => Promise<T>): Promise<T> {
    return this.#run(`${verb} machine ${machineId}`, 'Change', call, work);
  }

  async #run<T>(what: string, effect: Effect, call: Call, work: (site: Site, left: Left) => Promise<T>): Promise<T> {
    try {
      call.signal.throwIfAborted();
      if (this.#share?.pool.connected !== true) throw this.#notConnected(what);
      return await this.#untilClosed(what, work(new Site(this.#share.pool, this.#connection.hostUuid), timeOf(call)));
    } catch (error) {
      throw toDriverError(error, what, effect, call.signal);
    }
  }

  #notConnected(what: string): DriverError {
    return new DriverError('HostUnreachable', `cannot ${what}: not connected to the pool of host ${this.#connection.hostUuid}`);
  }

  #untilClosed<T>(what: string, work: Promise<T>): Promise<T> {
    const { signal } = this.#closing;
    return new Promise((resolve, reject) => {
      const onClose = (): void => reject(this.#notConnected(what));
      signal.addEventListener('abort', onClose, { once: true });
      work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onClose));
    });
  }

  #use(): Share {
    const share = this.#pools.use(this.#connection.pool);
    const site = new Site(share.pool, this.#connection.hostUuid);
    this.#unlisten = share.pool.listen({
      changed: (changes) => {
        for (const event of eventsOf(site, changes)) this.#tell(event);
      },
      lost: (error) => this.#tell({ kind: 'Disconnected', error }),
    });
    this.#share = share;
    return share;
  }

  #tell(event: HostEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

const AGENT = 'reach an agent in the guest without plugins in its control domain';

const unsupported = (what: string): Promise<never> => Promise.reject(new DriverError('Unsupported', `a Xen host cannot ${what}`));
