/** Pools in memory for tests: any number of them, whose members die, change places and refuse as the test says. */
import type { Driver } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { PoolConnection, PoolDriver, PoolDrivers, PoolFacts, PoolHost } from '../../../drivers/pool-contract.ts';

export const hostUuid = (letter: string): string =>
  `${letter.repeat(8)}-${letter.repeat(4)}-4${letter.repeat(3)}-8${letter.repeat(3)}-${letter.repeat(12)}`;

export const host = (letter: string, over: Partial<PoolHost> = {}): PoolHost => ({
  uuid: hostUuid(letter),
  name: `xen-${letter}`,
  address: `${letter}.example.com`,
  enabled: true,
  live: true,
  cpus: 8,
  memoryBytes: 64 * 1024 ** 3,
  versions: { 'XCP-ng': '8.3.0', Xen: '4.17.5' },
  ...over,
});

export const facts = (over: Partial<PoolFacts> = {}): PoolFacts => ({
  uuid: 'pool-1',
  name: 'lab',
  master: hostUuid('a'),
  hosts: [host('a'), host('b'), host('c')],
  storage: [],
  networks: [],
  highAvailability: { enabled: false, failuresToTolerate: 0, planExistsFor: 0, overcommitted: false },
  restrictions: [],
  ...over,
});

export class MemoryPool {
  facts: PoolFacts;
  password = 'secret';
  fingerprint = '';
  /** Addresses of members that do not answer. */
  readonly dead = new Set<string>();
  readonly listeners = new Set<() => void>();

  constructor(over: Partial<PoolFacts> = {}) {
    this.facts = facts(over);
  }

  change(over: Partial<PoolFacts>): void {
    this.facts = { ...this.facts, ...over };
    this.hint();
  }

  hint(): void {
    for (const listener of this.listeners) listener();
  }
}

export class MemoryPools implements PoolDrivers {
  readonly #pools: readonly MemoryPool[];
  /** What was opened, and not closed again. */
  readonly open = new Set<PoolConnection>();
  /** Every address that was asked, in order. */
  readonly asked: string[] = [];
  discovered = 0;

  constructor(...pools: readonly MemoryPool[]) {
    this.#pools = pools;
  }

  host(): Driver {
    throw new DriverError('Unsupported', 'no host in memory is driven');
  }

  pool(connection: PoolConnection): PoolDriver {
    this.open.add(connection);
    const listened = new Set<MemoryPool>();
    return {
      discover: () => {
        this.discovered += 1;
        return new Promise((resolve) => resolve(this.#discover(connection)));
      },
      onChange: (listener) => {
        for (const pool of this.#pools) listened.add(pool);
        for (const pool of listened) pool.listeners.add(listener);
        return () => {
          for (const pool of listened) pool.listeners.delete(listener);
        };
      },
      close: () => {
        this.open.delete(connection);
        return Promise.resolve();
      },
    };
  }

  #discover({ endpoints, knownMembers, password, tls }: PoolConnection): PoolFacts {
    for (const address of [...endpoints, ...knownMembers]) {
      this.asked.push(address);
      const pool = this.#pools.find((each) => each.facts.hosts.some((one) => one.address === address));
      if (pool === undefined || pool.dead.has(address)) continue;
      if (tls.fingerprints?.includes(pool.fingerprint) === false)
        throw new DriverError('InvalidSpec', `${address} shows another certificate`, { reason: 'CertificateRefused' });
      if (password !== pool.password)
        throw new DriverError('InvalidSpec', `${address} refuses the password`, { reason: 'AuthenticationFailed' });
      return pool.facts;
    }
    throw new DriverError('HostUnreachable', 'no member answers');
  }
}
