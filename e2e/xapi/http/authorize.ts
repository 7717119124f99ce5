/** Who may fetch what is not a call: a session in the query or in a cookie, or a name and a password. */
import type { IncomingMessage } from 'node:http';
import type { Ref } from '../../../drivers/xen/model/model.ts';
import type { World } from '../world/world.ts';

export const queryOf = ({ url = '/' }: Pick<IncomingMessage, 'url'>): URLSearchParams => new URL(url, 'http://host').searchParams;

/** @returns the session, a new one for a password, or undefined for whoever has neither */
export function authorize(world: World, request: Pick<IncomingMessage, 'url' | 'headers'>): Ref | undefined {
  const cookie = /session_id=([^;\s]+)/.exec(request.headers.cookie ?? '')?.[1];
  const given = queryOf(request).get('session_id') ?? cookie;
  try {
    if (given !== undefined) {
      world.sessions.check(given);
      return given;
    }
    const encoded = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (encoded === undefined) return undefined;
    const [user = '', ...rest] = Buffer.from(encoded, 'base64').toString().split(':');
    return world.sessions.login({ user, password: rest.join(':') }, 'http', world.pool.master);
  } catch {
    return undefined;
  }
}
