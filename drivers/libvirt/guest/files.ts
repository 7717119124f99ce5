/** Writing a file in a guest: opened, its permissions set, then its content in pieces. */
import type { LibvirtClient } from 'node-libvirt';
import { AGENT_NOT_RESPONDING, GUEST_REFUSED, type GuestFile } from '../../guest.ts';
import { DriverError } from '../../labels.ts';
import type { Target } from '../../owner.ts';
import type { Left } from '../time.ts';
import type { Agent } from './agent.ts';
import { run } from './exec.ts';
import { agentOf } from './verbs.ts';

/** What one command carries: agents read a few KiB at a time, and must be through with it within the time of a command. */
const PIECE_BYTES = 48 * 1024;

export async function writeGuestFile(client: LibvirtClient, target: Target, { path, content, mode }: GuestFile, left: Left): Promise<void> {
  const agent = await agentOf(client, target, left);
  const handle = await open(agent, path);
  try {
    // An agent makes files that everybody may write: nothing is in it until that is mended.
    if (mode !== undefined) await changeMode(agent, path, mode, left);
    for (let at = 0; at < content.length; at += PIECE_BYTES) await write(agent, handle, content.subarray(at, at + PIECE_BYTES));
  } finally {
    // The file is left open in the guest where it does not answer any more: it has said so already.
    await agent.ask('guest-file-close', { handle }).catch(() => undefined);
  }
}

async function open(agent: Agent, path: string): Promise<number> {
  const handle = await agent.ask('guest-file-open', { path, mode: 'wb' });
  if (typeof handle === 'number') return handle;
  throw new DriverError('Transient', 'the agent in the guest gave no handle for the file', { reason: AGENT_NOT_RESPONDING });
}

async function write(agent: Agent, handle: number, piece: Uint8Array): Promise<void> {
  const answer = await agent.ask('guest-file-write', { handle, 'buf-b64': Buffer.from(piece).toString('base64') });
  const count = (answer as { readonly count?: unknown } | undefined)?.count;
  if (count !== piece.length)
    throw new DriverError('Transient', `the guest wrote ${String(count)} of ${piece.length} bytes: is its disk full?`, {
      reason: GUEST_REFUSED,
    });
}

/** There is no command for it: the guest's own chmod is run, and waited for. */
async function changeMode(agent: Agent, path: string, mode: string, left: Left): Promise<void> {
  const { exitCode } = await run(agent, 'chmod', [mode, path], left);
  if (exitCode !== 0)
    throw new DriverError('InvalidSpec', `the guest refused to give ${path} the permissions ${mode}`, { reason: GUEST_REFUSED });
}
