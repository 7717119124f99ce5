/** For tests in which no host is one of a pool. */
import type { PoolDrivers } from '../../../drivers/pool-contract.ts';

const refuse = (): never => {
  throw new Error('there are no pools here');
};

export const noPools: PoolDrivers = { host: refuse, pool: refuse };
