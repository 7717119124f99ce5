/** Finding the member that coordinates the pool: any may be dead, and most say who it is instead. */
import type { PoolConnection } from '../../pool-contract.ts';
import { ConnectionError, isXapi } from '../errors.ts';
import { atMost, isOver, pause, type Left } from '../time.ts';
import { login, type Client } from './client.ts';
import { endpointAt } from './socket.ts';

const ROUNDS = 3;
/** For one member, so that a silent one leaves time for the others. */
const LONGEST_LOGIN_MS = 5000;
const FIRST_PAUSE_MS = 200;

/** `members` in the order of trust. Rejects with what the last one failed of. */
export async function loginSomewhere(members: readonly string[], config: PoolConnection, left: Left): Promise<Client> {
  let last: unknown = new ConnectionError('no member of the pool is known');
  for (let round = 0; round < ROUNDS && (round === 0 || !isOver(left)); round += 1) {
    // Whoever else lost its connection at the same moment comes back at another.
    if (round > 0) await pause(FIRST_PAUSE_MS * 2 ** round * (0.5 + Math.random() / 2), left);
    const tried = new Set<string>();
    const queue = [...members];
    for (let member = queue.shift(); member !== undefined; member = queue.shift()) {
      if (tried.has(member)) continue;
      tried.add(member);
      try {
        return await login(member, config, members.length === 1 ? left : atMost(LONGEST_LOGIN_MS, left));
      } catch (error) {
        left().signal.throwIfAborted();
        // Another member would say the same, and too many attempts lock the account.
        if (isXapi(error, 'SESSION_AUTHENTICATION_FAILED')) throw error;
        last = error;
        const coordinator = isXapi(error, 'HOST_IS_SLAVE') ? error.params[0] : undefined;
        if (coordinator !== undefined) queue.unshift(endpointAt(coordinator, member));
      }
    }
  }
  throw last;
}
