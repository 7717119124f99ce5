/** Logging in and out. */
import type { Credentials } from '../world/sessions.ts';
import type { Call, SomeHandlers } from '../rpc/handler.ts';

const login = ({ world, host }: Call, credentials: Credentials, originator: string) => world.sessions.login(credentials, originator, host);

export const sessionHandlers = {
  'session.login_with_password': (call, { uname, pwd, originator = '' }) => login(call, { user: uname, password: pwd }, originator),
  'session.slave_local_login_with_password': (call, { uname, pwd }) => login(call, { user: uname, password: pwd }, 'slave-local'),
  'session.logout': ({ world, session }) => world.sessions.end(session),
  'session.local_logout': ({ world, session }) => world.sessions.end(session),
} as const satisfies SomeHandlers;
