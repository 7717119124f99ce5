/** Commands in a guest, through its agent: what the guest itself sees. */
import { waitFor } from '../environment/wait.ts';
import type { Guest } from './guest.ts';

interface Status {
  readonly exited: boolean;
  readonly exitcode?: number;
  readonly 'out-data'?: string;
  readonly 'err-data'?: string;
}

/** What the shell command prints; rejects when it fails. */
export async function inGuest(guest: Guest, command: string): Promise<string> {
  const { pid } = await ask<{ readonly pid: number }>(guest, 'guest-exec', {
    path: '/bin/sh',
    arg: ['-c', command],
    'capture-output': true,
  });
  const status = await waitFor(
    `the guest to run ${command}`,
    async () => {
      const now = await ask<Status>(guest, 'guest-exec-status', { pid });
      return now.exited ? now : undefined;
    },
    { timeoutMs: 30_000, intervalMs: 50 },
  );
  if (status.exitcode !== 0) throw new Error(`in the guest, ${command}: ${text(status['err-data'])}`);
  return text(status['out-data']).trim();
}

async function ask<Answer>(guest: Guest, execute: string, arguments_: object): Promise<Answer> {
  const answer = await guest.virsh.run('qemu-agent-command', guest.uuid, JSON.stringify({ execute, arguments: arguments_ }));
  return (JSON.parse(answer) as { readonly return: Answer }).return;
}

const text = (base64 = ''): string => Buffer.from(base64, 'base64').toString();
