/**
 * A hypervisor in memory, behind the driver contract, for tests of the Instance controller. What people do on the host is
 * done by changing `machines`; `before` sees every call, and may refuse it.
 */
import type {
  BaseImage,
  Call,
  CapturedBase,
  CaptureSpec,
  CopySpec,
  Capability,
  DiskRef,
  Drift,
  Driver,
  HostFacts,
  HostObservation,
  LocateQuery,
  Machine,
  MachineSize,
  MachineSpec,
  MachineVolume,
  Merging,
  Power,
  RunMark,
  SwapSpec,
} from '../../../drivers/contract.ts';
import { isMadeFrom } from '../../../drivers/disk-names.ts';
import type { GuestFile, GuestPassword, GuestReport } from '../../../drivers/guest.ts';
import type { ConsoleTail, Diagnostics, Screenshot } from '../../../drivers/insight.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { isOwnedBy, type OwnerMark, type Target } from '../../../drivers/owner.ts';
import { consoleOf, diagnosticsOf, screenOf, type MemoryInsight } from './memory-insight.ts';
import { captureBase, checkCapturable } from './memory-bases.ts';
import { merge } from './memory-merging.ts';
import { MEMORY_CAPABILITIES, memoryFacts } from './memory-facts.ts';
import type { MemoryMachine } from './memory-machine.ts';
import { plugIn, plugOut, swap, usersOf, volumesOf } from './memory-volumes.ts';
import { MemoryStorage } from './memory-storage.ts';
import { answering, type MemoryAgent } from './memory-agent.ts';
import { resize } from './memory-size.ts';
import { driftOf, plugInterfaces } from './memory-drift.ts';

export type { MemoryMachine } from './memory-machine.ts';

export const MIB = 1024 * 1024;

export class MemoryDriver extends MemoryStorage implements Driver {
  readonly kind = 'memory';
  capabilities: ReadonlySet<Capability> = new Set(MEMORY_CAPABILITIES);
  readonly imageFormats = ['qcow2', 'raw'] as const;
  readonly machines = new Map<string, MemoryMachine>();
  bootId = 'boot-1';
  /** What guests do when they are asked to shut down. */
  heedsShutdown = true;
  /** What they do when they are asked to let go of a volume or an interface. */
  letsGo = true;

  /** What no operator should ever have asked for. */
  readonly violations: string[] = [];

