/** The program `hostler fake-hypervisor`: many fake hosts behind one unix socket, until it is told to stop. */
import { readFileSync } from 'node:fs';
import { sendControl } from '../control-client.ts';
import { Journal } from './journal.ts';
import { FakeUsageError, parseFakeOptions, USAGE, type FakeHypervisorOptions } from './options.ts';
import { parseScript } from './script.ts';
import { serve, type FakeServer } from './server.ts';
import { realTimers, type Timers } from './timers.ts';
import { World } from './world.ts';

/** `argv` is what stands after the program's name. Resolves with the exit code: after `signal`, or at once when it cannot run. */
export async function runFakeHypervisor(argv: readonly string[], signal: AbortSignal): Promise<number> {
  try {
    const options = parseFakeOptions(argv);
    if (options === undefined) return say(USAGE);
    if (options.control !== undefined) return await control(options.socket, options.control);
    const fake = await startFakeHypervisor(options);
    say(`fake hypervisor listens on ${options.socket}\n`);
    await aborted(signal);
    await fake.close();
    return 0;
  } catch (error) {
    process.stderr.write(`hostler fake-hypervisor: ${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof FakeUsageError ? 2 : 1;
  }
}

/** The same within this process, for tests. */
export async function startFakeHypervisor(
  { socket, stateDir, script }: Pick<FakeHypervisorOptions, 'socket' | 'stateDir' | 'script'>,
  timers: Timers = realTimers,
): Promise<FakeServer> {
  const world = new World(timers, (line) => process.stderr.write(`${line}\n`));
  const journal = stateDir === undefined ? undefined : Journal.open(stateDir, world);
  if (script !== undefined) world.addScript(parseScript(JSON.parse(readFileSync(script, 'utf8'))));
  const server = await serve(world, socket);
  return {
    close: async () => {
      await server.close();
      world.clearScript();
      journal?.close();
    },
  };
}

async function control(socket: string, command: string): Promise<number> {
  return say(`${JSON.stringify(await sendControl(socket, JSON.parse(command)), undefined, 2)}\n`);
}

function say(text: string): 0 {
  process.stdout.write(text);
  return 0;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
