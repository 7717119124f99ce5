/**
 * SSH: first with a stand-in for `ssh` that runs the command here, as the login shell over there would; then, where
 * there is one, through a real server on loopback with keys of our own: Dropbear, whose package brings no service along.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { userInfo } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectError, ConnectionLostError, LibvirtClient } from '../src/index.ts';
import { type Libvirtd, startLibvirtd } from './libvirtd.ts';
import { freePort } from './ports.ts';

// Starting daemons takes long on a busy machine.
jest.setTimeout(60_000);

const SSHD = '/usr/sbin/dropbear';
/** What the command over there needs, which is this machine too. */
const hasNetcat = spawnSync('sh', ['-c', 'command -v nc || command -v socat']).status === 0;
const describeWithNetcat = hasNetcat ? describe : describe.skip;
const describeWithSshd = hasNetcat && existsSync(SSHD) ? describe : describe.skip;

let libvirtd: Libvirtd;
let uri: (host: string) => string;

beforeAll(async () => {
  libvirtd = await startLibvirtd();
  uri = (host) => `test+ssh://${host}/default?socket=${libvirtd.socket}`;
});
afterAll(() => libvirtd.stop());

async function standIn(name: string, script: string): Promise<{ readonly command: string }> {
  const command = path.join(libvirtd.dir, name);
  await writeFile(command, `#!/bin/sh\n${script}\n`);
  await chmod(command, 0o755);
  return { command };
}

describeWithNetcat('a stand-in for ssh', () => {
  test('calls go to and fro; closing ends the process', async () => {
    const ssh = await standIn('ssh', `echo $$ >> ${libvirtd.dir}/pids; while test "$1" != --; do shift; done; exec sh -c "$3"`);
    const client = await LibvirtClient.connect(uri('anywhere'), { ssh });
    await expect(client.host.type()).resolves.toBe('TEST');
    await expect(client.domains.list()).resolves.toHaveLength(1);
    client.close();
    const pids = (await readFile(path.join(libvirtd.dir, 'pids'), 'utf8')).trim().split('\n').map(Number);
    expect(pids.length).toBeGreaterThan(0);
    while (pids.some(isAlive)) await sleep(10);
  });

  test('ssh that dies later is a lost connection', async () => {
    const ssh = await standIn('ssh-dying', 'while test "$1" != --; do shift; done; (sleep 0.3; kill $$) & exec sh -c "$3"');
    const client = await LibvirtClient.connect(uri('anywhere'), { ssh });
    await expect(client.closed).resolves.toBeInstanceOf(ConnectionLostError);
  });
});

describe('ssh fails', () => {
  test('what ssh complains about is in the error', async () => {
    const ssh = await standIn('ssh-denied', 'echo "Permission denied (publickey)." >&2; exit 255');
    const connecting = LibvirtClient.connect(uri('anywhere'), { ssh });
    await expect(connecting).rejects.toThrow(ConnectError);
    await expect(connecting).rejects.toThrow(/ssh to anywhere ended with code 255: Permission denied/);
  });

  test('ssh that is not there', async () => {
    await expect(LibvirtClient.connect(uri('anywhere'), { ssh: { command: '/nowhere/ssh' } })).rejects.toThrow(/Cannot run \/nowhere\/ssh/);
  });
});

describeWithSshd('a real server', () => {
  let server: ChildProcess;
  let host: string;
  let files: { readonly identityFile: string; readonly knownHostsFile: string };

  beforeAll(async () => {
    const dir = path.join(libvirtd.dir, 'sshd');
    await mkdir(dir, { mode: 0o700 });
    const [hostKey, identityFile, home] = [path.join(dir, 'host'), path.join(dir, 'key'), path.join(dir, 'home')];
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', identityFile]);
    const [publicHostKey] =
      /^ssh-ed25519 \S+/m.exec(execFileSync('dropbearkey', ['-t', 'ed25519', '-f', hostKey], { encoding: 'utf8', stdio: 'pipe' })) ?? [];
    await mkdir(path.join(home, '.ssh'), { mode: 0o700, recursive: true });
    await copyFile(`${identityFile}.pub`, path.join(home, '.ssh', 'authorized_keys'));
    const port = await freePort();
    host = `root@127.0.0.1:${port}`;
    const knownHostsFile = path.join(dir, 'known');
    await writeFile(knownHostsFile, `[127.0.0.1]:${port} ${publicHostKey}\n`);
    files = { identityFile, knownHostsFile };
    // It looks for keys in the user's home only: it gets another one there.
    const listen = `mount --bind ${home} ${userInfo().homedir}; exec ${SSHD} -F -s -p 127.0.0.1:${port} -r ${hostKey} -P ${dir}/pid`;
    server = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', '--mount', '--propagation', 'private', 'sh', '-ec', listen], {
      stdio: 'ignore',
    });
    await answering(port);
  });
  afterAll(async () => {
    server.kill();
    await once(server, 'exit');
  });

  test('calls go to and fro', async () => {
    await using client = await LibvirtClient.connect(uri(host), { ssh: files });
    await expect(client.host.type()).resolves.toBe('TEST');
  });

  test('a key that is not accepted', async () => {
    const identityFile = path.join(libvirtd.dir, 'other-key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', identityFile]);
    const connecting = LibvirtClient.connect(uri(host), { ssh: { ...files, identityFile } });
    await expect(connecting).rejects.toThrow(/Permission denied/);
  });

  test('a server that is not known is refused', async () => {
    await writeFile(`${files.knownHostsFile}.empty`, '');
    const connecting = LibvirtClient.connect(uri(host), { ssh: { ...files, knownHostsFile: `${files.knownHostsFile}.empty` } });
    await expect(connecting).rejects.toThrow(/Host key verification failed/);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function answering(port: number): Promise<void> {
  for (;;) {
    const socket = net.connect(port, '127.0.0.1');
    const connected = await new Promise<boolean>((resolve) =>
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false)),
    );
    socket.destroy();
    if (connected) return;
    await sleep(20);
  }
}
