/**
 * The Instance controller in a world in memory: an API server, two hosts, time that obeys the test, and an operator that
 * can be killed and started again.
 */
import type { FlavorSpec } from '../../../crds/flavor.ts';
import type { Instance, InstanceSpec } from '../../../crds/instance.ts';
import type { Image, ImageProperties } from '../../../crds/image.ts';
import type { InstanceActionSpec } from '../../../crds/instance-action.ts';
import type { InstanceSnapshot, InstanceSnapshotSpec } from '../../../crds/instance-snapshot.ts';
import type { Volume, VolumeSpec } from '../../../crds/volume.ts';
import type { BaseImage } from '../../../drivers/contract.ts';
import { Metrics } from '../../kernel/http/metrics.ts';
import type { Lease } from '../../kernel/lease/lease.ts';
import { createManager } from '../../kernel/manager/manager.ts';
import type { Manager } from '../../kernel/manager/types.ts';
import { findCondition } from '../../kernel/status/conditions.ts';
import { ManualClock, settled } from '../../kernel/testing/manual-clock.ts';
import { MemoryApi } from '../../kernel/testing/memory-api.ts';
import { MemoryLogger } from '../../kernel/testing/memory-logger.ts';
import { FLAVORS, HYPERVISORS, IMAGES, INSTANCE_ACTIONS, INSTANCE_SNAPSHOTS, INSTANCES, NETWORKS, VOLUMES } from '../../resources.ts';
import { addImageRemoval } from '../../images/removal.ts';
import { FairSlots } from '../../images/transfers/fair-slots.ts';
import { addShelvingController } from '../../shelving/controller.ts';
import { addSnapshots } from '../../snapshots/snapshots.ts';
import { MemoryStore, storesIn } from '../../stores/testing/memory-store.ts';
import { addActionController } from '../../actions/controller.ts';
import { addVolumeController } from '../../volumes/controller.ts';
import { addInstanceController } from '../controller.ts';
import type { BaseImages, BaseState } from '../ports.ts';
import { MIB, type MemoryMachine } from './memory-driver.ts';
import { MemoryHost, MemoryHosts } from './memory-hosts.ts';
import { READS } from './reading-verbs.ts';
import { memoryTransfers } from './memory-transfers.ts';

export const SHA = 'a'.repeat(64);
const TURNS = 60;
const NAMESPACE = 'default';

export class InstanceWorld {
  readonly clock = new ManualClock();
  readonly api = new MemoryApi(() => this.clock.now());
  readonly log = new MemoryLogger();
  readonly hosts = new MemoryHosts();
  readonly call = { signal: new AbortController().signal };
  /** What every ImageStore is. */
  readonly store = new MemoryStore();
  base: BaseState = { kind: 'Ready', base: base('base-1') };
  /** Where it is another one, by name of the Image. */
  readonly bases = new Map<string, BaseState>();
  readonly turns = new FairSlots(2);
  #running: { readonly stop: AbortController; readonly run: Promise<void> } | undefined;

  constructor() {
    for (const name of ['host-a', 'host-b']) this.hosts.add(new MemoryHost(name, this.clock));
  }

  /** Hosts, flavor, image and network, and an operator. */
  async start(): Promise<void> {
    await this.makeHypervisor('host-a');
    await this.makeHypervisor('host-b');
    await this.makeReferences();
    this.hosts.tick();
    await this.startOperator();
  }

  async makeHypervisor(name: string): Promise<void> {
    const spec = {
      driver: 'fake',
      fake: { socket: `/${name}` },
      networks: { lab: { network: 'default' } },
      pools: { main: { pool: 'default', sharedId: 'shared' } },
    } as const;
    await this.api.create(HYPERVISORS, { metadata: { name }, spec }, this.call);
  }

  async makeReferences(): Promise<void> {
    await this.api.create(FLAVORS, { metadata: { name: 'tiny' }, spec: { vcpus: 1, memory: '16Mi', rootDisk: '16Mi' } }, this.call);
    await this.api.create(FLAVORS, { metadata: { name: 'small' }, spec: { vcpus: 2, memory: '32Mi', rootDisk: '16Mi' } }, this.call);
    await this.api.create(FLAVORS, { metadata: { name: 'big' }, spec: { vcpus: 2, memory: '32Mi', rootDisk: '64Mi' } }, this.call);
    const sources = [{ format: 'qcow2', http: { url: 'http://192.0.2.1/demo' }, checksum: { sha256: SHA } }] as const;
    await this.api.create(IMAGES, { metadata: { namespace: NAMESPACE, name: 'demo' }, spec: { sources } }, this.call);
    await this.api.create(NETWORKS, { metadata: { namespace: NAMESPACE, name: 'lab' }, spec: { hostNetwork: 'lab' } }, this.call);
  }

