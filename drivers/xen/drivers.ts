/** The Xen drivers of one program: all that is opened with the same key shares one session. */
import type { PoolDrivers } from '../pool-contract.ts';
import { openXen } from './driver.ts';
import { openXenPool } from './pool-driver.ts';
import { SharedPools } from './session/shared.ts';

export function xenDrivers(): PoolDrivers {
  const pools = new SharedPools();
  return { host: (connection) => openXen(connection, pools), pool: (connection) => openXenPool(connection, pools) };
}
