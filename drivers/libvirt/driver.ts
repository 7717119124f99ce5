/**
 * The libvirt driver: one host with QEMU guests behind the contract's verbs.
 *
 * Here is only the frame that every verb runs in: the session, the verb's time, and failures by label. What the verbs do is
 * in the folders: `host` (facts), `machines` (reading, power, definitions), `storage` (pools, bases, disks), `domain` (XML).
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
  GrownDisk,
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
import { CAPABILITIES } from './capabilities.ts';
import { checkConfig, type LibvirtConfig } from './config.ts';
import { drift } from './domain/drift.ts';
import { toDriverError, type Effect } from './errors.ts';
import { writeGuestFile } from './guest/files.ts';
import { resetGuestNetwork } from './guest/network.ts';
import * as guests from './guest/verbs.ts';
import { readFacts } from './host/facts.ts';
import { readConsoleLog } from './insight/console-log.ts';
import { readDiagnostics } from './insight/diagnostics.ts';
import { takeScreenshot } from './insight/screenshot.ts';
import * as definitions from './machines/definition-verbs.ts';
import { captureBase, copyToBase, endCapture } from './machines/capture.ts';
import { inspectMachine } from './machines/inspect.ts';
import { resizeLive } from './machines/live-resize.ts';
import { updateLive } from './machines/live.ts';
import { locate } from './machines/locate.ts';
import { adopt, setMark } from './machines/marking.ts';
import { mergeDisk } from './machines/merge.ts';
import * as power from './machines/power-verbs.ts';
import { startPaused } from './machines/start.ts';
import { growDisk } from './machines/grow-disk.ts';
import { diskUsers } from './machines/disk-users.ts';
import { endSwap, swapVolume } from './machines/swap-volume.ts';
import * as volumes from './machines/volume-verbs.ts';
import { openSession, type Session } from './session.ts';
import { exportBase } from './storage/export.ts';
import { forgetSecret, keepSecret } from './storage/secrets.ts';
import { timeOf, type Left } from './time.ts';

export type { LibvirtConfig } from './config.ts';

/** Throws `InvalidSpec` on an address that can never work. Connects to nothing yet. */
export function openLibvirt(config: LibvirtConfig): Driver {
  checkConfig(config);
  return new LibvirtDriver(config);
}

class LibvirtDriver implements Driver {
  readonly kind = 'libvirt';
  readonly capabilities = CAPABILITIES;
  readonly imageFormats = ['qcow2', 'raw'] as const;
  readonly #config: LibvirtConfig;
  readonly #listeners = new Set<(event: HostEvent) => void>();
  #session: Session | undefined;
  #opening: Promise<Session> | undefined;

  constructor(config: LibvirtConfig) {
    this.#config = config;
  }

  async connect(call: Call): Promise<HostFacts> {
    const left = timeOf(call);
    try {
      call.signal.throwIfAborted();
      const session = this.#session ?? (await this.#open(left));
      const facts = await readFacts(session, left);
      await session.registry.observe(left);
      return facts;
    } catch (error) {
      throw toDriverError(error, `connect to ${this.#config.uri}`, 'Read', call.signal);
    }
  }

