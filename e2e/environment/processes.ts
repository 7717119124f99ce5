/**
 * Processes that outlive the one that started them, found again without trusting any record.
 *
 * Every process of an environment carries two variables in its own environment: the directory it belongs to and its name
 * there. Whoever wants to stop it - this run, the next one after a SIGKILL, `make demo-down` - reads /proc and finds it by
 * them. So there is no moment between "started" and "recorded", and no pid file that could name somebody else's process.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { waitFor } from './wait.ts';

const DIRECTORY_VARIABLE = 'HOSTLER_ENVIRONMENT';
const NAME_VARIABLE = 'HOSTLER_PROCESS';

export interface ProcessSpec {
  /** Directory of the environment it belongs to; absolute. */
  readonly dir: string;
  /** Its name within that environment, such as `kube-apiserver`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** File that takes both outputs; appended to. */
  readonly logFile: string;
}

export interface FoundProcess {
  readonly pid: number;
  readonly name: string;
  /** In clock ticks since boot: with the pid, the identity of a process. */
  readonly startTime: string;
}

/** The variables that make a process belong to an environment. */
export function belongsTo(dir: string, name: string): Readonly<Record<string, string>> {
  return { [DIRECTORY_VARIABLE]: dir, [NAME_VARIABLE]: name };
}

/** Starts it in a session of its own, so that neither Ctrl-C nor our end reaches it. Returns its pid. */
export async function startProcess(spec: ProcessSpec): Promise<number> {
  mkdirSync(dirname(spec.logFile), { recursive: true });
  const log = openSync(spec.logFile, 'a');
  try {
    const child = spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: { ...(spec.env ?? process.env), ...belongsTo(spec.dir, spec.name) },
      detached: true,
      stdio: ['ignore', log, log],
    });
    await new Promise<void>((started, failed) => child.once('spawn', started).once('error', failed));
    child.unref();
    if (child.pid === undefined) throw new Error(`${spec.command} has no pid`);
    return child.pid;
  } finally {
    closeSync(log);
  }
}

/** The living processes of an environment; with a name, only those of that name. */
export function findProcesses(dir: string, name?: string): readonly FoundProcess[] {
  const found: FoundProcess[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const pid = Number(entry);
    const variables = readEnvironment(pid);
    if (variables?.get(DIRECTORY_VARIABLE) !== dir) continue;
    const itsName = variables.get(NAME_VARIABLE) ?? '';
    const startTime = readStartTime(pid);
    if (startTime !== undefined && (name === undefined || itsName === name)) found.push({ pid, name: itsName, startTime });
  }
  return found;
}

/** Sends a signal to every process of that name; false when there is none. */
export function signalProcesses(dir: string, name: string, signal: NodeJS.Signals): boolean {
  const found = findProcesses(dir, name);
  for (const one of found) signalProcess(one, signal);
  return found.length > 0;
}

/** Asks the processes to end, kills those that are left after `graceMs` (0: at once), and returns when all are gone. */
export async function stopProcesses(dir: string, name?: string, graceMs = 10_000): Promise<void> {
  const found = findProcesses(dir, name).filter(({ pid }) => pid !== process.pid);
  if (graceMs > 0) {
    for (const one of found) signalProcess(one, 'SIGTERM');
    await waitFor('processes to end', () => !found.some(isAlive), { timeoutMs: graceMs, intervalMs: 20 }).catch(() => undefined);
  }
  for (const one of found) signalProcess(one, 'SIGKILL');
  await waitFor(`processes of ${dir} to be gone`, () => !found.some(isAlive), { timeoutMs: 20_000, intervalMs: 10 });
}

export function isAlive(one: FoundProcess): boolean {
  return readStartTime(one.pid) === one.startTime;
}

/** A pid given to somebody else in the meantime is left alone: its start time differs. */
function signalProcess(one: FoundProcess, signal: NodeJS.Signals): void {
  if (!isAlive(one)) return;
  try {
    process.kill(one.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function readEnvironment(pid: number): ReadonlyMap<string, string> | undefined {
  const text = readProc(`/proc/${pid}/environ`);
  if (text === undefined || !text.includes(DIRECTORY_VARIABLE)) return undefined;
  return new Map(text.split('\0').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** Undefined for a process that is gone or only waits to be reaped. The command's name, in parentheses, may hold anything: fields are counted after it. */
function readStartTime(pid: number): string | undefined {
  const fields = readProc(`/proc/${pid}/stat`)
    ?.replace(/^.*\) /s, '')
    .split(' ');
  return fields?.[0] === 'Z' || fields?.[0] === 'X' ? undefined : fields?.[19];
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
