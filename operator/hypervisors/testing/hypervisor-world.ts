/** The world of tests of the Hypervisor controllers: time obeys them, and hosts do what they say. */
import { afterEach } from '@jest/globals';
import type { Hypervisor, HypervisorSpec } from '../../../crds/hypervisor.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { PoolHostConnection } from '../../../drivers/pool-contract.ts';
import { findCondition } from '../../kernel/status/conditions.ts';
import { addOrphanController } from '../../orphans/controller.ts';
import { testManager, type TestManager } from '../../kernel/testing/test-manager.ts';
import { HYPERVISORS, INSTANCES } from '../../resources.ts';
import type { LibvirtEndpoint } from '../connection.ts';
import { addHypervisorController } from '../controller.ts';
import { DEFAULT_SESSION } from '../host/session.ts';
import { HostRegistry } from '../registry.ts';
import { addSessionsController } from '../sessions-controller.ts';
import { FACTS, ScriptedDriver } from './scripted-driver.ts';

/** Hypervisors on an API server in memory, behind scripted drivers; ends by itself after each test. */
export interface HypervisorWorld extends TestManager {
  readonly registry: HostRegistry;
  /** By name of the host. */
  readonly drivers: Map<string, ScriptedDriver>;
  /** What the libvirt driver was opened with. */
  readonly connections: LibvirtEndpoint[];
  /** What hosts of pools were opened with. */
  readonly pooled: PoolHostConnection[];
  hypervisor(name: string): Hypervisor;
  condition(name: string, type: string): string;
}

const worlds: HypervisorWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
});

/** `prepare` is called with each driver that is opened. */
export function newWorld(prepare: (driver: ScriptedDriver, name: string) => void = () => undefined): HypervisorWorld {
  const manager = testManager();
  const lease = manager.openLease();
  const registry = new HostRegistry(
    { ...DEFAULT_SESSION, clusterId: 'here' },
    { clock: manager.clock, random: manager.random, log: manager.log, lease },
  );
  const drivers = new Map<string, ScriptedDriver>();
  const connections: LibvirtEndpoint[] = [];
  const pooled: PoolHostConnection[] = [];
  const open = (name: string): ScriptedDriver => {
    const driver = new ScriptedDriver(manager.clock);
    driver.facts = { ...FACTS, hostId: `id-${name}` };
    prepare(driver, name);
    drivers.set(name, driver);
    return driver;
  };
  addSessionsController(manager, registry, {
    operatorNamespace: 'system',
    drivers: {
      fake: ({ host }) => open(host).driver,
      xen: {
        host: (connection) => {
          pooled.push(connection);
          return open(connection.hostUuid).driver;
        },
        pool: () => {
          throw new Error('nobody asks for pools here');
        },
      },
      libvirt: (connection) => {
        if (connection.uri.startsWith('bad')) throw new DriverError('InvalidSpec', 'no such transport', { reason: 'UnsupportedUri' });
        connections.push(connection);
        return open('libvirt').driver;
      },
    },
  });
  addHypervisorController(manager, registry, lease, 'here');
  addOrphanController(manager, lease, { clusterId: 'here', hosts: registry });
  const hypervisor = (name: string): Hypervisor => {
    const found = manager.api.objects(HYPERVISORS).find(({ metadata }) => metadata.name === name);
    if (found === undefined) throw new Error(`no Hypervisor ${name}`);
    return found;
  };
  const condition = (name: string, type: string): string => {
    const found = findCondition(hypervisor(name).status?.conditions, type);
    return found === undefined ? 'absent' : `${found.status}/${found.reason}`;
  };
  const world = Object.assign(manager, { registry, drivers, connections, pooled, hypervisor, condition });
  worlds.push(world);
  return world;
}

export const fake: HypervisorSpec = { driver: 'fake', fake: { socket: '/run/fake' } };
export const create = async (world: HypervisorWorld, name: string, spec: HypervisorSpec = fake): Promise<void> => {
  await world.api.create(HYPERVISORS, { metadata: { name }, spec }, world.call);
  await world.clock.advance(1_000);
  await world.settle();
};
/** An Instance that status says is on the host. */
export const place = async (world: HypervisorWorld, name: string, hypervisorName: string): Promise<void> => {
  await world.api.create(INSTANCES, { metadata: { namespace: 'a', name }, spec: {} } as never, world.call);
  const patch = { status: { hypervisorName, resolved: { vcpus: 2, memory: '1Gi' } } };
  await world.api.mergePatch(INSTANCES, { namespace: 'a', name }, patch, world.call, { subresource: 'status' });
};
