/**
 * What one case plays on: a machine of its own that is, or will be, on the host, the driver under test, and a witness -
 * another connection, which sees the host and not what the driver remembers.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Call, DiskRef, Driver, HostEvent, Machine, MachineSpec } from '../contract.ts';
import { topmostFirst } from '../disk-names.ts';
import type { OwnerMark, Target } from '../owner.ts';
import type { Harness, HarnessDescription, OutOfBand } from './harness.ts';

/** Of the operator that the cases play. */
export const CLUSTER_ID = 'conformance-cluster';
export const NAMESPACE = 'conformance';
const CONFIG_BYTES = 64 * 1024;
const HEARING_MS = 5_000;

export type HeardKind = HostEvent['kind'] | Extract<HostEvent, { change: string }>['change'];

export interface Stage {
  readonly description: HarnessDescription;
  readonly harness: Harness;
  /** Key of the base image that all cases share. */
  readonly baseKey: string;
}

export class Scene {
  readonly stage: Stage;
  readonly driver: Driver;
  readonly events: HostEvent[] = [];
  readonly uid = randomUUID() as string;
  readonly name: string;
  readonly mac = ['02', ...(randomBytes(5).toString('hex').match(/../g) ?? [])].join(':');
  /** Of the machine that the case is about; until there is one, an id that no machine has. */
  machineId = randomUUID() as string;
  /** How every verb is called. */
  patience: Call = { signal: new AbortController().signal, timeoutMs: 20_000 };
  readonly #releases: (() => Promise<void>)[] = [];
  readonly #madeBehind: string[] = [];
  #witness: Driver | undefined;

  private constructor(stage: Stage) {
    this.stage = stage;
    this.driver = stage.harness.open();
    this.name = `conformance-${this.uid.slice(0, 8)}`;
    this.driver.onEvent((event) => this.events.push(event));
  }

  static async open(stage: Stage): Promise<Scene> {
    const scene = new Scene(stage);
    await scene.driver.connect(scene.call());
    return scene;
  }

  get host(): OutOfBand {
    return this.stage.harness.host;
  }

  get pool(): string {
    return this.stage.harness.pool;
  }

  call(): Call {
    return this.patience;
  }

  owner(over: Partial<OwnerMark> = {}): OwnerMark {
    return { clusterId: CLUSTER_ID, namespace: NAMESPACE, name: this.name, uid: this.uid, role: 'main', ...over };
  }

  target(): Target {
    return { machineId: this.machineId, clusterId: CLUSTER_ID, uid: this.uid };
  }

  disk(suffix: string): DiskRef {
    return { pool: this.pool, name: `${this.name}-${suffix}` };
  }

  /** Boots the harness' image, with a config drive and one interface. */
  spec(over: Partial<MachineSpec> = {}): MachineSpec {
    const { memoryBytes, network } = this.stage.harness;
    return {
      ...(this.stage.description.machineIds === 'Chosen' && { machineId: this.uid }),
      name: this.name,
      owner: this.owner(),
      vcpus: 1,
      memoryBytes,
      disks: [
        { ...this.disk('root'), role: 'root' },
        { ...this.disk('config'), role: 'config' },
      ],
      interfaces: [{ name: 'eth0', mac: this.mac, source: { network } }],
      ...over,
    };
  }

  /** The disks that `spec` names. */
  async makeDisks(): Promise<void> {
    const { baseKey, harness } = this.stage;
    await this.driver.createDisk({ ...this.disk('root'), sizeBytes: harness.image.virtualSizeBytes, baseKey }, this.call());
    await this.driver.writeDisk(this.disk('config'), new Uint8Array(CONFIG_BYTES), this.call());
  }

  async define(over: Partial<MachineSpec> = {}): Promise<void> {
    ({ machineId: this.machineId } = await this.driver.define(this.spec(over), this.call()));
  }

  async makeForeign(name: string, machineId?: string): Promise<string> {
    const made = await this.host.makeForeignMachine(name, machineId);
    this.#madeBehind.push(made);
    return made;
  }

  /** Resolves when the driver told, or has told already, of such a thing; rejects when it does not within some seconds. */
  async heard(kind: HeardKind): Promise<void> {
    const deadline = performance.now() + HEARING_MS;
    while (!this.events.some((event) => event.kind === kind || ('change' in event && event.change === kind))) {
      if (performance.now() > deadline) throw new Error(`no event ${kind} was heard; heard: ${JSON.stringify(this.events)}`);
      await sleep(10);
    }
  }

  /** Ends what was begun to last. */
  async release(): Promise<void> {
    for (const release of this.#releases.splice(0)) await release();
  }

  /** `end` is called when the case lets it go, or at its end. */
  lasts(end: () => Promise<void>): void {
    this.#releases.push(end);
  }

  async witness(): Promise<Driver> {
    if (this.#witness !== undefined) return this.#witness;
    const witness = this.stage.harness.open();
    await witness.connect(this.call());
    this.#witness = witness;
    return witness;
  }

  /** The machine as another connection sees it. */
  async seen(): Promise<Machine | undefined> {
    return (await this.witness()).inspect(this.machineId, this.call());
  }

  /** Removes whatever the case left, through hands that need no mark. */
  async close(): Promise<void> {
    await this.release();
    await this.driver.close();
    await this.#witness?.close();
    this.#witness = undefined;
    const witness = await this.witness();
    const left = (await witness.observe(this.call())).machines.filter(({ name }) => name.startsWith(this.name));
    for (const machineId of new Set([...left.map((machine) => machine.machineId), ...this.#madeBehind])) {
      await this.host.destroy(machineId);
      await this.host.undefine(machineId);
    }
    const { copying } = this.stage.harness;
    const pools = [this.pool, ...(copying === undefined ? [] : [copying])];
    const disks = await witness.listDisks({ pools, namePrefix: this.name }, this.call());
    for (const disk of topmostFirst(disks)) await witness.deleteDisk(disk, this.call());
    for (const pool of pools) await witness.deleteBase(pool, this.baseKey, this.call());
    await witness.close();
  }

  /** Of a base image of the case's own. */
  get baseKey(): string {
    return `${this.name}-base`;
  }
}
