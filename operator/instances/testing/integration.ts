/** The whole operator in the test's process, on a real API server and fake hypervisors that are a process of their own. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Instance, InstanceSpec } from '../../../crds/instance.ts';
import { openFake } from '../../../drivers/fake/driver.ts';
import { ControlPlane } from '../../../e2e/environment/control-plane.ts';
import { ImageServer } from '../../../e2e/environment/image-server.ts';
import { Kubectl } from '../../../e2e/environment/kubectl.ts';
import { projectRoot } from '../../../e2e/environment/paths.ts';
import { waitFor } from '../../../e2e/environment/wait.ts';
import { addShelvingController } from '../../shelving/controller.ts';
import { addSnapshots } from '../../snapshots/snapshots.ts';
import { addActionController } from '../../actions/controller.ts';
import { addHypervisors } from '../../hypervisors/hypervisors.ts';
import { noPools } from '../../hypervisors/testing/no-pools.ts';
import { FakeProcess } from '../../hypervisors/testing/fake-process.ts';
import { addImages } from '../../images/images.ts';
import { FairSlots } from '../../images/transfers/fair-slots.ts';
import { HttpApiClient } from '../../kernel/api/http-client.ts';
import { loadConnection } from '../../kernel/api/kubeconfig.ts';
import { Transport } from '../../kernel/api/transport.ts';
import { systemClock } from '../../kernel/clock.ts';
import { Metrics } from '../../kernel/http/metrics.ts';
import { createManager } from '../../kernel/manager/manager.ts';
import { findCondition } from '../../kernel/status/conditions.ts';
import { MemoryLogger } from '../../kernel/testing/memory-logger.ts';
import { INSTANCES } from '../../resources.ts';
import { addImageStores } from '../../stores/image-stores.ts';
import { addInstanceController } from '../controller.ts';

const MIB = 1024 * 1024;
const TICK_MS = 1_000;
const NAMESPACE = 'default';
const WAIT = { timeoutMs: 60_000, intervalMs: 20 };

export interface RunningOperator {
  readonly log: MemoryLogger;
  /** Lets go of the lease, as at SIGTERM. */
  readonly stop: () => Promise<void>;
  /** Nothing it was about to do is done any more: no answer reaches it, no request leaves it. */
  readonly kill: () => Promise<void>;
}

export class IntegrationWorld {
  readonly controlPlane: ControlPlane;
  readonly kubectl: Kubectl;
  readonly fake: FakeProcess;
  readonly #images: ImageServer;
  readonly #client: HttpApiClient;
  #operators = 0;

  private constructor(controlPlane: ControlPlane, fake: FakeProcess, images: ImageServer, client: HttpApiClient) {
    this.controlPlane = controlPlane;
    this.kubectl = new Kubectl(controlPlane.kubeconfig);
    this.fake = fake;
    this.#images = images;
    this.#client = client;
  }

  static async start(dir: string): Promise<IntegrationWorld> {
    const controlPlane = await ControlPlane.start({ dir });
    const fake = new FakeProcess(dir, 'fake');
    await fake.start();
    const imageDir = join(dir, 'images');
    mkdirSync(imageDir, { recursive: true });
    const content = Buffer.alloc(MIB, 'hostler');
    writeFileSync(join(imageDir, 'demo.raw'), content);
    const images = await ImageServer.start({ dir: imageDir });
    const world = new IntegrationWorld(controlPlane, fake, images, await connect(controlPlane.kubeconfig));
    await world.#makeObjects(createHash('sha256').update(content).digest('hex'));
    return world;
  }

  async stop(): Promise<void> {
    await this.#client.close();
    await this.#images.stop();
    await this.fake.kill();
    await this.controlPlane.stop();
  }

  async startOperator(): Promise<RunningOperator> {
    const log = new MemoryLogger();
    const services = { clock: systemClock, log, metrics: new Metrics(), random: Math.random };
    const client = await connect(this.controlPlane.kubeconfig);
    const manager = createManager({
      ...services,
      client,
      program: 'hostler',
      domain: 'hostler.dev',
      identity: `test-${this.#operators}`,
      graceMs: 0,
    });
    // One that was killed leaves its lease behind; waiting for it is another test's matter.
    this.#operators += 1;
    const lease = manager.lease({ namespace: NAMESPACE, name: `hostler-${this.#operators}` });
    const hosts = addHypervisors(manager, lease, {
      clusterId: 'here',
      operatorNamespace: NAMESPACE,
      drivers: { fake: openFake, libvirt, xen: noPools },
      tickMs: TICK_MS,
      auditMs: 3_600_000,
      transfersPerHost: 2,
    });
    const stores = addImageStores(manager, lease, { operatorNamespace: 'default', clusterId: 'here' });
    const turns = new FairSlots(2);
    const bases = addImages(manager, lease, hosts, {
      deniedCidrs: [],
      allowedCidrs: [],
      maxBytes: 1024 * MIB,
      transfersPerHost: 2,
      turns,
      clusterId: 'here',
      pruneAfterMs: 0,
      stores,
    });
    const captures = addSnapshots(manager, lease, { clusterId: 'here', hosts, stores, turns });
    addInstanceController(manager, lease, { clusterId: 'here', hosts, bases, captures });
    addActionController(manager, lease, { clusterId: 'here', hosts });
    addShelvingController(manager, lease);
    const stopping = new AbortController();
    const running = manager.run(stopping.signal);
    const stop = async (): Promise<void> => {
      stopping.abort(new Error('the test is over'));
      await running;
      await client.close();
    };
    return {
      log,
      stop,
      kill: async () => {
        await client.close();
        await stop().catch(() => undefined);
      },
    };
  }

