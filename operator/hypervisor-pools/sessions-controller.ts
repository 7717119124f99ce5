/**
 * Begins and ends to ask pools as HypervisorPools come, change and go. Every replica does, whether it holds the lease or
 * not: a standby is warm, and shares the sessions with the hosts. It writes nothing.
 */
import type { HypervisorPool } from '../../crds/hypervisor-pool.ts';
import { DriverError } from '../../drivers/labels.ts';
import { type PoolDrivers, sessionKey } from '../../drivers/pool-contract.ts';
import { poolConnectionOf, poolSecrets } from '../hypervisors/pool-connection.ts';
import type { SecretData } from '../hypervisors/secret-data.ts';
import { readSecrets } from '../hypervisors/secrets.ts';
import type { Controller } from '../kernel/controller/controller.ts';
import type { ReconcileContext } from '../kernel/controller/reconcile.ts';
import { DONE, requeueAfter, type Result } from '../kernel/controller/result.ts';
import type { Manager } from '../kernel/manager/types.ts';
import { whenAborted } from '../kernel/timers.ts';
import { isStatusOnly } from '../kernel/watch/cache.ts';
import { HYPERVISOR_POOLS } from '../resources.ts';
import type { PoolRegistry } from './registry.ts';

export interface PoolSessionsOptions {
  /** Where the Secrets of HypervisorPools are. */
  readonly operatorNamespace: string;
  readonly drivers: PoolDrivers;
}

/** Secrets may be what is wrong: they are read again while a pool does not answer. */
const AGAIN_MS = 30_000;

export function addPoolSessionsController(
  manager: Manager,
  registry: PoolRegistry,
  { operatorNamespace, drivers }: PoolSessionsOptions,
): Controller {
  const pools = manager.cache(HYPERVISOR_POOLS);
  const controller = manager.controller({ name: 'hypervisor-pool-sessions', reconcile });
  controller.watches(pools, { when: (change) => !isStatusOnly(change) });
  registry.onChange((name) => {
    if (registry.view(name).contact === 'Failing') controller.enqueue(name, { afterMs: AGAIN_MS });
  });
  manager.add({
    name: 'hypervisor-pools',
    run: async (signal) => {
      await whenAborted(signal);
      await registry.closeAll();
    },
  });
  return controller;

  async function reconcile(name: string, context: ReconcileContext): Promise<Result> {
    const pool = pools.get(name);
    if (pool === undefined) {
      registry.close(name);
      return DONE;
    }
    const names = poolSecrets(pool);
    const secrets = await readSecrets(manager.client, operatorNamespace, names, context);
    const missing = names.filter((each) => !secrets.has(each));
    if (missing.length > 0) registry.fail(name, secretsMissing(missing));
    else open(pool, secrets);
    return registry.view(name).contact === 'Answering' ? DONE : requeueAfter(AGAIN_MS);
  }

  function secretsMissing(missing: readonly string[]): DriverError {
    const named = missing.length === 1 ? `Secret ${missing[0]} does` : `Secrets ${missing.join(' and ')} do`;
    return new DriverError('NotFound', `${named} not exist in namespace ${operatorNamespace}`, { reason: 'SecretNotFound' });
  }

  function open(pool: HypervisorPool, secrets: ReadonlyMap<string, SecretData>): void {
    const { name } = pool.metadata;
    try {
      const connection = poolConnectionOf(pool, secrets);
      registry.open({ name, key: sessionKey(connection), open: () => drivers.pool(connection) });
    } catch (error) {
      // A configuration that can never work: said in the status, tried again when the spec or a Secret changes.
      if (!(error instanceof DriverError)) throw error;
      registry.fail(name, error);
    }
  }
}
