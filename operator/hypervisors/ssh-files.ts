/**
 * Keys for ssh as files, since that is the only way that ssh takes them: in a folder of this process alone, removed when it
 * stops. (A killed one leaves it; in a pod it is in memory or on the pod's own scratch space, and goes with the pod.)
 * Named by content, so the same key is written once, however often its host is connected.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface SshFiles {
  readonly identityFile: string;
  readonly knownHostsFile: string;
}

let folder: string | undefined;

/** Only this user can read them. */
export function writeSshFiles({ privateKey, knownHosts }: { readonly privateKey: string; readonly knownHosts: string }): SshFiles {
  return { identityFile: write(privateKey), knownHostsFile: write(knownHosts) };
}

/** When no connection needs them any more. */
export function removeSshFiles(): void {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  folder = undefined;
}

function write(text: string): string {
  folder ??= mkdtempSync(path.join(tmpdir(), 'hostler-ssh-'));
  const file = path.join(folder, createHash('sha256').update(text).digest('hex').slice(0, 32));
  // ssh refuses a key without a line end.
  if (!existsSync(file)) writeFileSync(file, text.endsWith('\n') ? text : `${text}\n`, { mode: 0o600 });
  return file;
}
