/** The driver of fake hosts: a client of the fake hypervisor, with every capability. Not for anything a user runs for real. */
import type {
  BaseImage,
  BaseImageSpec,
  Call,
  Capability,
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
import type { FakeConfig } from './config.ts';
import { FakeConnection, type Kind } from './connection.ts';
import { driftOf } from './drift.ts';
import { exportBase } from './export.ts';
import { importBase } from './import.ts';
import { packed } from './packed.ts';
import { machineOf, Observed } from './observation.ts';
import { MAX_SENT_CONTENT_BYTES, type Answer, type Ask, type Verb } from './protocol.ts';

const CAPABILITIES: readonly Capability[] = [
  'ShutdownSignal',
  'Pause',
  'SuspendToDisk',
  'ConsoleLog',
  'Screenshot',
  'LiveUpdate',
  'LiveResize',
  'PacketFilters',
  'Nmi',
  'GuestAgent',
  'LiveCapture',
  'MergeDisks',
  'LiveSwap',
];

/** Throws `InvalidSpec` on a socket path or host name that can never work. */
export function openFake(config: FakeConfig): Driver {
  if (config.socket === '' || Buffer.byteLength(config.socket) > 107) {
    throw new DriverError('InvalidSpec', `The socket path "${config.socket}" must have 1 to 107 bytes`);
  }
  if (!/^[\w.-]{1,253}$/.test(config.host)) {
    throw new DriverError('InvalidSpec', `The host "${config.host}" must be named in letters, digits, - _ and .`);
  }
  return new FakeDriver(config);
}

interface Link {
  readonly connection: FakeConnection;
  readonly entered: Promise<void>;
  readonly observed: Observed;
}

class FakeDriver implements Driver {
  readonly kind = 'fake';
  readonly capabilities: ReadonlySet<Capability>;
  readonly imageFormats = ['qcow2', 'raw', 'vhd'] as const;
  readonly #config: FakeConfig;
  readonly #listeners = new Set<(event: HostEvent) => void>();
  #link: Link | undefined;

  constructor(config: FakeConfig) {
    this.#config = config;
    this.capabilities = new Set(CAPABILITIES.filter((capability) => config.without?.includes(capability) !== true));
  }

  async connect(call: Call): Promise<HostFacts> {
    this.#link ??= this.#dial(call);
    const link = this.#link;
    try {
      await link.entered;
    } catch (error) {
      if (this.#link === link) this.#link = undefined;
      link.connection.close();
      throw error;
    }
    return link.connection.ask('facts', {}, call, 'Reading');
  }

  close(): Promise<void> {
    this.#link?.connection.close();
    this.#link = undefined;
    return Promise.resolve();
  }

  onEvent(listener: (event: HostEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async observe(call: Call): Promise<HostObservation> {
    const { connection, observed } = this.#connected();
    return observed.apply(await connection.ask('observe', { since: observed.since }, call, 'Reading'));
  }

  async inspect(machineId: string, call: Call): Promise<Machine | undefined> {
    const machine = await this.#read('inspect', { machineId }, call);
    return machine === null ? undefined : machineOf(machine);
  }

  async locate(query: LocateQuery, call: Call): Promise<readonly Machine[]> {
    return (await this.#read('locate', query, call)).map(machineOf);
  }

  async findBase(pool: string, key: string, call: Call): Promise<BaseImage | undefined> {
    return (await this.#read('findBase', { pool, key }, call)) ?? undefined;
  }

  async importBase(base: BaseImageSpec, content: AsyncIterable<Uint8Array>, call: Call): Promise<BaseImage> {
    return importBase(this.#connected().connection, base, content, call);
  }

  async exportBase(pool: string, key: string, sink: Sink, call: Call): Promise<BaseImage> {
    return exportBase(this.#connected().connection, { pool, key }, sink, call);
  }

  async listBases(pool: string, keyPrefix: string, call: Call): Promise<readonly string[]> {
    return this.#read('listBases', { pool, keyPrefix }, call);
  }

  async deleteBase(pool: string, key: string, call: Call): Promise<void> {
    await this.#change('deleteBase', { pool, key }, call);
  }

  async captureBase(target: Target, capture: CaptureSpec, call: Call): Promise<CapturedBase> {
    const { disk, pool, key, off = false, quiesce } = capture;
    const live = this.capabilities.has('LiveCapture');
    try {
      return await this.#change('captureBase', { target, disk, pool, key, off: off || !live, quiesce }, call);
    } catch (error) {
      if (live || off || !(error instanceof DriverError) || error.reason !== 'IsRunning') throw error;
      throw new DriverError('Unsupported', `Host ${this.#config.host} copies the disks of no machine that is on`, { cause: error });
    }
  }

  copyToBase({ disk, pool, key }: CopySpec, call: Call): Promise<BaseImage> {
    return this.#change('copyToBase', { disk, pool, key }, call);
  }

  async swapVolume(target: Target, { to, sizeBytes }: SwapSpec, call: Call): Promise<void> {
    if (!this.capabilities.has('LiveSwap')) throw new DriverError('Unsupported', `Host ${this.#config.host} swaps no volumes`);
    await this.#change('swapVolume', { target, volume: to, sizeBytes }, call);
  }

  /** A swap of the fake is done at once: there is none to end. */
  async endSwap(target: Target, id: string, call: Call): Promise<void> {
    if (!this.capabilities.has('LiveSwap')) throw new DriverError('Unsupported', `Host ${this.#config.host} swaps no volumes`);
    await this.#change('endSwap', { target, id }, call);
  }

  async endCapture(target: Target, pool: string, key: string, call: Call): Promise<void> {
    await this.#change('endCapture', { target, pool, key }, call);
  }

  async createDisk(disk: DiskSpec, call: Call): Promise<void> {
    if (disk.secretId !== undefined) throw this.#noEncryption();
    await this.#change('createDisk', disk, call);
  }

  async writeDisk({ pool, name }: DiskRef, content: Uint8Array, call: Call): Promise<void> {
    const short = content.length <= MAX_SENT_CONTENT_BYTES;
    const text = short && { content: packed(content) };
    await this.#change('writeDisk', { pool, name, sizeBytes: content.length, ...text }, call);
  }

  /** The host knows all its disks: what is expected and not there is nowhere. */
  listDisks({ pools, namePrefix }: DiskQuery, call: Call): Promise<readonly Disk[]> {
    return this.#read('listDisks', { pools, namePrefix }, call);
  }

  async deleteDisk({ pool, name }: DiskRef, call: Call): Promise<void> {
    await this.#change('deleteDisk', { pool, name }, call);
  }

  mergeDisk(target: Target, disk: DiskRef, call: Call): Promise<Merging> {
    return this.#change('mergeDisk', { target, disk: { pool: disk.pool, name: disk.name } }, call, 'MergeDisks');
  }

  define(machine: MachineSpec, call: Call): Promise<{ readonly machineId: string }> {
    return this.#change('define', machine, call);
  }

  async setMark(target: Target, mark: OwnerMark, call: Call): Promise<void> {
    await this.#change('setMark', { target, mark }, call);
  }

  async adopt(machineId: string, mark: OwnerMark, call: Call): Promise<void> {
    await this.#change('adopt', { machineId, mark }, call);
  }

  async undefine(target: Target, call: Call): Promise<void> {
    await this.#change('undefine', { target }, call);
  }

  async startPaused(target: Target, run: RunMark, call: Call): Promise<void> {
    await this.#change('startPaused', { target, run }, call);
  }

  async applyFilters(target: Target, call: Call): Promise<void> {
    if (this.capabilities.has('PacketFilters')) await this.#change('applyFilters', { target }, call);
  }

  async unpause(target: Target, call: Call): Promise<void> {
    await this.#change('unpause', { target }, call);
  }

  async signalShutdown(target: Target, call: Call): Promise<void> {
    await this.#change('signalShutdown', { target }, call, 'ShutdownSignal');
  }

  async powerOff(target: Target, call: Call): Promise<void> {
    await this.#change('powerOff', { target }, call);
  }

  async injectNmi(target: Target, call: Call): Promise<void> {
    await this.#change('injectNmi', { target }, call, 'Nmi');
  }

  async pause(target: Target, call: Call): Promise<void> {
    await this.#change('pause', { target }, call, 'Pause');
  }

  async suspendToDisk(target: Target, call: Call): Promise<void> {
    await this.#change('suspendToDisk', { target }, call, 'SuspendToDisk');
  }

  async restoreFromDisk(target: Target, call: Call): Promise<void> {
    await this.#change('restoreFromDisk', { target }, call, 'SuspendToDisk');
  }

  async discardSavedState(target: Target, call: Call): Promise<void> {
    await this.#change('discardSavedState', { target }, call, 'SuspendToDisk');
  }

  async readGuest(machineId: string, call: Call): Promise<GuestReport> {
    this.#need('GuestAgent', 'readGuest');
    return this.#read('readGuest', { machineId }, call);
  }

  async setGuestPassword(target: Target, { user }: GuestPassword, call: Call): Promise<void> {
    await this.#change('setGuestPassword', { target, user }, call, 'GuestAgent');
  }

  async writeGuestFile(target: Target, { path, content, mode }: GuestFile, call: Call): Promise<void> {
    const ask = { target, path, sizeBytes: content.length, ...(mode !== undefined && { mode }) };
    await this.#change('writeGuestFile', ask, call, 'GuestAgent');
  }

  async freezeGuest(target: Target, call: Call): Promise<void> {
    await this.#change('freezeGuest', { target }, call, 'GuestAgent');
  }

  async resetGuestNetwork(target: Target, call: Call): Promise<void> {
    await this.#change('resetGuestNetwork', { target }, call, 'GuestAgent');
  }

  async thawGuest(target: Target, call: Call): Promise<void> {
    await this.#change('thawGuest', { target }, call, 'GuestAgent');
  }

  readDiagnostics(machineId: string, call: Call): Promise<Diagnostics> {
    return this.#read('readDiagnostics', { machineId }, call);
  }

  async readConsoleLog(machineId: string, maxBytes: number, call: Call): Promise<ConsoleTail> {
    this.#need('ConsoleLog', 'readConsoleLog');
    const { text, truncated } = await this.#read('readConsoleLog', { machineId, maxBytes }, call);
    return { content: Buffer.from(text), truncated };
  }

  async takeScreenshot(machineId: string, call: Call): Promise<Screenshot> {
    this.#need('Screenshot', 'takeScreenshot');
    return { format: 'PPM', content: Buffer.from(await this.#read('takeScreenshot', { machineId }, call), 'base64') };
  }

  drift(wanted: MachineSpec, machine: Machine): readonly Drift[] {
    return driftOf(wanted, machine);
  }

  async updateLive(target: Target, wanted: MachineSpec, drifts: readonly Drift[], call: Call): Promise<void> {
    const fields = drifts.filter(({ effect }) => effect === 'Live').map(({ field }) => field);
    await this.#change('updateLive', { target, wanted, fields }, call, 'LiveUpdate');
  }

  async resizeLive(target: Target, size: MachineSize, call: Call): Promise<void> {
    await this.#change('resizeLive', { target, size }, call, 'LiveResize');
  }

  async attachVolume(target: Target, volume: MachineVolume, call: Call): Promise<void> {
    await this.#change('attachVolume', { target, volume }, call);
  }

  async detachVolume(target: Target, id: string, call: Call): Promise<void> {
    await this.#change('detachVolume', { target, id }, call);
  }

  async growDisk({ pool, name }: DiskRef, sizeBytes: number, _user: Target | undefined, call: Call): Promise<void> {
    await this.#change('growDisk', { pool, name, sizeBytes }, call);
  }

  /** Nothing is ever written to the disks of a fake, so nothing of them is secret. */
  keepSecret(): Promise<void> {
    return Promise.reject(this.#noEncryption());
  }

  forgetSecret(): Promise<void> {
    return Promise.reject(this.#noEncryption());
  }

  #noEncryption(): DriverError {
    return new DriverError('Unsupported', `Host ${this.#config.host} has not the capability Encryption`);
  }

  diskUsers({ pool, name }: DiskRef, call: Call): Promise<readonly string[]> {
    return this.#read('diskUsers', { pool, name }, call);
  }

  #dial(call: Call): Link {
    const connection = new FakeConnection(this.#config, {
      event: (event) => this.#tell(event),
      lost: (error) => {
        if (this.#link?.connection !== connection) return;
        this.#link = undefined;
        this.#tell({ kind: 'Disconnected', error });
      },
    });
    return { connection, entered: connection.enter(call), observed: new Observed() };
  }

  #tell(event: HostEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #connected(): Link {
    if (this.#link !== undefined) return this.#link;
    throw new DriverError('HostUnreachable', `Host ${this.#config.host} is not connected`);
  }

  #read<V extends Verb>(verb: V, ask: Ask<V>, call: Call): Promise<Answer<V>> {
    return this.#ask(verb, ask, call, 'Reading');
  }

  async #change<V extends Verb>(verb: V, ask: Ask<V>, call: Call, needs?: Capability): Promise<Answer<V>> {
    if (needs !== undefined) this.#need(needs, verb);
    return this.#ask(verb, ask, call, 'Changing');
  }

  #need(capability: Capability, verb: Verb): void {
    if (this.capabilities.has(capability)) return;
    throw new DriverError('Unsupported', `Host ${this.#config.host} has not the capability ${capability} that ${verb} needs`);
  }

  async #ask<V extends Verb>(verb: V, ask: Ask<V>, call: Call, kind: Kind): Promise<Answer<V>> {
    return this.#connected().connection.ask(verb, ask, call, kind);
  }
}
