/** Sessions that are shared: one for all that is opened with the same key, as long as anybody uses it. */
import { sessionKey, type PoolConnection } from '../../pool-contract.ts';
import { Pool } from './pool.ts';

/** A share of a pool's session. */
export interface Share {
  readonly pool: Pool;
  /** The last one ends the session. */
  release(): void;
}

interface Shared {
  readonly pool: Pool;
  users: number;
}

export class SharedPools {
  readonly #byKey = new Map<string, Shared>();

  use(connection: PoolConnection): Share {
    const key = sessionKey(connection);
    const shared = this.#byKey.get(key) ?? { pool: new Pool(connection), users: 0 };
    this.#byKey.set(key, shared);
    shared.users += 1;
    let released = false;
    return {
      pool: shared.pool,
      release: () => {
        if (released) return;
        released = true;
        shared.users -= 1;
        if (shared.users > 0) return;
        this.#byKey.delete(key);
        shared.pool.close();
      },
    };
  }
}
