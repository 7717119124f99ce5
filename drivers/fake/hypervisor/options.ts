/** The flags of `hostler fake-hypervisor`. */
import { parseArgs } from 'node:util';

export interface FakeHypervisorOptions {
  /** Path of the unix socket to listen on. */
  readonly socket: string;
  /** Folder in which the world is remembered; absent: it ends with the process. */
  readonly stateDir: string | undefined;
  /** File with a script (script.ts), as JSON. */
  readonly script: string | undefined;
  /** A control command (control.ts) for the fake that listens already; it is sent, and nothing is started. */
  readonly control: string | undefined;
}

export const USAGE = `hostler fake-hypervisor: a hypervisor without machines, for tests, benchmarks and demos

  --socket FILE      unix socket to listen on; required
  --state-dir DIR    remember the machines here, so that a restart finds them again
  --script FILE      hosts, latencies, guests, faults and a timeline, as JSON
  --control JSON     send a control command to the fake that listens on the socket, print the answer, and end
`;

/** A unix socket's address holds no more. */
const MAX_SOCKET_PATH_BYTES = 107;

/** Flags that cannot be used as they were given; the message says why. */
export class FakeUsageError extends Error {
  override readonly name = 'FakeUsageError';
}

/** Undefined when help was asked for. Throws `FakeUsageError`. */
export function parseFakeOptions(argv: readonly string[]): FakeHypervisorOptions | undefined {
  const flag = { type: 'string' } as const;
  let values;
  try {
    const options = { socket: flag, 'state-dir': flag, script: flag, control: flag, help: { type: 'boolean' } } as const;
    ({ values } = parseArgs({ args: [...argv], options }));
  } catch (error) {
    throw new FakeUsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
  if (values.help === true) return undefined;
  const { socket } = values;
  if (socket === undefined || socket === '') throw new FakeUsageError('--socket is required');
  const length = Buffer.byteLength(socket);
  if (length > MAX_SOCKET_PATH_BYTES) {
    throw new FakeUsageError(`--socket is ${length} bytes long, and a unix socket's path has at most ${MAX_SOCKET_PATH_BYTES}`);
  }
  return { socket, stateDir: values['state-dir'], script: values.script, control: values.control };
}
