/**
 * What one file of scenarios runs in: the shared control plane and lab (or a control plane of its own), the chart installed,
 * the operator running as the chart says, a namespace, and the objects every guest needs.
 */
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ChartValues, installChart, OPERATOR_NAMESPACE } from '../environment/chart.ts';
import { run } from '../environment/command.ts';
import { ControlPlane } from '../environment/control-plane.ts';
import type { ApiWrite } from '../environment/control-plane/audit.ts';
import { ImageServer } from '../environment/image-server.ts';
import { Kubectl, type KubeObject } from '../environment/kubectl.ts';
import type { HostName, Lab } from '../environment/lab.ts';
import { Operator } from '../environment/operator.ts';
import { sharedEnvironment } from '../environment/shared-environment.ts';
import { Virsh } from '../environment/virsh.ts';
import { waitFor } from '../environment/wait.ts';
import type { Ending } from '../guests/boot-sector.ts';
import { type GuestImage, makeBootSectorImage } from '../guests/images.ts';
import { Guest } from './guest.ts';
import { uidOf } from './instances.ts';
import * as manifests from './manifests.ts';
import { GET_ALL_DOMAIN_STATS } from './rpc-frames.ts';
import { RpcProxy } from './rpc-proxy.ts';

export interface ScenarioOptions {
  /** For scenarios that lose it. */
  readonly ownControlPlane?: boolean;
  readonly clusterId?: string;
}

const TICK_MS = 1_000;
const LEASE = 'hostler';
/** Of pool `default`, on the host. */
const POOL_FOLDER = '/var/lib/libvirt/images';
const CRDS = [
  'instances',
  'instanceactions',
  'instancesnapshots',
  'backupschedules',
  'flavors',
  'images',
  'imagestores',
  'networks',
  'volumes',
  'hypervisors',
].map((plural) => `crd/${plural}.hostler.dev`);
const HOSTS: readonly HostName[] = ['a', 'b'];

export class Scenario {
  readonly tickMs = TICK_MS;
  /** The one call that observes a host, as the proxy shows it. */
  readonly bulkCall = GET_ALL_DOMAIN_STATS;
  readonly lab: Lab;
  readonly controlPlane: ControlPlane;
  readonly kubectl: Kubectl;
  readonly images: ImageServer;
  readonly imageDir: string;
  private readonly dir: string;
  private readonly options: ScenarioOptions;
  private readonly proxies: RpcProxy[] = [];
  private readonly demo: GuestImage;
  private running: Operator | undefined;

  private constructor(
    parts: Pick<Scenario, 'lab' | 'controlPlane' | 'kubectl' | 'images' | 'imageDir'>,
    dir: string,
    options: ScenarioOptions,
    demo: GuestImage,
  ) {
    this.lab = parts.lab;
    this.controlPlane = parts.controlPlane;
    this.kubectl = parts.kubectl;
    this.images = parts.images;
    this.imageDir = parts.imageDir;
    this.dir = dir;
    this.options = options;
    this.demo = demo;
  }

  static async open(name: string, options: ScenarioOptions = {}): Promise<Scenario> {
    const shared = sharedEnvironment();
    const dir = join(shared.dir, name);
    const imageDir = join(dir, 'images');
    const demo = await makeBootSectorImage(imageDir, 'qcow2');
    const controlPlane =
      options.ownControlPlane === true ? await ControlPlane.start({ dir: join(dir, 'control-plane') }) : shared.controlPlane;
    // Not on loopback: the chart's own list of denied networks stays in force.
    const images = await ImageServer.start({ dir: imageDir, address: shared.lab.machineAddress });
    const kubectl = new Kubectl(controlPlane.kubeconfig, `e2e-${name}`);
    const scenario = new Scenario({ lab: shared.lab, controlPlane, kubectl, images, imageDir }, dir, options, demo);
    try {
      await scenario.setUp(options.clusterId);
      return scenario;
    } catch (error) {
      await scenario.stopEverything();
      throw error;
    }
  }

  get operator(): Operator {
    if (this.running === undefined) throw new Error('the operator was not started');
    return this.running;
  }

  async close(): Promise<void> {
    try {
      await this.removeEverything();
    } finally {
      await this.stopEverything();
    }
  }

  private async stopEverything(): Promise<void> {
    await this.running?.stop();
    for (const proxy of this.proxies) await proxy.stop();
    await this.images.stop();
    if (this.options.ownControlPlane === true) await this.controlPlane.stop();
  }

  /** Again, after a kill: in the name of the dead the Lease is released, since it is known to be dead. */
  async restartOperator(): Promise<void> {
    await this.operator.kill();
    await new Kubectl(this.kubectl.kubeconfig, OPERATOR_NAMESPACE).delete('lease', LEASE);
    await this.operator.restart();
  }

  /** One more replica, beside the first. */
  startReplica(): Promise<Operator> {
    return Operator.start({ kubeconfig: this.controlPlane.kubeconfig, dir: this.dir, name: 'replica' });
  }

  /** Every object is lost; the chart is installed anew, and the hosts are named again. */
  async loseCluster({ clusterId }: { readonly clusterId: string }): Promise<void> {
    await this.operator.kill();
    await this.controlPlane.loseData();
    await this.setUp(clusterId);
  }

  /** From now on the operator reaches the host through a proxy; `close` takes it away. */
  async proxyHost(host: HostName): Promise<RpcProxy> {
    const proxy = await RpcProxy.start(this.lab.host(host).socket);
    this.proxies.push(proxy);
    await this.kubectl.apply([manifests.libvirtHypervisor(`host-${host}`, proxy.uri)], '--force-conflicts');
    await this.kubectl.run(['wait', `hypervisor/host-${host}`, '--for=condition=Ready', '--timeout=60s']);
    await this.eventually('the proxy to be used', () => proxy.calls().length > 0);
    return proxy;
  }