  #violation(what: string): Error {
    this.violations.push(what);
    return new Error(what);
  }

  facts = (name: string): HostFacts => memoryFacts(name, this.bootId);

  connect = (): Promise<HostFacts> => Promise.reject(new Error('not scripted'));
  close = (): Promise<void> => Promise.resolve();
  onEvent = (): (() => void) => () => undefined;
  importBase = (): Promise<BaseImage> => Promise.reject(new Error('not scripted'));

  observation(): HostObservation {
    return { bootId: this.bootId, machines: [...this.machines.keys()].map((id) => this.#machine(id)) };
  }

  async observe(): Promise<HostObservation> {
    await this.call('observe');
    return this.observation();
  }

  async inspect(machineId: string): Promise<Machine | undefined> {
    await this.call('inspect');
    return this.machines.has(machineId) ? this.#machine(machineId) : undefined;
  }

  async locate({ machineIds, name, clusterId, namespacedName }: LocateQuery): Promise<readonly Machine[]> {
    await this.call('locate');
    return [...this.machines]
      .filter(([id, machine]) => {
        const mark = machine.owner;
        const marked =
          mark !== undefined &&
          mark.clusterId === clusterId &&
          mark.namespace === namespacedName?.namespace &&
          mark.name === namespacedName.name;
        return machineIds.includes(id) || machine.name === name || marked;
      })
      .map(([id]) => this.#machine(id));
  }

  async captureBase(target: Target, capture: CaptureSpec, { signal }: Call): Promise<CapturedBase> {
    await this.call('captureBase');
    signal.throwIfAborted();
    this.#owned(target, 'NotFound', (machine) => checkCapturable(machine, capture));
    return captureBase(this, capture);
  }

  async copyToBase(copy: CopySpec, { signal }: Call): Promise<BaseImage> {
    await this.call('copyToBase');
    signal.throwIfAborted();
    if (usersOf(this, copy.disk).length > 0) throw new DriverError('Conflict', 'a machine has it', { reason: 'DiskInUse' });
    const { quiesced: _, ...base } = captureBase(this, copy);
    return base;
  }

  endCapture = (): Promise<void> => this.call('endCapture');

  async mergeDisk(target: Target, disk: DiskRef): Promise<Merging> {
    await this.call('mergeDisk');
    let merging: Merging = { kind: 'Done' };
    this.#owned(target, 'NotFound', (machine) => {
      merging = merge(this, machine, disk);
    });
    return merging;
  }

  async deleteDisk({ pool, name }: DiskRef): Promise<void> {
    await this.call('deleteDisk');
    for (const { spec, plugged = [] } of this.machines.values())
      if ([...spec.disks, ...(spec.volumes ?? []), ...plugged].some((disk) => disk.name === name))
        throw this.#violation(`disk ${name} is in use`);
    if ([...this.disks.keys()].some((path) => isMadeFrom(path, `${pool}/${name}`) && !this.merged.has(path)))
      throw this.#violation(`disk ${name} is stood on`);
    this.origins.delete(`${pool}/${name}`);
    this.merged.delete(`${pool}/${name}`);
    this.disks.delete(`${pool}/${name}`);
    this.contents.delete(`${pool}/${name}`);
    this.standing.delete(`${pool}/${name}`);
  }

  async define(spec: MachineSpec): Promise<{ readonly machineId: string }> {
    await this.call('define');
    const machineId = spec.machineId ?? '';
    for (const { pool, name } of spec.disks) if (!this.disks.has(`${pool}/${name}`)) throw this.#violation(`no disk ${name}`);
    const known = this.machines.get(machineId);
    const sameName = [...this.machines].some(([id, { name }]) => id !== machineId && name === spec.name);
    if (sameName || (known !== undefined && !isOwnedBy(known.owner, spec.owner)))
      throw new DriverError('Conflict', 'somebody else’s', { reason: 'InstanceExists' });
    if (known === undefined) {
      this.machines.set(machineId, {
        name: spec.name,
        owner: spec.owner,
        power: 'Stopped',
        powerReason: 'Unknown',
        busy: false,
        persistent: true,
        filtered: false,
        spec,
        addresses: [],
      });
    } else {
      const kept = known.owner?.role === spec.owner.role ? known.owner : {};
      Object.assign(known, { owner: { ...kept, ...spec.owner }, persistent: true, spec });
    }
    return { machineId };
  }

  async setMark(target: Target, mark: OwnerMark): Promise<void> {
    await this.call('setMark');
    this.#owned(target, 'NotFound', (machine) => {
      machine.owner = mark;
    });
  }

  async adopt(machineId: string, mark: OwnerMark): Promise<void> {
    await this.call('adopt');
    const machine = this.machines.get(machineId);
    if (machine === undefined) throw new DriverError('NotFound', `machine ${machineId} is gone`);
    if (machine.owner !== undefined && machine.owner.role !== 'retained' && machine.owner.uid !== mark.uid)
      throw new DriverError('Conflict', 'not ours', { reason: 'NotOurs' });
    machine.owner = mark;
  }

  async undefine(target: Target): Promise<void> {
    await this.call('undefine');
    this.#owned(target, 'Done', (machine) => {
      if (machine.power === 'Running' || machine.power === 'Paused') throw new DriverError('Conflict', 'it is on');
      this.machines.delete(target.machineId);
    });
  }

  async startPaused(target: Target, { runId, bootHash }: RunMark): Promise<void> {
    await this.call('startPaused');
    this.#owned(target, 'NotFound', (machine) => {
      if (machine.power === 'Running' || machine.power === 'Paused') return;
      if (machine.power === 'Suspended') throw new DriverError('Conflict', 'it has a saved state');
      for (const { pool, name } of machine.spec.volumes ?? [])
        if (!this.disks.has(`${pool}/${name}`)) throw new DriverError('NotFound', `no disk ${name}`, { reason: 'DiskNotFound' });
      machine.plugged = machine.spec.volumes ?? [];
      machine.maximum = machine.spec.maximum;
      const owner = machine.owner && { ...machine.owner, runId, bootHash };
      Object.assign(machine, { power: 'Paused', powerReason: 'User', filtered: false, owner });
    });
  }

  async applyFilters(target: Target): Promise<void> {
    await this.call('applyFilters');
    this.#owned(target, 'NotFound', (machine) => {
      machine.filtered = true;
    });
  }

  async unpause(target: Target): Promise<void> {
    await this.call('unpause');
    this.#owned(target, 'NotFound', (machine) => {
      if (!machine.filtered) throw this.#violation('ran without its filters');
      this.#turn(machine, ['Paused', 'Running'], 'Running', 'User');
    });
  }

  async signalShutdown(target: Target): Promise<void> {
    await this.call('signalShutdown');
    this.#owned(target, 'Done', (machine) => {
      if (this.heedsShutdown) this.#turn(machine, ['Running'], 'Stopped', 'GuestShutdown');
    });
  }

  async powerOff(target: Target): Promise<void> {
    await this.call('powerOff');
    this.#owned(target, 'Done', (machine) => this.#turn(machine, ['Running', 'Paused', 'Stopped'], 'Stopped', 'Destroyed'));
  }

  async pause(target: Target): Promise<void> {
    await this.call('pause');
    this.#owned(target, 'NotFound', (machine) => this.#turn(machine, ['Running', 'Paused'], 'Paused', 'User'));
  }

  async injectNmi(target: Target): Promise<void> {
    await this.call('injectNmi');
    this.#owned(target, 'NotFound', (machine) => this.#turn(machine, ['Running'], 'Running', 'User'));
  }

  async suspendToDisk(target: Target): Promise<void> {
    await this.call('suspendToDisk');
    this.#owned(target, 'NotFound', (machine) => this.#turn(machine, ['Running', 'Paused', 'Suspended'], 'Suspended', 'Saved'));
  }

  async restoreFromDisk(target: Target): Promise<void> {
    await this.call('restoreFromDisk');
    this.#owned(target, 'NotFound', (machine) => this.#turn(machine, ['Suspended', 'Running'], 'Running', 'User'));
  }

  async discardSavedState(target: Target): Promise<void> {
    await this.call('discardSavedState');
    this.#owned(target, 'Done', (machine) => this.#turn(machine, ['Suspended', 'Stopped'], 'Stopped', 'Unknown'));
  }

  async readGuest(machineId: string): Promise<GuestReport> {
    await this.call('readGuest');
    const { report, frozen } = this.#agent(machineId);
    return frozen ? { frozen } : { frozen, ...report };
  }

  async setGuestPassword(target: Target, { user, password }: GuestPassword): Promise<void> {
    await this.call('setGuestPassword');
    this.#owned(target, 'NotFound', () => this.#agent(target.machineId).passwords.set(user, password));
  }

  async writeGuestFile(target: Target, file: GuestFile): Promise<void> {
    await this.call('writeGuestFile');
    this.#owned(target, 'NotFound', () => this.#agent(target.machineId).files.set(file.path, file));
  }

  async freezeGuest(target: Target): Promise<void> {
    await this.call('freezeGuest');
    this.#owned(target, 'NotFound', () => {
      this.#agent(target.machineId).frozen = true;
    });
  }

  async resetGuestNetwork(target: Target): Promise<void> {
    await this.call('resetGuestNetwork');
    this.#owned(target, 'NotFound', () => {
      this.#agent(target.machineId).networkResets += 1;
    });
  }

  async thawGuest(target: Target): Promise<void> {
    await this.call('thawGuest');
    this.#owned(target, 'Done', ({ power }) => {
      if (power === 'Running') this.#agent(target.machineId).frozen = false;
    });
  }

  #agent(machineId: string): MemoryAgent {
    const { power, agent } = this.machines.get(machineId) ?? {};
    if (power !== 'Running') throw new DriverError('Conflict', 'no guest runs');
    return answering(agent);
  }

  async readDiagnostics(machineId: string): Promise<Diagnostics> {
    await this.call('readDiagnostics');
    return diagnosticsOf(...this.#insight(machineId));
  }

  async readConsoleLog(machineId: string, maxBytes: number): Promise<ConsoleTail> {
    await this.call('readConsoleLog');
    return consoleOf(...this.#insight(machineId), maxBytes);
  }

  async takeScreenshot(machineId: string): Promise<Screenshot> {
    await this.call('takeScreenshot');
    return screenOf(...this.#insight(machineId));
  }

  #insight(machineId: string): [Machine | undefined, MemoryInsight | undefined] {
    const machine = this.machines.get(machineId);
    return [machine && this.#machine(machineId), machine?.insight];
  }

  drift(wanted: MachineSpec, { machineId }: Machine): readonly Drift[] {
    return driftOf(wanted, this.machines.get(machineId)?.spec.interfaces ?? []);
  }

  async updateLive(target: Target, wanted: MachineSpec): Promise<void> {
    await this.call('updateLive');
    this.#owned(target, 'NotFound', (machine) => plugInterfaces(machine, wanted.interfaces, this.letsGo));
  }

  async resizeLive(target: Target, size: MachineSize): Promise<void> {
    await this.call('resizeLive');
    this.#owned(target, 'NotFound', (machine) => resize(machine, size));
  }

  async attachVolume(target: Target, volume: MachineVolume): Promise<void> {
    await this.call('attachVolume');
    this.#owned(target, 'NotFound', (machine) => plugIn(this, machine, volume));
  }

  async detachVolume(target: Target, id: string): Promise<void> {
    await this.call('detachVolume');
    this.#owned(target, 'Done', (machine) => plugOut(this, machine, id));
  }

  async swapVolume(target: Target, { to, sizeBytes }: SwapSpec, { signal }: Call): Promise<void> {
    await this.call('swapVolume');
    signal.throwIfAborted();
    this.#owned(target, 'NotFound', (machine) => swap(this, machine, to, sizeBytes));
  }

  async endSwap(target: Target): Promise<void> {
    await this.call('endSwap');
    this.#owned(target, 'Done', () => undefined);
  }

  async diskUsers(disk: DiskRef): Promise<readonly string[]> {
    await this.call('diskUsers');
    return usersOf(this, disk);
  }

  #owned(target: Target, whenGone: 'Done' | 'NotFound', change: (machine: MemoryMachine) => void): void {
    const machine = this.machines.get(target.machineId);
    if (machine === undefined) {
      if (whenGone === 'Done') return;
      throw new DriverError('NotFound', `machine ${target.machineId} is gone`);
    }
    if (!isOwnedBy(machine.owner, target)) throw new DriverError('Conflict', 'not ours', { reason: 'NotOurs' });
    change(machine);
  }

  #turn(machine: MemoryMachine, from: readonly Power[], power: Power, powerReason: string): void {
    if (!from.includes(machine.power)) throw new DriverError('Conflict', `${machine.power} cannot become ${power}`);
    if (machine.power !== power) Object.assign(machine, { power, powerReason });
    if (power === 'Stopped') machine.plugged = [];
  }

  #machine(machineId: string): Machine {
    const machine = this.machines.get(machineId);
    if (machine === undefined) throw new Error(`no machine ${machineId}`);
    const { name, owner, power, powerReason, busy, persistent, spec, maximum, addresses } = machine;
    return {
      machineId,
      name,
      power,
      powerReason,
      ...(owner === undefined ? {} : { owner }),
      busy,
      persistent,
      vcpus: spec.vcpus,
      memoryBytes: spec.memoryBytes,
      ...(maximum && { maximum }),
      disks: spec.disks,
      ...volumesOf(machine),
      interfaces: spec.interfaces.map(({ mac }) => ({ mac, addresses })),
      ...(power === 'Running' ? { guestAgent: machine.agent === undefined ? 'Disconnected' : 'Connected' } : {}),
      definition: JSON.stringify(spec),
    };
  }
}
