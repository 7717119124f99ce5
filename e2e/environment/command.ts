/**
 * Runs a command to its end. Output is text; a non-zero exit is an error that carries the command and what it printed.
 */
import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly input?: string;
  readonly cwd?: string;
  /** Replaces the environment; absent: inherited. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** After this many milliseconds the command is killed. Default 60 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly result: CommandResult;
  constructor(commandLine: string, result: CommandResult) {
    super(`${commandLine}: exit code ${result.code}: ${(result.stderr || result.stdout).trim()}`);
    this.result = result;
  }
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** Runs the command and returns what it printed, whatever its exit code. A command killed by a signal has code -1. */
export function tryRun(command: string, args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return new Promise((done, failed) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env,
      timeout: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      killSignal: 'SIGKILL',
      signal: options.signal,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdin.on('error', () => undefined); // a command that does not read its input closes it early
    child.stdin.end(options.input ?? '');
    child.on('error', failed);
    child.on('close', (code, signal) =>
      done({ code: code ?? -1, stdout, stderr: signal === null ? stderr : `${stderr}killed by ${signal}` }),
    );
  });
}

/** As `tryRun`, but rejects with a `CommandError` when the exit code is not 0. Returns standard output. */
export async function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const result = await tryRun(command, args, options);
  if (result.code !== 0) throw new CommandError([command, ...args].join(' '), result);
  return result.stdout;
}