  flavor = manifests.flavor;
  network = manifests.network;
  imageFrom = manifests.image;

  /** An image that boots, of another name: whoever names it first has it fetched. */
  image(name: string): object {
    return manifests.image(name, this.demoSource());
  }

  /** Where the image of `image` is fetched from, with its checksum. */
  demoSource(): Readonly<Record<string, unknown>> {
    return sourceOf(this.demo, this.imageUrl(this.demo.fileName));
  }

  /** Its file's name on the image server. */
  get demoFile(): string {
    return this.demo.fileName;
  }

  imageUrl(fileName: string): string {
    return this.images.url(fileName);
  }

  /** An image whose guest ends by itself. */
  async addImage(name: string, ending: Ending): Promise<void> {
    const made = await makeBootSectorImage(this.imageDir, 'qcow2', ending);
    await this.kubectl.apply([manifests.image(name, sourceOf(made, this.imageUrl(made.fileName)))]);
  }

  virsh(host: HostName): Virsh {
    return new Virsh(this.lab.host(host).uri);
  }

  guest(host: HostName, uuid: string): Guest {
    return new Guest(this.lab.host(host), uuid);
  }

  /** The guest of an Instance on the host that its status names. */
  guestOf(stored: KubeObject): Guest {
    const host = HOSTS.find((name) => `host-${name}` === stored.status?.['hypervisorName']);
    if (host === undefined) throw new Error(`${stored.metadata.name} is on no host of the lab: ${JSON.stringify(stored.status)}`);
    return this.guest(host, uidOf(stored));
  }

  /** Lets that many ticks go by. */
  ticks(count: number): Promise<void> {
    return sleep(count * TICK_MS);
  }

  eventually<T>(what: string, ask: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
    return waitFor(what, ask, { timeoutMs: 90_000, intervalMs: 100 });
  }

  /** What the operator wrote to the API so far, its Lease left out. */
  operatorWrites(): readonly ApiWrite[] {
    return this.controlPlane.writes().filter(({ user }) => user.startsWith(`system:serviceaccount:${OPERATOR_NAMESPACE}:`));
  }

  /**
   * Moves the running domain with virsh, as somebody in a hurry does: the disks copied by hand, and the definition left at
   * the source. The guest writes nothing, so a copy of its disk is whole.
   */
  async migrateByHand(uuid: string, from: HostName, to: HostName): Promise<void> {
    const [source, target] = [this.lab.host(from), this.lab.host(to)];
    const [here, there] = [source.outside(POOL_FOLDER), target.outside(POOL_FOLDER)];
    for (const file of readdirSync(here)) {
      if (file.includes(uuid) || file.startsWith('base-')) copyFileSync(join(here, file), join(there, file));
    }
    const flags = ['--live', '--p2p', '--persistent', '--unsafe'];
    await run('virsh', ['--quiet', '--connect', source.uri, 'migrate', uuid, target.tcpUri, ...flags]);
  }

  private async setUp(clusterId: string | undefined): Promise<void> {
    const leases = { duration: '15s', renewDeadline: '10s', retry: '1s' };
    const values: ChartValues = { tick: `${TICK_MS}ms`, leases, ...(clusterId === undefined ? {} : { clusterId }) };
    await installChart(this.controlPlane.kubeconfig, values);
    const cluster = new Kubectl(this.controlPlane.kubeconfig);
    await cluster.run(['wait', '--for=condition=Established', '--timeout=60s', ...CRDS]);
    await cluster.createNamespace(this.kubectl.namespace);
    const hosts = HOSTS.map((name) => manifests.libvirtHypervisor(`host-${name}`, this.lab.host(name).uri));
    await this.kubectl.apply([...hosts, this.flavor('tiny', 1), this.image('demo'), this.network('lab')], '--force-conflicts');
    await this.startOperator();
    await cluster.run(['wait', 'hypervisor', '--all', '--for=condition=Ready', '--timeout=60s']);
  }

  private async startOperator(): Promise<void> {
    this.running = await Operator.start({ kubeconfig: this.controlPlane.kubeconfig, dir: this.dir });
  }

  /** Instances first, then their volumes, then the hosts they were on: a Hypervisor with Instances on it is kept. */
  private async removeEverything(): Promise<void> {
    const { kubectl } = this;
    await kubectl.run(['delete', 'instance', '--all', '--timeout=90s'], { timeoutMs: 120_000 });
    await kubectl.run(['delete', 'volume', '--all', '--timeout=60s'], { timeoutMs: 90_000 });
    await kubectl.run(['delete', 'hypervisor', '--all', '--timeout=60s'], { timeoutMs: 90_000 });
    await kubectl.run(['delete', 'namespace', kubectl.namespace, '--timeout=60s'], { timeoutMs: 90_000 });
    await kubectl.run(['delete', 'flavor', '--all']);
    for (const host of HOSTS) await this.clearHost(host);
  }

  /** Base images stay in pools on purpose; between scenarios they would hide what the next one fetches. */
  private async clearHost(host: HostName): Promise<void> {
    const virsh = this.virsh(host);
    for (const { uuid } of await virsh.domains()) throw new Error(`domain ${uuid} was left on host ${host}`);
    for (const volume of await virsh.volumes()) await virsh.run('vol-delete', volume, '--pool', 'default');
  }
}

function sourceOf({ format, sha256 }: GuestImage, url: string): Readonly<Record<string, unknown>> {
  return { format, http: { url }, checksum: { sha256 } };
}
