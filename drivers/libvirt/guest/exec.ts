/** Running a program in a guest, and waiting for its end. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Left } from '../time.ts';
import type { Agent } from './agent.ts';

export interface Ended {
  /** Undefined: a signal ended it. */
  readonly exitCode: number | undefined;
  /** What it printed for errors, as far as an agent keeps it; empty where that was not asked for. */
  readonly errors: string;
}

interface Status {
  readonly exited?: boolean;
  readonly exitcode?: number;
  readonly 'err-data'?: string;
}

const POLL_MS = 50;

/** The program goes on where the time is over before it ends. */
export async function run(agent: Agent, path: string, arg: readonly string[], left: Left, errors = false): Promise<Ended> {
  const started = (await agent.ask('guest-exec', { path, arg, 'capture-output': errors })) as { readonly pid?: number } | undefined;
  for (;;) {
    const status = (await agent.ask('guest-exec-status', { pid: started?.pid })) as Status | undefined;
    if (status?.exited === true)
      return { exitCode: status.exitcode, errors: Buffer.from(status['err-data'] ?? '', 'base64').toString('utf8') };
    await sleep(POLL_MS, undefined, { signal: left().signal });
  }
}
