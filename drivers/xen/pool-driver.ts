/** A pool as a whole: what there is, and hints that it changed. */
import type { Call } from '../contract.ts';
import { DriverError } from '../labels.ts';
import type { PoolConnection, PoolDriver, PoolFacts } from '../pool-contract.ts';
import { checkPool } from './config.ts';
import { isCertificateRefused, isXapi, toDriverError } from './errors.ts';
import { poolFactsOf } from './host/pool-facts.ts';
import type { Change, Watched } from './session/objects.ts';
import type { Share, SharedPools } from './session/shared.ts';
import { timeOf } from './time.ts';

/** Throws `InvalidSpec` on a connection that can never work. Connects to nothing yet. */
export function openXenPool(connection: PoolConnection, pools: SharedPools): PoolDriver {
  checkPool(connection);
  return new XenPool(connection, pools);
}

const TOLD: ReadonlySet<Watched> = new Set(['pool', 'host', 'host_metrics', 'SR', 'PBD', 'network', 'PIF']);

class XenPool implements PoolDriver {
  readonly #connection: PoolConnection;
  readonly #pools: SharedPools;
  readonly #listeners = new Set<() => void>();
  #share: Share | undefined;
  #unlisten: (() => void) | undefined;

  constructor(connection: PoolConnection, pools: SharedPools) {
    this.#connection = connection;
    this.#pools = pools;
  }

  async discover(call: Call): Promise<PoolFacts> {
    try {
      call.signal.throwIfAborted();
      const { pool } = this.#share ?? this.#use();
      await pool.connect(timeOf(call));
      return poolFactsOf(pool.objects);
    } catch (error) {
      throw refusalOf(error) ?? toDriverError(error, 'discover the pool', 'Read', call.signal);
    }
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): Promise<void> {
    this.#unlisten?.();
    this.#share?.release();
    this.#share = undefined;
    return Promise.resolve();
  }

  #use(): Share {
    const share = this.#pools.use(this.#connection);
    this.#unlisten = share.pool.listen({
      changed: (changes) => {
        if (changes.some(isTold)) this.#tell();
      },
      lost: () => this.#tell(),
    });
    this.#share = share;
    return share;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

const isTold = ({ name }: Change): boolean => TOLD.has(name);

/** What only whoever wrote the connection can mend. */
function refusalOf(error: unknown): DriverError | undefined {
  if (isXapi(error, 'SESSION_AUTHENTICATION_FAILED'))
    return new DriverError('InvalidSpec', 'the pool refuses the name or the password', { cause: error, reason: 'AuthenticationFailed' });
  if (!isCertificateRefused(error)) return undefined;
  const words = error instanceof Error ? error.message : '';
  return new DriverError('InvalidSpec', `a member of the pool is not trusted: ${words}`, { cause: error, reason: 'CertificateRefused' });
}
