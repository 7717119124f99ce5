/** The states of a connection to a host, and which may follow which: declared once, checked at every step. */
export type ConnectionState = 'Idle' | 'Connecting' | 'Watching' | 'Waiting' | 'Closed';

/**
 * Idle: made, not started. Connecting: a connection and a first observation are tried. Watching: connected, observed
 * every tick. Waiting: before the next try. Closed: for good.
 */
const FOLLOWERS: Readonly<Record<ConnectionState, readonly ConnectionState[]>> = {
  Idle: ['Connecting', 'Closed'],
  Connecting: ['Watching', 'Waiting', 'Closed'],
  Watching: ['Waiting', 'Closed'],
  Waiting: ['Connecting', 'Closed'],
  Closed: [],
};

/** The state to be in now. Throws on a step that the table does not have: a mistake in the program. */
export function follow(from: ConnectionState, to: ConnectionState): ConnectionState {
  if (!FOLLOWERS[from].includes(to)) throw new Error(`A connection that is ${from} cannot become ${to}`);
  return to;
}