  close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#opening = undefined;
    session?.client.close();
    return Promise.resolve();
  }

  onEvent(listener: (event: HostEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  observe(call: Call): Promise<HostObservation> {
    return this.#run('observe the machines', 'Read', call, async ({ registry, epoch }, left) => ({
      bootId: epoch.bootId,
      machines: await registry.observe(left),
    }));
  }

  inspect(machineId: string, call: Call): Promise<Machine | undefined> {
    return this.#run(`read machine ${machineId}`, 'Read', call, (session, left) => inspectMachine(session, machineId, left));
  }

  locate(query: LocateQuery, call: Call): Promise<readonly Machine[]> {
    return this.#run('look for machines', 'Read', call, (session, left) => locate(session, query, left));
  }

  findBase(pool: string, key: string, call: Call): Promise<BaseImage | undefined> {
    return this.#run(`look for base image ${key}`, 'Read', call, ({ bases }, left) => bases.find(pool, key, left));
  }

  importBase(base: BaseImageSpec, content: AsyncIterable<Uint8Array>, call: Call): Promise<BaseImage> {
    return this.#run(`import base image ${base.key}`, 'Change', call, ({ bases }, left) => bases.import(base, content, left));
  }

  exportBase(pool: string, key: string, sink: Sink, call: Call): Promise<BaseImage> {
    return this.#run(`read base image ${key}`, 'Read', call, (session, left) => exportBase(session, { pool, key }, sink, left));
  }

  listBases(pool: string, keyPrefix: string, call: Call): Promise<readonly string[]> {
    return this.#run('list base images', 'Read', call, ({ bases }, left) => bases.list(pool, keyPrefix, left));
  }

  deleteBase(pool: string, key: string, call: Call): Promise<void> {
    return this.#run(`delete base image ${key}`, 'Change', call, ({ bases }, left) => bases.delete(pool, key, left));
  }

  captureBase(target: Target, capture: CaptureSpec, call: Call): Promise<CapturedBase> {
    return this.#change('copy the disk of', target, call, (session, left) => captureBase(session, target, capture, left));
  }

  copyToBase(copy: CopySpec, call: Call): Promise<BaseImage> {
    return this.#run(`copy disk ${copy.disk.name}`, 'Change', call, (session, left) => copyToBase(session, copy, left));
  }

  endCapture(target: Target, pool: string, key: string, call: Call): Promise<void> {
    return this.#change('end the copy of', target, call, (session, left) => endCapture(session, target, pool, key, left));
  }

  createDisk(disk: DiskSpec, call: Call): Promise<void> {
    return this.#run(`create disk ${disk.name}`, 'Change', call, ({ disks }, left) => disks.create(disk, left));
  }

  writeDisk(disk: DiskRef, content: Uint8Array, call: Call): Promise<void> {
    return this.#run(`write disk ${disk.name}`, 'Change', call, ({ disks }, left) => disks.write(disk, content, left));
  }

  listDisks(query: DiskQuery, call: Call): Promise<readonly Disk[]> {
    return this.#run('list disks', 'Read', call, ({ disks }, left) => disks.list(query, left));
  }

  deleteDisk(disk: DiskRef, call: Call): Promise<void> {
    return this.#run(`delete disk ${disk.name}`, 'Change', call, ({ disks }, left) => disks.delete(disk, left));
  }

  mergeDisk(target: Target, disk: DiskRef, call: Call): Promise<Merging> {
    return this.#run(`merge disk ${disk.name}`, 'Change', call, (session, left) => mergeDisk(session, target, disk, left));
  }

  define(machine: MachineSpec, call: Call): Promise<{ readonly machineId: string }> {
    return this.#run(`define machine ${machine.name}`, 'Change', call, async (session, left) => {
      const defined = await definitions.define(session, machine, left);
      session.registry.invalidate(defined.machineId);
      return defined;
    });
  }

  setMark(target: Target, mark: OwnerMark, call: Call): Promise<void> {
    return this.#change('mark', target, call, ({ client }, left) => setMark(client, target, mark, left));
  }

  adopt(machineId: string, mark: OwnerMark, call: Call): Promise<void> {
    return this.#change('adopt', { machineId }, call, ({ client }, left) => adopt(client, machineId, mark, left));
  }

  undefine(target: Target, call: Call): Promise<void> {
    return this.#change('undefine', target, call, ({ client }, left) => definitions.undefine(client, target, left));
  }

  startPaused(target: Target, run: RunMark, call: Call): Promise<void> {
    return this.#change('start', target, call, ({ client }, left) => startPaused(client, target, run, left));
  }

  applyFilters(target: Target, call: Call): Promise<void> {
    return this.#change('filter', target, call, ({ client }, left) => power.applyFilters(client, target, left));
  }

  unpause(target: Target, call: Call): Promise<void> {
    return this.#change('unpause', target, call, ({ client }, left) => power.unpause(client, target, left));
  }

  signalShutdown(target: Target, call: Call): Promise<void> {
    return this.#change('shut down', target, call, ({ client }, left) => power.signalShutdown(client, target, left));
  }

  powerOff(target: Target, call: Call): Promise<void> {
    return this.#change('power off', target, call, ({ client }, left) => power.powerOff(client, target, left));
  }

  pause(target: Target, call: Call): Promise<void> {
    return this.#change('pause', target, call, ({ client }, left) => power.pause(client, target, left));
  }

  injectNmi(target: Target, call: Call): Promise<void> {
    return this.#change('inject an NMI into', target, call, ({ client }, left) => power.injectNmi(client, target, left));
  }

  suspendToDisk(target: Target, call: Call): Promise<void> {
    return this.#change('suspend', target, call, ({ client }, left) => power.suspendToDisk(client, target, left));
  }

  restoreFromDisk(target: Target, call: Call): Promise<void> {
    return this.#change('restore', target, call, ({ client }, left) => power.restoreFromDisk(client, target, left));
  }

  discardSavedState(target: Target, call: Call): Promise<void> {
    return this.#change('discard the saved state of', target, call, ({ client }, left) => power.discardSavedState(client, target, left));
  }

  readGuest(machineId: string, call: Call): Promise<GuestReport> {
    return this.#run(`ask the guest of machine ${machineId}`, 'Read', call, ({ client }, left) =>
      guests.readGuest(client, machineId, left),
    );
  }

  setGuestPassword(target: Target, password: GuestPassword, call: Call): Promise<void> {
    return this.#inGuest('set a password in', target, call, ({ client }, left) => guests.setGuestPassword(client, target, password, left));
  }

  writeGuestFile(target: Target, file: GuestFile, call: Call): Promise<void> {
    return this.#inGuest('write a file in', target, call, ({ client }, left) => writeGuestFile(client, target, file, left));
  }

  freezeGuest(target: Target, call: Call): Promise<void> {
    return this.#inGuest('freeze', target, call, ({ client }, left) => guests.freezeGuest(client, target, left));
  }

  resetGuestNetwork(target: Target, call: Call): Promise<void> {
    return this.#inGuest('reset the network of', target, call, ({ client }, left) => resetGuestNetwork(client, target, left));
  }

  thawGuest(target: Target, call: Call): Promise<void> {
    return this.#inGuest('thaw', target, call, ({ client }, left) => guests.thawGuest(client, target, left));
  }

  readDiagnostics(machineId: string, call: Call): Promise<Diagnostics> {
    return this.#run(`read what is counted of machine ${machineId}`, 'Read', call, ({ client }, left) =>
      readDiagnostics(client, machineId, left),
    );
  }

  readConsoleLog(machineId: string, maxBytes: number, call: Call): Promise<ConsoleTail> {
    return this.#run(`read the console log of machine ${machineId}`, 'Read', call, (session, left) =>
      readConsoleLog(session, machineId, maxBytes, left),
    );
  }

  takeScreenshot(machineId: string, call: Call): Promise<Screenshot> {
    return this.#run(`take a picture of machine ${machineId}`, 'Read', call, ({ client }, left) => takeScreenshot(client, machineId, left));
  }

  drift(wanted: MachineSpec, machine: Machine): readonly Drift[] {
    return drift(wanted, machine);
  }

  updateLive(target: Target, wanted: MachineSpec, drifts: readonly Drift[], call: Call): Promise<void> {
    return this.#change('update', target, call, ({ client }, left) => updateLive(client, target, wanted, drifts, left));
  }

  resizeLive(target: Target, size: MachineSize, call: Call): Promise<void> {
    return this.#change('resize', target, call, ({ client }, left) => resizeLive(client, target, size, left));
  }

  attachVolume(target: Target, volume: MachineVolume, call: Call): Promise<void> {
    return this.#change(`attach volume ${volume.id} to`, target, call, (session, left) => volumes.attach(session, target, volume, left));
  }

  detachVolume(target: Target, id: string, call: Call): Promise<void> {
    return this.#change(`detach volume ${id} from`, target, call, ({ client }, left) => volumes.detach(client, target, id, left));
  }

  swapVolume(target: Target, swap: SwapSpec, call: Call): Promise<void> {
    return this.#change(`swap volume ${swap.to.name} of`, target, call, (session, left) => swapVolume(session, target, swap, left));
  }

  endSwap(target: Target, id: string, call: Call): Promise<void> {
    return this.#change(`keep volume ${id} of`, target, call, ({ client }, left) => endSwap(client, target, id, left));
  }

  growDisk(disk: GrownDisk, sizeBytes: number, user: Target | undefined, call: Call): Promise<void> {
    return this.#run(`grow disk ${disk.name}`, 'Change', call, (session, left) => growDisk(session, disk, sizeBytes, user, left));
  }

  keepSecret(secret: HostSecret, call: Call): Promise<void> {
    return this.#run(`keep secret ${secret.id}`, 'Change', call, ({ client }, left) => keepSecret(client, secret, left));
  }

  forgetSecret(id: string, call: Call): Promise<void> {
    return this.#run(`forget secret ${id}`, 'Change', call, ({ client }, left) => forgetSecret(client, id, left));
  }

  diskUsers(disk: DiskRef, call: Call): Promise<readonly string[]> {
    return this.#run(`find who uses disk ${disk.name}`, 'Read', call, (session, left) => diskUsers(session, disk, left));
  }

  /** A verb on one machine: whatever it did or did not do, what is remembered of the machine is doubtful then. */
  #change<T>(
    verb: string,
    { machineId }: Pick<Target, 'machineId'>,
    call: Call,
    work: (session: Session, left: Left) => Promise<T>,
  ): Promise<T> {
    return this.#run(`${verb} machine ${machineId}`, 'Change', call, async (session, left) => {
      try {
        return await work(session, left);
      } finally {
        session.registry.invalidate(machineId);
      }
    });
  }

  /** A verb on the guest, of which the machine itself knows nothing. */
  #inGuest(verb: string, { machineId }: Target, call: Call, work: (session: Session, left: Left) => Promise<void>): Promise<void> {
    return this.#run(`${verb} the guest of machine ${machineId}`, 'Change', call, work);
  }

  async #run<T>(what: string, effect: Effect, call: Call, work: (session: Session, left: Left) => Promise<T>): Promise<T> {
    try {
      call.signal.throwIfAborted();
      if (this.#session === undefined) throw new DriverError('HostUnreachable', `cannot ${what}: not connected to ${this.#config.uri}`);
      return await work(this.#session, timeOf(call));
    } catch (error) {
      throw toDriverError(error, what, effect, call.signal);
    }
  }

  /** Callers at the same time share one opening; the first one's time is the limit. */
  async #open(left: Left): Promise<Session> {
    this.#opening ??= openSession(this.#config, (event) => this.#tell(event), left);
    const opening = this.#opening;
    try {
      const session = await opening;
      // Closed meanwhile: nobody would ever close this one.
      if (this.#opening !== opening && this.#session !== session) {
        session.client.close();
        throw new DriverError('HostUnreachable', `the driver was closed while it connected to ${this.#config.uri}`);
      }
      if (this.#session !== session) this.#adopt(session);
      return session;
    } finally {
      if (this.#opening === opening) this.#opening = undefined;
    }
  }

  #adopt(session: Session): void {
    this.#session = session;
    void session.client.closed.then((error) => {
      if (this.#session !== session) return; // closed by us
      this.#session = undefined;
      this.#tell({ kind: 'Disconnected', error });
    });
  }

  #tell(event: HostEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
