/**
 * Opens and closes sessions as Hypervisors come, change and go. Every replica does, whether it holds the lease or not:
 * reading needs none, and a standby is warm. It writes nothing.
 */
import type { Hypervisor } from '../../crds/hypervisor.ts';
import { DriverError } from '../../drivers/labels.ts';
import type { Controller } from '../kernel/controller/controller.ts';
import type { ReconcileContext } from '../kernel/controller/reconcile.ts';
import { DONE, requeueAfter, type Result } from '../kernel/controller/result.ts';
import type { Manager } from '../kernel/manager/types.ts';
import { isStatusOnly } from '../kernel/watch/cache.ts';
import { HYPERVISOR_POOLS, HYPERVISORS } from '../resources.ts';
import { type Connection, connectionKey, connectionOf, type DriverFactories, neededSecrets, openDriver } from './connection.ts';
import type { RecordedReachability } from './host/reachability.ts';
import type { HostRegistry } from './registry.ts';
import { readSecrets } from './secrets.ts';
import { removeSshFiles } from './ssh-files.ts';

export interface SessionsControllerOptions {
  /** Where the Secrets of Hypervisors are. */
  readonly operatorNamespace: string;
  readonly drivers: DriverFactories;
}

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 120_000;

export function addSessionsController(
  manager: Manager,
  registry: HostRegistry,
  { operatorNamespace, drivers }: SessionsControllerOptions,
): Controller {
  const hypervisors = manager.cache(HYPERVISORS);
  const pools = manager.cache(HYPERVISOR_POOLS);
  const inPool = hypervisors.index(({ spec }) => (spec.xen === undefined ? [] : [spec.xen.poolName]));
  /** How often a Secret was looked for in vain, per Hypervisor that waits for one. */
  const inVain = new Map<string, number>();
  const controller = manager.controller({ name: 'hypervisor-sessions', reconcile });
  controller.watches(hypervisors, { when: (change) => !isStatusOnly(change) });
  controller.watches(pools, {
    when: (change) => !isStatusOnly(change),
    toKeys: ({ previous, current }) => inPool.keys((current ?? previous)?.metadata.name ?? ''),
  });
  // Credentials may be what is wrong with a host that does not answer: they are read again now and then.
  registry.onHostChange((name) => {
    if (registry.session(name)?.connected === false) controller.enqueue(name, { afterMs: LONGEST_PAUSE_MS });
  });
  // Another replica may hold the lease, and record what it sees.
  hypervisors.onChange(({ current }) => {
    const recorded = recordedOf(current);
    if (current !== undefined && recorded !== undefined) registry.session(current.metadata.name)?.adoptRecord(recorded);
  });
  manager.add({
    name: 'hosts',
    run: async (signal) => {
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      await registry.closeAll();
      removeSshFiles();
    },
  });
  return controller;

  async function reconcile(name: string, context: ReconcileContext): Promise<Result> {
    const hypervisor = hypervisors.get(name);
    if (hypervisor === undefined) {
      inVain.delete(name);
      registry.close(name);
      return DONE;
    }
    const pool = pools.get(hypervisor.spec.xen?.poolName ?? '');
    const names = neededSecrets(hypervisor.spec, pool);
    const secrets = await readSecrets(manager.client, operatorNamespace, names, context);
    const missing = names.filter((each) => !secrets.has(each));
    if (missing.length > 0) return waitForSecrets(hypervisor, missing);
    inVain.delete(name);
    open(hypervisor, () => connectionOf(name, hypervisor.spec, secrets, pool));
    return names.length > 0 && registry.session(name)?.connected !== true ? requeueAfter(LONGEST_PAUSE_MS) : DONE;
  }

  function waitForSecrets({ metadata: { name, generation } }: Hypervisor, missing: readonly string[]): Result {
    const named = missing.length === 1 ? `Secret ${missing[0]} does` : `Secrets ${missing.join(' and ')} do`;
    const message = `${named} not exist in namespace ${operatorNamespace}`;
    registry.fail(name, generation, new DriverError('NotFound', message, { reason: 'SecretNotFound' }));
    const times = inVain.get(name) ?? 0;
    inVain.set(name, times + 1);
    return requeueAfter(Math.min(FIRST_PAUSE_MS * 2 ** times, LONGEST_PAUSE_MS));
  }

  function open(hypervisor: Hypervisor, read: () => Connection): void {
    const { name, uid, creationTimestamp, generation } = hypervisor.metadata;
    try {
      const connection = read();
      registry.open({
        name,
        uid,
        generation,
        createdAt: creationTimestamp,
        connectionKey: connectionKey(connection),
        openDriver: () => openDriver(connection, drivers),
        recorded: { reachability: recordedOf(hypervisor), hostId: hypervisor.status?.facts?.hostId },
      });
    } catch (error) {
      // A configuration that can never work: said in the status, tried again when the spec or a Secret changes.
      if (!(error instanceof DriverError)) throw error;
      registry.fail(name, generation, error);
    }
  }
}

function recordedOf(hypervisor: Hypervisor | undefined): RecordedReachability | undefined {
  const reachable = hypervisor?.status?.reachable;
  return reachable && { status: reachable.status, since: Date.parse(reachable.since) };
}