  async create(name: string, spec: Partial<InstanceSpec> = {}): Promise<void> {
    await this.kubectl.apply([
      {
        apiVersion: 'hostler.dev/v1alpha1',
        kind: 'Instance',
        metadata: { namespace: NAMESPACE, name },
        spec: { flavorName: 'tiny', imageName: 'demo', ...spec },
      },
    ]);
  }

  async edit(name: string, spec: object): Promise<void> {
    await this.#client.mergePatch(INSTANCES, { namespace: NAMESPACE, name }, { spec }, call());
  }

  async delete(name: string): Promise<void> {
    await this.#client.delete(INSTANCES, { namespace: NAMESPACE, name }, call());
  }

  find(name: string): Promise<Instance | undefined> {
    return this.#client.find(INSTANCES, { namespace: NAMESPACE, name }, call());
  }

  /** Waits for `True Running`, or what is given. */
  async waitForReady(name: string, expected: string): Promise<Instance> {
    return waitFor(
      `Ready to be ${expected} of ${name}`,
      async () => {
        const instance = await this.find(name);
        const ready = findCondition(instance?.status?.conditions, 'Ready');
        return ready !== undefined && `${ready.status} ${ready.reason}` === expected ? instance : undefined;
      },
      WAIT,
    );
  }

  async waitUntilGone(name: string): Promise<void> {
    await waitFor(`${name} to be gone`, async () => (await this.find(name)) === undefined, WAIT);
  }

  /** Power of the machines, and names of the disks, bases left out, of all hosts. */
  async left(): Promise<{ readonly powers: readonly string[]; readonly disks: readonly string[] }> {
    const hosts = await Promise.all(['host-a', 'host-b'].map((host) => this.fake.control({ do: 'Show', host })));
    const shown = hosts as readonly Shown[];
    return {
      powers: shown.flatMap(({ machines }) => machines.map(({ power }) => power)),
      disks: shown.flatMap(({ storage }) => storage.filter(({ kind }) => kind === 'Disk').map(({ name }) => name ?? '')),
    };
  }

  /** Successful writes to one Instance, by anybody but its user. */
  writes(name: string): readonly string[] {
    return this.controlPlane
      .writes()
      .filter((write) => write.resource === 'instances' && write.name === name && write.verb === 'patch' && write.code < 300)
      .map(({ subresource }) => (subresource === '' ? 'metadata' : subresource))
      .slice(1);
  }

  async #makeObjects(sha256: string): Promise<void> {
    await this.kubectl.run(['apply', '--server-side', '-f', join(projectRoot, 'charts/hostler/files/crds')]);
    await this.kubectl.run(['wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all']);
    const apiVersion = 'hostler.dev/v1alpha1';
    const { socket } = this.fake;
    const hypervisor = (name: string) => ({
      apiVersion,
      kind: 'Hypervisor',
      metadata: { name },
      spec: {
        driver: 'fake',
        fake: { socket },
        networks: { lab: { network: 'default' } },
        pools: { main: { pool: 'default' } },
      },
    });
    await this.kubectl.apply([
      hypervisor('host-a'),
      hypervisor('host-b'),
      { apiVersion, kind: 'Flavor', metadata: { name: 'tiny' }, spec: { vcpus: 1, memory: '16Mi', rootDisk: '16Mi' } },
      { apiVersion, kind: 'Network', metadata: { namespace: NAMESPACE, name: 'lab' }, spec: { hostNetwork: 'lab' } },
      {
        apiVersion,
        kind: 'Image',
        metadata: { namespace: NAMESPACE, name: 'demo' },
        spec: { sources: [{ format: 'raw', http: { url: this.#images.url('demo.raw') }, checksum: { sha256 } }] },
      },
    ]);
  }
}

/** What the fake shows of a host, as far as it is looked at here. */
interface Shown {
  readonly machines: readonly { readonly power: string }[];
  readonly storage: readonly { readonly kind: string; readonly name?: string }[];
}

const libvirt = (): never => {
  throw new Error('there is none here');
};

async function connect(kubeconfig: string): Promise<HttpApiClient> {
  const log = new MemoryLogger();
  const source = await loadConnection({ file: kubeconfig, clock: systemClock, log });
  return new HttpApiClient({
    clock: systemClock,
    metrics: new Metrics(),
    random: Math.random,
    transport: new Transport(source, systemClock, 'hostler-test'),
  });
}

const call = (): { readonly signal: AbortSignal } => ({ signal: new AbortController().signal });
