/**
 * SASL with a user name and a password: SCRAM where the daemon has it, else PLAIN, which is never used where others can listen.
 * No mechanism here encrypts the connection.
 */
import type { Connection } from '../connection/connection.ts';
import { AuthenticationError } from '../errors.ts';
import { authSaslInit, authSaslStart, authSaslStep } from '../procedures/connect.ts';
import type { Credentials, Login } from './credentials.ts';
import type { Mechanism } from './mechanism.ts';
import { plain } from './plain.ts';
import { scram } from './scram.ts';

/** Best first. */
const MECHANISMS: readonly Mechanism[] = [
  scram('SCRAM-SHA-512', 'sha512'),
  scram('SCRAM-SHA-256', 'sha256'),
  scram('SCRAM-SHA-1', 'sha1'),
  plain,
];

export async function authenticateSasl(connection: Connection, login: Login, signal: AbortSignal): Promise<void> {
  const { credentials, confidential } = login;
  const { mechlist } = await connection.call(authSaslInit, {}, { signal });
  const offered = new Set(mechlist.split(',').map((name) => name.trim().toUpperCase()));
  const usable = MECHANISMS.filter(({ needsConfidentiality }) => confidential || !needsConfidentiality);
  const mechanism = usable.find(({ name }) => offered.has(name));
  if (mechanism === undefined) {
    const known = usable.map(({ name }) => name).join(', ');
    throw new AuthenticationError(`The daemon offers SASL ${mechlist}; on this transport the client can do ${known}`);
  }
  if (credentials === undefined) {
    throw new AuthenticationError(`The daemon wants a user name and a password (SASL ${mechlist}), and none were given`);
  }
  try {
    await exchange(connection, mechanism, credentials, signal);
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof AuthenticationError) throw cause;
    throw new AuthenticationError(`The daemon refuses user ${credentials.username} (SASL ${mechanism.name}): ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** Messages go to and fro until both sides are content. */
async function exchange(connection: Connection, mechanism: Mechanism, credentials: Credentials, signal: AbortSignal): Promise<void> {
  const client = mechanism.start(credentials);
  const first = await client.next(undefined);
  let answer = await connection.call(authSaslStart, { mech: mechanism.name, ...encoded(first) }, { signal });
  while (answer.complete === 0 || !client.done) {
    const message = await client.next(decoded(answer));
    if (answer.complete !== 0) break;
    answer = await connection.call(authSaslStep, encoded(message), { signal });
  }
  if (!client.done) throw new AuthenticationError(`The daemon ended SASL ${mechanism.name} before it had proved itself`);
}

/** An empty message is something else than none: `nil` tells them apart. */
function encoded(message: string): { nil: number; data: Uint8Array } {
  return { nil: 0, data: Buffer.from(message) };
}

function decoded({ nil, data }: { readonly nil: number; readonly data: Uint8Array }): string {
  return nil === 0 ? Buffer.from(data).toString('utf8') : '';
}
