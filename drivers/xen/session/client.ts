/** One login at one member of a pool: calls go over the wire by `xen-api`, their failures are told apart here. */
import type { Xapi as XapiClient } from 'xen-api';
import type { PoolConnection } from '../../pool-contract.ts';
import { ConnectionError, XapiFailure } from '../errors.ts';
import { within, type Left } from '../time.ts';
import { addressOf, openSocket } from './socket.ts';

/** Under which the server counts sessions: it keeps 500 of each, and ours do not crowd out anybody's. */
export const ORIGINATOR = 'hostler';
const API_VERSION = '2.21';
/** Of one call. Verbs have their own time; this ends what nobody waits for any more. */
const LONGEST_CALL_MS = 15 * 60_000;
const AT_ONCE = 40;

export interface Client {
  readonly endpoint: string;
  readonly sessionId: string;
  /** A call in this session. Rejects with `XapiFailure`, or `ConnectionError`. */
  invoke(method: string, args: readonly unknown[]): Promise<unknown>;
  /** Logs out, and breaks the connections. */
  close(): void;
}

/** Rejects with `XapiFailure` (`HOST_IS_SLAVE`: whom to ask instead is its first parameter), or `ConnectionError`. */
export async function login(endpoint: string, { username: user, password, tls }: PoolConnection, left: Left): Promise<Client> {
  // Late: it brings 30 MB of memory, which operators without Xen pools never need.
  const { Xapi } = await import('xen-api');
  const xapi = new Xapi({
    url: endpoint,
    auth: { user, password },
    watchEvents: false,
    callConcurrency: AT_ONCE,
    callTimeout: () => LONGEST_CALL_MS,
  });
  const Agent = xapi._undiciDispatcher.constructor;
  xapi._undiciDispatcher = new Agent({
    connect: (_, done) => {
      openSocket(addressOf(endpoint), tls, (error, socket) => {
        if (socket === null) done(error ?? new Error('not connected'), null);
        else done(null, socket);
      });
    },
    headersTimeout: LONGEST_CALL_MS,
    bodyTimeout: LONGEST_CALL_MS,
  });
  xapi._setUrl(xapi._url);
  const raw = (method: string, args: readonly unknown[]): Promise<unknown> =>
    xapi._call(method, args).catch((error: unknown) => {
      throw failureOf(error, endpoint);
    });
  try {
    const sessionId = String(await within(raw('session.login_with_password', [user, password, API_VERSION, ORIGINATOR]), left));
    return {
      endpoint,
      sessionId,
      invoke: (method, args) => raw(method, [sessionId, ...args]),
      close: () => void end(xapi, raw('session.logout', [sessionId])),
    };
  } catch (error) {
    void xapi._undiciDispatcher.destroy();
    throw error;
  }
}

const FAREWELL_MS = 1000;

/** A server that does not answer is not waited for: sessions that nobody uses end by themselves. */
async function end(xapi: XapiClient, logout: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, FAREWELL_MS);
  });
  await Promise.race([logout.catch(() => undefined), enough]);
  clearTimeout(timer);
  await xapi._undiciDispatcher.destroy();
}

/** `xen-api` gives XAPI's own failures a code and parameters; all else is of the connection. */
function failureOf(error: unknown, endpoint: string): Error {
  const { code, params } = (error ?? {}) as { readonly code?: unknown; readonly params?: unknown };
  if (typeof code === 'string' && Array.isArray(params)) return new XapiFailure(code, params.map(String));
  const words = error instanceof Error ? error.message : String(error);
  return new ConnectionError(`${new URL(endpoint).host}: ${words}`, { cause: error });
}
