/** The world of tests of HypervisorPools: an API server and pools in memory, and time that obeys. */
import { afterEach } from '@jest/globals';
import type { Hypervisor } from '../../../crds/hypervisor.ts';
import type { HypervisorPool, HypervisorPoolSpec } from '../../../crds/hypervisor-pool.ts';
import type { Resource } from '../../kernel/api/resource.ts';
import type { KubeObject } from '../../kernel/api/object.ts';
import { findCondition } from '../../kernel/status/conditions.ts';
import { testManager, type TestManager } from '../../kernel/testing/test-manager.ts';
import { HYPERVISOR_POOLS, HYPERVISORS, INSTANCES } from '../../resources.ts';
import { addHypervisorPools } from '../hypervisor-pools.ts';
import type { MemoryPool } from './memory-pool.ts';
import { MemoryPools } from './memory-pool.ts';

interface Secret extends KubeObject {
  readonly data: Readonly<Record<string, string>>;
}
const SECRETS: Resource<Secret> = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true };

export interface PoolWorld extends TestManager {
  readonly drivers: MemoryPools;
  pool(name: string): HypervisorPool;
  hypervisors(): readonly Hypervisor[];
  /** `status/reason` of a pool's condition. */
  said(name: string, type?: string): string;
  message(name: string, type?: string): string;
  make(name: string, spec?: Partial<HypervisorPoolSpec['xen']>, hypervisors?: HypervisorPoolSpec['hypervisors']): Promise<void>;
  credentials(password: string, name?: string): Promise<void>;
  /** An Instance that status says is on the host. */
  place(name: string, hypervisorName: string): Promise<void>;
  /** Moves time, and lets everything happen. */
  pass(ms?: number): Promise<void>;
}

const encode = (text: string): string => Buffer.from(text).toString('base64');

const worlds: PoolWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
});

export async function poolWorld(...pools: readonly MemoryPool[]): Promise<PoolWorld> {
  const manager = testManager();
  const drivers = new MemoryPools(...pools);
  addHypervisorPools(manager, manager.openLease(), { operatorNamespace: 'system', drivers });
  const { api, call } = manager;
  const poolOf = (name: string): HypervisorPool => {
    const found = api.objects(HYPERVISOR_POOLS).find(({ metadata }) => metadata.name === name);
    if (found === undefined) throw new Error(`no HypervisorPool ${name}`);
    return found;
  };
  const pass = async (ms = 1_000): Promise<void> => {
    await manager.clock.advance(ms);
    await manager.settle();
  };
  const world: PoolWorld = Object.assign(manager, {
    drivers,
    pool: poolOf,
    hypervisors: () => [...api.objects(HYPERVISORS)].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)),
    said: (name: string, type = 'Ready') => {
      const found = findCondition(poolOf(name).status?.conditions, type);
      return found === undefined ? 'absent' : `${found.status}/${found.reason}`;
    },
    message: (name: string, type = 'Ready') => findCondition(poolOf(name).status?.conditions, type)?.message ?? '',
    make: async (name: string, xen: Partial<HypervisorPoolSpec['xen']> = {}, hypervisors?: HypervisorPoolSpec['hypervisors']) => {
      const spec = {
        xen: { endpoints: ['a.example.com'], credentialsSecret: { name: 'login' }, ...xen },
        ...(hypervisors && { hypervisors }),
      };
      await api.create(HYPERVISOR_POOLS, { metadata: { name }, spec }, call);
      await pass();
    },
    credentials: async (password: string, name = 'login') => {
      const object = { metadata: { namespace: 'system', name }, data: { username: encode('root'), password: encode(password) } };
      await api.apply(SECRETS, object, call, { fieldManager: 'test' });
    },
    place: async (name: string, hypervisorName: string) => {
      await api.create(INSTANCES, { metadata: { namespace: 'a', name }, spec: {} } as never, call);
      await api.mergePatch(INSTANCES, { namespace: 'a', name }, { status: { hypervisorName } }, call, { subresource: 'status' });
      await pass();
    },
    pass,
  });
  worlds.push(world);
  await world.start();
  await world.credentials('secret');
  return world;
}
