/** Hosts that are pools in memory, Images that a web server has, and the two controllers that keep the pools. */
import { createHash } from 'node:crypto';
import type { Hypervisor } from '../../../crds/hypervisor.ts';
import type { Image, ImageSpec } from '../../../crds/image.ts';
import type { Host, Hosts } from '../../hypervisors/host.ts';
import { testManager, type TestManager } from '../../kernel/testing/test-manager.ts';
import { HYPERVISORS, IMAGES } from '../../resources.ts';
import { denyAddresses } from '../download/addresses.ts';
import { serve, whole } from '../testing/web-server.ts';
import { BaseTransfers } from '../transfers/base-transfers.ts';
import { addPreCache } from './pre-cache.ts';
import { addPruning } from './pruning.ts';

export const CLUSTER = 'here';
export const AFTER_MS = 3_600_000;
const STEP_MS = AFTER_MS / 8;
const content = Buffer.alloc(1024, 7);
export const sha256 = createHash('sha256').update(content).digest('hex');

const LIMITS = {
  maxRedirects: 1,
  maxSizeBytes: 1e6,
  maxVirtualSizeBytes: 1e6,
  minBytesPerMinute: 0,
  minBytesPerConnection: 1,
  reconnectPauseMs: 1,
  stallMs: 10_000,
  maxFailuresInARow: 1,
  timeoutMs: 60_000,
  hostStallMs: 10_000,
  unaskedMs: 60_000,
  perHost: 2,
  clusterId: CLUSTER,
};

export interface CacheWorld {
  readonly manager: TestManager;
  readonly transfers: BaseTransfers;
  readonly image: () => Image;
  readonly addImage: (spec?: Partial<ImageSpec>) => Promise<Image>;
  readonly addHypervisor: (name: string, over?: Partial<Hypervisor['spec']>, labels?: Readonly<Record<string, string>>) => Promise<void>;
  /** Whoever listens to hosts is told that this one changed. */
  readonly tell: (hostName: string) => Promise<void>;
  /** Until nothing is being fetched, and what follows has happened. */
  readonly rest: () => Promise<void>;
  /** That much time goes by, in steps after which everybody may act. */
  readonly pass: (ms: number) => Promise<void>;
}

export async function cacheWorld(hosts: ReadonlyMap<string, Host>): Promise<CacheWorld> {
  const manager = testManager();
  const listeners = new Set<Parameters<Hosts['onChange']>[0]>();
  const lease = manager.openLease();
  const known: Hosts = {
    get: (name) => hosts.get(name),
    list: () => [...hosts.values()],
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const transfers = new BaseTransfers(
    { ...LIMITS, addresses: denyAddresses([]) },
    { clock: manager.clock, random: () => 0, log: manager.log },
  );
  addPreCache(manager, lease, known, transfers);
  addPruning(manager, lease, known, transfers, { clusterId: CLUSTER, afterMs: AFTER_MS });
  await manager.start();
  const { url } = await serve(whole(content));
  const rest = async (): Promise<void> => {
    do await manager.settle();
    while (transfers.running().length > 0);
    await manager.settle();
  };
  const image = (): Image => {
    const [found] = manager.api.objects(IMAGES);
    if (found === undefined) throw new Error('no Image');
    return found;
  };
  return {
    manager,
    transfers,
    image,
    rest,
    addImage: async (spec = {}) => {
      const source = { format: 'raw', http: { url: url.href }, checksum: { sha256 } } as const;
      await manager.api.create(IMAGES, { metadata: { namespace: 'a', name: 'demo' }, spec: { sources: [source], ...spec } }, manager.call);
      await rest();
      return image();
    },
    addHypervisor: async (name, over = {}, labels = {}) => {
      const spec = { driver: 'fake' as const, pools: { main: { pool: 'default' } }, ...over };
      await manager.api.create(HYPERVISORS, { metadata: { name, labels }, spec }, manager.call);
      await rest();
    },
    tell: async (hostName) => {
      for (const listener of listeners) listener(hostName, undefined);
      await rest();
    },
    pass: async (ms) => {
      for (let passed = 0; passed < ms; passed += STEP_MS) {
        await manager.clock.advance(Math.min(STEP_MS, ms - passed));
        await rest();
      }
    },
  };
}
