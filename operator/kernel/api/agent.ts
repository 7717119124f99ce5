/** The pool of keep-alive connections to one API server. */
import { Agent as HttpAgent } from 'node:http';
import { Agent } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { Connection } from './connection.ts';

const SETTINGS = {
  keepAlive: true,
  // Linux then probes every second, ten times: a path that is gone is noticed within half a minute.
  keepAliveMsecs: 15_000,
  // The most recently used first, so that the others may go.
  scheduling: 'lifo',
  maxFreeSockets: 64,
  // Idle connections end before the server ends them (90 s): otherwise a request may meet a closing one.
  timeout: 30_000,
} as const;

/** All its connections lead to the same place with the same credentials, so they need no long name to tell them apart. */
class ApiAgent extends Agent {
  override getName(): string {
    return 'api';
  }
}

export function makeAgent(connection: Connection): Agent | HttpAgent {
  if (connection.proxyAgent !== undefined) return connection.proxyAgent;
  if (connection.server.startsWith('http:')) return new HttpAgent(SETTINGS);
  const { ca, cert, key, servername, rejectUnauthorized } = connection;
  return new ApiAgent({
    ...SETTINGS,
    secureContext: createSecureContext({
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
    }),
    ...(servername !== undefined && { servername }),
    ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
  });
}

/** Ends connections that nobody uses: after a call got no answer they may all be dead. */
export function dropIdle(agent: Agent | HttpAgent): void {
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}
