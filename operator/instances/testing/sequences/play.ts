/**
 * A world in which anything may happen in any order: what users edit and ask for, what people and guests do on the hosts,
 * what fails, and an operator that is killed. Operations (operations.ts) act on it.
 */
import type { InstanceSpec } from '../../../../crds/instance.ts';
import type { InstanceActionSpec } from '../../../../crds/instance-action.ts';
import type { InstanceSnapshotSpec } from '../../../../crds/instance-snapshot.ts';
import type { VolumeSpec } from '../../../../crds/volume.ts';
import { DriverError, type Label } from '../../../../drivers/labels.ts';
import { INSTANCE_ACTIONS, INSTANCE_SNAPSHOTS } from '../../../resources.ts';
import { base, InstanceWorld } from '../instance-world.ts';
import type { MemoryDriver, MemoryMachine } from '../memory-driver.ts';
import { makeObjects } from './objects.ts';

export type Edit = { readonly [Field in keyof InstanceSpec]?: InstanceSpec[Field] | null };

/** `Own`: each host has a pool of its own. `Shared`: the hosts have one pool, and the Hypervisors say so. */
export type Pools = 'Own' | 'Shared';

const isOfVolume = (path: string): boolean => path.includes('/volume-');

function forgetDisks({ disks, origins }: MemoryDriver, which: (path: string) => boolean): void {
  for (const path of [...disks.keys()].filter(which)) {
    disks.delete(path);
    origins.delete(path);
  }
}

export class Play {
  readonly world = new InstanceWorld();
  readonly pools: Pools;
  /** It was to be retained or abandoned at some time: what was left stays, and is nobody's. */
  letGo = false;
  statusLost = false;
  /** It was to be kept for a time only. */
  wasReclaimed = false;
  /** Somebody took the machine to another host, disks and all. */
  moved = false;
  #asked = 0;
  readonly #spec: Partial<InstanceSpec>;
  /** Calls that may still be made before the operator is killed. */
  #killIn = Number.POSITIVE_INFINITY;
  #failing: { readonly verb: string; readonly label: Label; left: number } | undefined;

  /** `spec`: of the Instance, beside what every one has. */
  constructor(pools: Pools, spec: Partial<InstanceSpec> = {}) {
    this.pools = pools;
    this.#spec = spec;
  }

