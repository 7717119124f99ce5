/** Who we are: the daemon lists what it accepts, best first, and we take the first that we can do. */
import type { Connection } from '../connection/connection.ts';
import { AuthenticationError } from '../errors.ts';
import { authList, authPolkit } from '../procedures/connect.ts';
import type { Login } from './credentials.ts';
import { authenticateSasl } from './sasl.ts';

const AUTH = { NONE: 0, SASL: 1, POLKIT: 2 } as const;

export async function authenticate(connection: Connection, login: Login, signal: AbortSignal): Promise<void> {
  const { types } = await connection.call(authList, {}, { signal });
  for (const type of types.length === 0 ? [AUTH.NONE] : types) {
    switch (type) {
      case AUTH.NONE:
        return;
      case AUTH.SASL:
        return authenticateSasl(connection, login, signal);
      case AUTH.POLKIT:
        return authenticatePolkit(connection, signal);
      default:
      // A kind that came after this was written; another one of the list may do.
    }
  }
  throw new AuthenticationError(`The daemon wants an authentication of kind ${types.join(', ')}, which this client cannot do`);
}

/** The daemon asks polkit about the process at the other end of the socket; no agent is started to ask a person. */
async function authenticatePolkit(connection: Connection, signal: AbortSignal): Promise<void> {
  try {
    await connection.call(authPolkit, {}, { signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw new AuthenticationError(`polkit does not let this process manage libvirt: ${(cause as Error).message}`, { cause });
  }
}
