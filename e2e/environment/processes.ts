/**
 * Processes that outlive the one that started them, found again without trusting any record.
 *
 * Every process of an environment carries two variables in its own environment: the directory it belongs to and its name
 * there. Whoever wants to stop it - this run, the next one after a SIGKILL, `make demo-down` - reads /proc and finds it by
 * them. So there is no moment between "started" and "recorded", and no pid file that could name somebody else's process.
 *
 * A third variable names the test run that all of it belongs to; what outlives its run is a left-over (left-overs.ts). The
 * demo has no owner: it stays until it is told to go.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { waitFor } from './wait.ts';

const DIRECTORY_VARIABLE = 'HOSTLER_ENVIRONMENT';
const NAME_VARIABLE = 'HOSTLER_PROCESS';
const OWNER_VARIABLE = 'HOSTLER_OWNER';

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
  readonly dir: string;
  readonly name: string;
  /** The run it was started by, as `becomeOwner` named it. */
  readonly owner: string | undefined;
  /** In clock ticks since boot: with the pid, the identity of a process. */
  readonly startTime: string;
}

/** The variables that make a process belong to an environment, and to the run that this process is part of. */
export function belongsTo(dir: string, name: string): Readonly<Record<string, string>> {
  const owner = currentOwner();
  return { [DIRECTORY_VARIABLE]: dir, [NAME_VARIABLE]: name, ...(owner === undefined ? {} : { [OWNER_VARIABLE]: owner }) };
}

/** From now on, whatever this process and its children start belongs to a run that ends with this process. Returns the run's name. */
export function becomeOwner(): string {
  const owner = `${process.pid}-${readStartTime(process.pid)}`;
  process.env[OWNER_VARIABLE] = owner;
  return owner;
}

/** The run that this process is part of; undefined outside of a test run. */
export function currentOwner(): string | undefined {
  return process.env[OWNER_VARIABLE];
}

/** Whether the run of that name still goes on. */
export function isOwnerAlive(owner: string): boolean {
  const [pid, startTime] = owner.split('-');
  return startTime !== undefined && readStartTime(Number(pid)) === startTime;
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
  return allProcesses().filter((one) => one.dir === dir && (name === undefined || one.name === name));
}

/** The living processes of all environments on this machine. */
export function allProcesses(): readonly FoundProcess[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      const pid = Number(entry);
      const variables = readEnvironment(pid);
      const dir = variables?.get(DIRECTORY_VARIABLE);
      const startTime = readStartTime(pid);
      if (variables === undefined || dir === undefined || startTime === undefined) return [];
      return [{ pid, dir, name: variables.get(NAME_VARIABLE) ?? '', owner: variables.get(OWNER_VARIABLE), startTime }];
    });
}

/** Sends a signal to every process of that name; false when there is none. */
export function signalProcesses(dir: string, name: string, signal: NodeJS.Signals): boolean {
  const found = findProcesses(dir, name);
  for (const one of found) signalProcess(one, signal);
  return found.length > 0;
}

/** Asks the processes to end, kills those that are left after `graceMs` (0: at once), and returns when all are gone. */
export async function stopProcesses(dir: string, name?: string, graceMs = 10_000): Promise<void> {
  await endProcesses(findProcesses(dir, name), graceMs);
}

/** As `stopProcesses`, for processes found already. */
export async function endProcesses(found: readonly FoundProcess[], graceMs: number): Promise<void> {
  if (graceMs > 0) {
    for (const one of found) signalProcess(one, 'SIGTERM');
    await waitFor('processes to end', () => !found.some(isAlive), { timeoutMs: graceMs, intervalMs: 20 }).catch(() => undefined);
  }
  for (const one of found) signalProcess(one, 'SIGKILL');
  await waitFor(`${found.map(({ name }) => name).join(', ')} to be gone`, () => !found.some(isAlive), {
    timeoutMs: 20_000,
    intervalMs: 10,
  });
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

function readStartTime(pid: number): string | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : startTimeOf(stat);
}

/**
 * The start time in a line of /proc/<pid>/stat (proc(5)); undefined when the process only waits to be reaped. A killed
 * program's first thread may be a zombie while others are still dying: until the last is gone its sockets are open and its
 * ports taken. The command's name, in parentheses, may hold anything: fields are counted after it.
 */
export function startTimeOf(stat: string): string | undefined {
  const fields = stat.replace(/^.*\) /s, '').split(' ');
  const [state, threads] = [fields[0], Number(fields[17])];
  return state === 'X' || (state === 'Z' && threads <= 1) ? undefined : fields[19];
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