  async begin(): Promise<void> {
    if (this.pools === 'Shared') this.#sharePool();
    await this.world.start();
    if (this.pools === 'Own') await this.world.share('host-b', 'own');
    await makeObjects(this.world);
    this.#takeHold();
    await this.world.create(this.#spec);
  }

  async edit(spec: Edit): Promise<void> {
    this.letGo ||= typeof spec.deletionPolicy === 'string';
    this.wasReclaimed ||= spec.lifecycle?.reclaimAfter !== undefined;
    if ((await this.world.find()) !== undefined) await this.world.edit(spec);
  }

  async act(spec: Partial<InstanceActionSpec>): Promise<void> {
    this.#asked += 1;
    // They are of one second, and go by their names.
    await this.world.act(`act-${String(this.#asked).padStart(3, '0')}`, spec);
  }

  /** One, which later restores put the disk back to. */
  async keepSnapshot(): Promise<void> {
    if ((await this.world.findSnapshot()) === undefined) await this.world.snapshot();
  }

  async deleteActions(): Promise<void> {
    for (const { metadata } of this.world.api.objects(INSTANCE_ACTIONS)) await this.world.deleteAction(metadata.name);
  }

  async delete(): Promise<void> {
    if ((await this.world.find()) !== undefined) await this.world.delete();
  }

  async createAgain(): Promise<void> {
    if ((await this.world.find()) === undefined) await this.world.create(this.#spec);
  }

  /** Somebody, or the guest, does something to every machine in one of these states. */
  onMachines(from: readonly MemoryMachine['power'][], change: Partial<MemoryMachine>): void {
    for (const machine of this.world.machines()) if (from.includes(machine.power)) Object.assign(machine, change);
  }

  /** Of one that runs the definition only. Disks that were taken to a host go with their machine there, until the operator knows of it. */
  async undefineByHand(): Promise<void> {
    const known = (await this.world.find())?.status?.hypervisorName;
    for (const { name, driver } of this.world.hosts.list())
      for (const [id, machine] of driver.machines) {
        if (machine.power !== 'Stopped') machine.persistent = false;
        else driver.machines.delete(id);
        if (machine.power === 'Stopped' && name !== known && this.pools === 'Own') forgetDisks(driver, (path) => !isOfVolume(path));
      }
  }

  /** What ran there is off, and nobody remembers why. Whoever contacts it again observes it first. */
  restartHost(): void {
    const { driver } = this.world.host();
    driver.bootId += '+';
    for (const machine of driver.machines.values())
      if (machine.power === 'Running' || machine.power === 'Paused') Object.assign(machine, { power: 'Stopped', powerReason: 'Unknown' });
    this.world.hosts.look('host-a');
  }

  /** From host-a to host-b, with its disks where each host has its own; nobody takes volumes there. */
  moveByHand(): void {
    const { driver } = this.world.host();
    const [machine, ...others] = this.world.machines();
    if (machine === undefined || others.length > 0 || driver.machines.size !== 1) return;
    // docs/concepts.md: one that never ran as it is defined is not told from what an old attempt left.
    if (machine.owner?.runId === undefined) return;
    if (this.pools === 'Own' && [...(machine.spec.volumes ?? []), ...(machine.plugged ?? [])].length > 0) return;
    const left = new Set([...driver.disks.keys()].filter(isOfVolume));
    this.world.moveByHand();
    if (this.pools === 'Shared') return;
    this.moved = true;
    forgetDisks(driver, (path) => !isOfVolume(path));
    forgetDisks(this.world.host('host-b').driver, (path) => left.has(path));
  }

  /** Both from the definition and from what runs. */
  detachByHand(): void {
    for (const machine of this.world.machines()) Object.assign(machine, { plugged: [], spec: { ...machine.spec, volumes: [] } });
  }

  async makeVolume(name: string, spec: Partial<VolumeSpec> = {}): Promise<void> {
    if ((await this.world.findVolume(name)) === undefined) await this.world.createVolume(name, spec);
  }

  async growVolume(name: string): Promise<void> {
    if ((await this.world.findVolume(name)) !== undefined) await this.world.editVolume({ size: '16Mi' }, name);
  }

  async deleteVolume(name: string): Promise<void> {
    if ((await this.world.findVolume(name)) !== undefined) await this.world.deleteVolume(name);
  }

  async snapshot(spec: Partial<InstanceSnapshotSpec>): Promise<void> {
    this.#asked += 1;
    await this.world.snapshot(`snap-${String(this.#asked).padStart(3, '0')}`, spec);
  }

  async deleteSnapshots(): Promise<void> {
    for (const { metadata } of this.world.api.objects(INSTANCE_SNAPSHOTS)) await this.world.deleteSnapshot(metadata.name);
  }

  /** Ids of machines that live on both hosts. */
  runsTwice(): readonly string[] {
    const living = this.world.hosts
      .list()
      .flatMap(({ driver }) => [...driver.machines].filter(([, { power }]) => power === 'Running' || power === 'Paused'))
      .map(([id]) => id);
    return living.filter((id, index) => living.indexOf(id) !== index);
  }

  /** What the next call changes is changed, and nobody hears of it. */
  loseAnswer(): void {
    let left = 1;
    for (const host of this.world.hosts.list())
      host.answers = (slot) => {
        if (slot === 'Read' || left === 0) return;
        left -= 1;
        throw new DriverError('Unknown', 'no answer in time');
      };
  }

  /** As a restore from a backup does: which image the disk was made from, and what an action made, nobody knows any more. */
  async loseStatus(): Promise<void> {
    if ((await this.world.find()) === undefined) return;
    this.statusLost = true;
    await this.world.loseStatus();
    await this.world.settle();
  }

  /** The next calls of that verb, on any host, fail. */
  fail(verb: string, label: Label, times: number): void {
    this.#failing = { verb, label, left: times };
  }

  killAfter(calls: number): void {
    this.#killIn = calls;
  }

  async restart(): Promise<void> {
    await this.world.stopOperator();
    this.#killIn = Number.POSITIVE_INFINITY;
    // The next process has observed nothing yet.
    for (const host of this.world.hosts.list()) host.forget();
    await this.world.restartOperator();
    this.#takeHold();
  }

  /** Of machines that live, those from under which a disk was taken. */
  cutOff(): readonly string[] {
    return this.world.hosts.list().flatMap(({ name, driver }) =>
      [...driver.machines.values()]
        .filter(({ power }) => power === 'Running' || power === 'Paused')
        .flatMap(({ spec, plugged = [] }) => [spec.disks, plugged].flat())
        .filter((disk) => !driver.disks.has(`${disk.pool}/${disk.name}`))
        .map((disk) => `${name}/${disk.name}`),
    );
  }

  /** Actions and snapshots that are neither done nor given up. */
  unfinished(): readonly string[] {
    const asked = [...this.world.api.objects(INSTANCE_ACTIONS), ...this.world.api.objects(INSTANCE_SNAPSHOTS)];
    return asked.filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed').map(({ metadata }) => metadata.name);
  }

  /** From now on everything answers and nobody interferes. */
  async mend(): Promise<void> {
    this.#failing = undefined;
    this.world.base = { kind: 'Ready', base: base('base-1') };
    for (const host of this.world.hosts.list()) {
      host.turn('True');
      host.answers = () => undefined;
      host.driver.letsGo = true;
    }
    await this.restart();
  }

  /** What lies in the pool lies there for both. */
  #sharePool(): void {
    const { disks, origins, copied, contents, bases, standing } = this.world.host().driver;
    Object.assign(this.world.host('host-b').driver, { disks, origins, copied, contents, bases, standing });
  }

  #takeHold(): void {
    const alive = (): void => {
      this.#killIn -= 1;
      if (this.#killIn < 0) throw new Error('killed');
    };
    this.world.api.before = ({ fieldManager }) => {
      if (fieldManager === 'hostler/instances') alive();
    };
    for (const { driver } of this.world.hosts.list()) {
      driver.before = (verb) => {
        alive();
        this.#mayFail(verb);
      };
    }
  }

  #mayFail(verb: string): void {
    const failing = this.#failing;
    if (failing?.verb !== verb || failing.left === 0) return;
    failing.left -= 1;
    throw new DriverError(failing.label, `${verb} fails`);
  }
}