  async makeFlavor(name: string, spec: FlavorSpec): Promise<void> {
    await this.api.create(FLAVORS, { metadata: { name }, spec }, this.call);
    await settled(TURNS);
  }

  /** Another image that is on every host. */
  async makeImage(name: string, sha256 = 'b'.repeat(64), properties: ImageProperties = {}): Promise<void> {
    const sources = [{ format: 'qcow2', http: { url: `http://192.0.2.1/${name}` }, checksum: { sha256 } }] as const;
    await this.api.create(IMAGES, { metadata: { namespace: NAMESPACE, name }, spec: { sources, properties } }, this.call);
    this.bases.set(name, { kind: 'Ready', base: base(`base-${name}`) });
    await settled(TURNS);
  }

  async startOperator(): Promise<void> {
    const manager = createManager({
      client: this.api,
      clock: this.clock,
      log: this.log,
      metrics: new Metrics(),
      random: () => 0.5,
      program: 'hostler',
      domain: 'hostler.dev',
      identity: 'test',
      graceMs: 0,
    });
    const stores = storesIn(manager, this.store);
    const captures = addSnapshots(manager, openLease(), { clusterId: 'cluster', hosts: this.hosts, stores, turns: this.turns });
    addImageRemoval(manager, openLease(), this.hosts, stores);
    addInstanceController(manager, openLease(), { clusterId: 'cluster', hosts: this.hosts, bases: this.#bases(), captures, workers: 4 });
    addActionController(manager, openLease(), { clusterId: 'cluster', hosts: this.hosts });
    addShelvingController(manager, openLease());
    addVolumeController(manager, openLease(), { clusterId: 'cluster', hosts: this.hosts, bases: this.#bases(), turns: this.turns });
    const stop = new AbortController();
    this.#running = { stop, run: runQuietly(manager, stop.signal) };
    await settled(TURNS);
  }

  /** Ends the operator; what it was about to do it does not do any more. */
  async stopOperator(): Promise<void> {
    this.#running?.stop.abort(new Error('killed'));
    await settled(TURNS);
    await this.clock.advance(1);
    await this.#running?.run;
    this.#running = undefined;
  }

  /** From the next call on after `calls` more of them, to hosts or to the API, this operator does nothing any more. */
  killAfter(calls: number): void {
    let left = calls;
    const before = (): void => {
      left -= 1;
      if (left < 0) throw new Error('killed');
    };
    for (const { driver } of this.hosts.list()) driver.before = before;
    this.api.before = ({ fieldManager }) => {
      if (KILLED.has(fieldManager ?? '')) before();
    };
  }

  /** Ends it for good, and starts another. */
  async restartOperator(): Promise<void> {
    await this.stopOperator();
    for (const { driver } of this.hosts.list()) driver.before = () => undefined;
    this.api.before = () => undefined;
    await this.startOperator();
  }

  /** Lets time pass in ticks of the hosts, until nothing is left to do. */
  async pass(ticks = 6): Promise<void> {
    for (let tick = 0; tick < ticks; tick += 1) {
      await this.clock.advance(10_000);
      this.hosts.tick();
      await settled(TURNS);
    }
  }

  settle = (): Promise<void> => settled(TURNS);

  async create(spec: Partial<InstanceSpec> = {}, name = 'demo'): Promise<void> {
    await this.api.create(
      INSTANCES,
      {
        metadata: { namespace: NAMESPACE, name },
        spec: { flavorName: 'tiny', ...(spec.rootVolume === undefined ? { imageName: 'demo' } : {}), ...spec },
      },
      this.call,
    );
    await settled(TURNS);
  }

  async edit(spec: { readonly [Field in keyof InstanceSpec]?: InstanceSpec[Field] | null }, name = 'demo'): Promise<void> {
    await this.api.mergePatch(INSTANCES, { namespace: NAMESPACE, name }, { spec }, this.call);
    await settled(TURNS);
  }

  /** As a restore from a backup without status does. */
  async loseStatus(name = 'demo'): Promise<void> {
    const status = Object.fromEntries(Object.keys((await this.get(name)).status ?? {}).map((field) => [field, null]));
    await this.api.mergePatch(INSTANCES, { namespace: NAMESPACE, name }, { status }, this.call, { subresource: 'status' });
  }

  async delete(name = 'demo'): Promise<void> {
    await this.api.delete(INSTANCES, { namespace: NAMESPACE, name }, this.call);
    await settled(TURNS);
  }

  async act(name = 'start', spec: Partial<InstanceActionSpec> = {}): Promise<void> {
    await this.api.create(
      INSTANCE_ACTIONS,
      { metadata: { namespace: NAMESPACE, name }, spec: { instanceName: 'demo', action: 'Start', ...spec } },
      this.call,
    );
    await settled(TURNS);
  }

  /** `Succeeded Started`. */
  async acted(name = 'start'): Promise<string> {
    const found = await this.api.find(INSTANCE_ACTIONS, { namespace: NAMESPACE, name }, this.call);
    return `${found?.status?.phase ?? 'none'} ${findCondition(found?.status?.conditions, 'Ready')?.reason ?? ''}`;
  }

  /** A snapshot of the Instance `demo`. */
  async snapshot(name = 'snap', spec: Partial<InstanceSnapshotSpec> = {}): Promise<void> {
    await this.api.create(
      INSTANCE_SNAPSHOTS,
      { metadata: { namespace: NAMESPACE, name }, spec: { instanceName: 'demo', ...spec } },
      this.call,
    );
    await settled(TURNS);
  }

  findSnapshot(name = 'snap'): Promise<InstanceSnapshot | undefined> {
    return this.api.find(INSTANCE_SNAPSHOTS, { namespace: NAMESPACE, name }, this.call);
  }

  /** `Succeeded Captured`. */
  async snapped(name = 'snap'): Promise<string> {
    const found = await this.findSnapshot(name);
    return `${found?.status?.phase ?? 'none'} ${findCondition(found?.status?.conditions, 'Ready')?.reason ?? ''}`;
  }

  async deleteSnapshot(name = 'snap'): Promise<void> {
    await this.api.delete(INSTANCE_SNAPSHOTS, { namespace: NAMESPACE, name }, this.call);
    await settled(TURNS);
  }

  findImage(name: string): Promise<Image | undefined> {
    return this.api.find(IMAGES, { namespace: NAMESPACE, name }, this.call);
  }

  async deleteImage(name: string): Promise<void> {
    await this.api.delete(IMAGES, { namespace: NAMESPACE, name }, this.call);
    await settled(TURNS);
  }

  /** Base images on any host. */
  basesOf(): readonly string[] {
    return this.hosts.list().flatMap(({ name, driver }) => [...driver.bases.keys()].map((key) => `${name}/${key}`));
  }

  async deleteAction(name: string): Promise<void> {
    await this.api.delete(INSTANCE_ACTIONS, { namespace: NAMESPACE, name }, this.call);
    await settled(TURNS);
  }

  async createVolume(name = 'data', spec: Partial<VolumeSpec> = {}): Promise<void> {
    await this.api.create(
      VOLUMES,
      { metadata: { namespace: NAMESPACE, name }, spec: { ...(spec.existing === undefined && { size: '8Mi' }), ...spec } },
      this.call,
    );
    await settled(TURNS);
  }

  async editVolume(spec: Partial<VolumeSpec>, name = 'data'): Promise<void> {
    await this.api.mergePatch(VOLUMES, { namespace: NAMESPACE, name }, { spec }, this.call);
    await settled(TURNS);
  }

  async deleteVolume(name = 'data'): Promise<void> {
    await this.api.delete(VOLUMES, { namespace: NAMESPACE, name }, this.call);
    await settled(TURNS);
  }

  findVolume(name = 'data'): Promise<Volume | undefined> {
    return this.api.find(VOLUMES, { namespace: NAMESPACE, name }, this.call);
  }

  /** `InUse Ready=True InUse demo`: the phase, readiness, and who has it. */
  async volume(name = 'data'): Promise<string> {
    const found = await this.findVolume(name);
    const ready = findCondition(found?.status?.conditions, 'Ready');
    const users = (found?.status?.attachedTo ?? []).map(({ instanceName }) => instanceName);
    return found === undefined ? 'none' : [found.status?.phase, `Ready=${ready?.status} ${ready?.reason}`, ...users].join(' ');
  }

  /** `data Attached`, ..., as status has them. */
  async attached(name = 'demo'): Promise<readonly string[]> {
    return ((await this.find(name))?.status?.volumes ?? []).map((one) => `${one.name} ${one.phase}`);
  }

  find(name = 'demo'): Promise<Instance | undefined> {
    return this.api.find(INSTANCES, { namespace: NAMESPACE, name }, this.call);
  }

  async get(name = 'demo'): Promise<Instance> {
    return this.api.get(INSTANCES, { namespace: NAMESPACE, name }, this.call);
  }

  /** `Ready=True Running`. */
  async ready(name = 'demo'): Promise<string> {
    const condition = findCondition((await this.find(name))?.status?.conditions, 'Ready');
    return condition === undefined ? 'none' : `Ready=${condition.status} ${condition.reason}`;
  }

  /** `True SpecChanged`; undefined: there is no such condition. */
  async condition(type: string, name = 'demo'): Promise<string | undefined> {
    const found = findCondition((await this.find(name))?.status?.conditions, type);
    return found && `${found.status} ${found.reason}`;
  }

  /** How often the verb was called on the host. */
  called(verb: string, host = 'host-a'): number {
    return this.host(host).driver.calls.filter((call) => call === verb).length;
  }

  /** Something happens to the only machine. */
  turn(power: MemoryMachine['power'], powerReason: string): void {
    Object.assign(this.machine(), { power, powerReason });
  }

  /**
   * Somebody moves the only machine from host-a to host-b, disks and all. What is left is switched off, for the reason given,
   * with its disks; or nothing.
   */
  moveByHand(leftOver?: { readonly powerReason: string }): MemoryMachine {
    const here = this.host().driver;
    const there = this.host('host-b').driver;
    const [[id, machine] = ['', this.machine()]] = [...here.machines];
    const moved = { ...machine };
    there.machines.set(id, moved);
    for (const [name, size] of here.disks) there.disks.set(name, size);
    for (const [name, key] of here.origins) there.origins.set(name, key);
    if (leftOver === undefined) here.machines.clear();
    else Object.assign(machine, { power: 'Stopped', powerReason: leftOver.powerReason });
    return moved;
  }

  /** What the pool of the host is shared under. */
  async share(hypervisor: string, sharedId: string): Promise<void> {
    await this.api.mergePatch(HYPERVISORS, { name: hypervisor }, { spec: { pools: { main: { pool: 'default', sharedId } } } }, this.call);
  }

  host(name = 'host-a'): MemoryHost {
    const host = this.hosts.get(name);
    if (host === undefined) throw new Error(`no host ${name}`);
    return host;
  }

  /** The only machine on any host. */
  machine(): MemoryMachine {
    const [machine, ...others] = this.machines();
    if (machine === undefined || others.length > 0) throw new Error(`${others.length + (machine === undefined ? 0 : 1)} machines`);
    return machine;
  }

  machines(): readonly MemoryMachine[] {
    return this.hosts.list().flatMap(({ driver }) => Array.from(driver.machines.values()));
  }

  disks(): readonly string[] {
    return this.hosts.list().flatMap(({ name, driver }) => [...driver.disks.keys()].map((disk) => `${name}/${disk}`));
  }

  /** Calls to hosts that were to change something. */
  changes(): number {
    return this.hosts.list().reduce((sum, { driver }) => sum + driver.calls.filter((verb) => !READS.has(verb)).length, 0);
  }

  /** Writes of the Instance controller. */
  writes(): number {
    return this.api.writes('hostler/instances').length;
  }

  #bases(): BaseImages {
    return memoryTransfers(this.hosts, (name) => this.bases.get(name) ?? this.base);
  }
}

/** Whose writes count as calls of a killed operator. */
const KILLED: ReadonlySet<string> = new Set([
  'hostler/instances',
  'hostler/volumes',
  'hostler/snapshots',
  'hostler/shelving',
  'hostler/image-removal',
]);

export const base = (key: string): BaseImage => ({ key, format: 'qcow2', sizeBytes: MIB, virtualSizeBytes: 8 * MIB, sha256: SHA });

async function runQuietly(manager: Manager, signal: AbortSignal): Promise<void> {
  await manager.run(signal);
}

function openLease(): Lease {
  return {
    name: 'test',
    identity: 'test',
    holder: 'test',
    open: true,
    term: new AbortController().signal,
    remaining: () => 15_000,
    mayAct: () => true,
    onChange: () => () => undefined,
  };
}
