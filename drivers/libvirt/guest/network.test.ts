/** The way that a guest has: the script that is run in it, here on programs that only tell how they were called. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { SCRIPT } from './network.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hostler-network-'));
  writeFileSync(join(dir, 'log'), '');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Runs it where there are these programs and no others; what they were called with, or the exit code. `!` before a name: it fails. */
function run(...programs: readonly string[]): string {
  for (const name of programs) {
    const file = join(dir, name.replace('!', ''));
    writeFileSync(file, `#!/bin/sh\necho "\${0##*/} $*" >>${join(dir, 'log')}\nexit ${name.startsWith('!') ? 3 : 0}\n`);
    chmodSync(file, 0o755);
  }
  try {
    execFileSync('/bin/sh', ['-c', SCRIPT], { env: { PATH: dir }, stdio: 'pipe' });
  } catch (error) {
    return `exit ${String((error as { readonly status: unknown }).status)}`;
  }
  return readFileSync(join(dir, 'log'), 'utf8').trim().replaceAll('\n', '; ');
}

test.each([
  [['netplan', 'nmcli', 'networkctl'], 'netplan apply'],
  [['nmcli', 'networkctl'], 'nmcli general status; nmcli connection reload; nmcli networking off; nmcli networking on'],
  [['!nmcli', 'networkctl'], 'nmcli general status; networkctl reload'],
  [['networkctl', 'ifreload'], 'networkctl reload'],
  [['!networkctl', 'ifreload'], 'networkctl reload; ifreload -a'],
  [['ifreload'], 'ifreload -a'],
  [['!netplan', 'ifreload'], 'exit 3'],
  [[], 'exit 69'],
] as const)('of %j: %s', (programs, expected) => {
  expect(run(...programs)).toBe(expected);
});
