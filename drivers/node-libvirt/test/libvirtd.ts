/**
 * A real libvirtd for the tests, one of our own: private configuration and state in a mount namespace, private processes in
 * a pid namespace, so nothing of it outlives `stop`. Needs root and the Debian packages libvirt-daemon and tini.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuthenticationError, LibvirtClient } from '../src/index.ts';

export interface Libvirtd {
  readonly socket: string;
  /** The daemon's test driver: a world of domains, pools and networks that begins afresh when nobody is connected to it. */
  readonly testUri: string;
  readonly qemuUri: string;
  /** For what the test needs on disk; gone after `stop`. */
  readonly dir: string;
  stop(): Promise<void>;
}

export interface OwnLibvirtd extends Libvirtd {
  /** Stops all its processes where they stand: the daemon hangs, its sockets stay open. */
  freeze(): Promise<void>;
}

const START_TIMEOUT_MS = 20_000;
const FOLDERS = { etc: '/etc/libvirt', lib: '/var/lib/libvirt', cache: '/var/cache/libvirt', log: '/var/log/libvirt', run: '/run/libvirt' };

const DIES_WITH_US = ['--pdeathsig', 'KILL'];
const OWN_NAMESPACES = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private'];

/** libvirtd has two ways of writing a setting. */
type Settings = Readonly<Record<string, string | number>>;

/** The daemon that HOSTLER_TEST_LIBVIRT_SOCKET names, which runs anyway; without it one of our own. */
export async function anyLibvirtd(): Promise<Libvirtd> {
  const socket = process.env['HOSTLER_TEST_LIBVIRT_SOCKET'];
  if (socket === undefined) return startLibvirtd();
  const dir = await mkdtemp(path.join(tmpdir(), 'nl-'));
  return { ...places(socket), dir, stop: () => rm(dir, { recursive: true, force: true }) };
}

/** `settings`: of libvirtd.conf, over those that make it listen on its unix socket for root without questions. */
export async function startLibvirtd(settings: Settings = {}, environment: Readonly<Record<string, string>> = {}): Promise<OwnLibvirtd> {
  // Not the default temporary folder of a test run: a socket's path may have 107 bytes only.
  const dir = await mkdtemp(path.join(tmpdir(), 'nl-'));
  await Promise.all(
    [...Object.values(FOLDERS), ...Object.keys(FOLDERS).map((name) => path.join(dir, name))].map((folder) =>
      mkdir(folder, { recursive: true }),
    ),
  );
  await writeFile(path.join(dir, 'etc', 'libvirtd.conf'), lines({ ...quiet(dir), ...settings }));
  await writeFile(path.join(dir, 'etc', 'qemu.conf'), QEMU_CONF);
  const complaints = await open(path.join(dir, 'complaints'), 'w');
  const daemon = spawn('setpriv', [...DIES_WITH_US, ...OWN_NAMESPACES, 'sh', '-ec', script(dir)], {
    stdio: ['ignore', complaints.fd, complaints.fd],
    env: { PATH: process.env['PATH'] ?? '', HOME: '/root', ...environment },
  });
  // A test run that failed on the way to `stop` ends all the same, and takes the daemon along.
  daemon.unref();
  await complaints.close();
  const socket = path.join(dir, 'run', 'libvirt-sock');
  const stop = async (): Promise<void> => {
    if (daemon.exitCode === null && daemon.signalCode === null) {
      daemon.ref();
      daemon.kill('SIGKILL');
      await once(daemon, 'exit');
    }
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await answering(socket, daemon);
  } catch (cause) {
    const said = ['complaints', 'log/libvirtd.log'].map((name) => readFile(path.join(dir, name), 'utf8').catch(() => ''));
    const complaint = (await Promise.all(said)).join('');
    await stop();
    throw new Error(`libvirtd did not start: ${complaint}`, { cause });
  }
  const freeze = async (): Promise<void> => {
    for (const pid of await descendants(daemon.pid)) process.kill(pid, 'SIGSTOP');
  };
  return { ...places(socket), dir, freeze, stop };
}

function places(socket: string): Pick<Libvirtd, 'socket' | 'testUri' | 'qemuUri'> {
  return { socket, testUri: `test+unix:///default?socket=${socket}`, qemuUri: `qemu+unix:///system?socket=${socket}` };
}

async function answering(socket: string, daemon: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      const client = await LibvirtClient.connect(`test+unix:///default?socket=${socket}`, { connectTimeoutMs: 2000 });
      client.close();
      return;
    } catch (error) {
      // It answers, if only with a question.
      if (error instanceof AuthenticationError) return;
      if (daemon.exitCode !== null || Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}

async function descendants(pid: number | undefined): Promise<readonly number[]> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean).map(Number);
  return [...children, ...(await Promise.all(children.map(descendants))).flat()];
}

/** libvirtd finds its files in fixed places: these are ours while it runs. As pid 1 tini takes in what the daemon leaves. */
function script(dir: string): string {
  const mounts = Object.entries(FOLDERS).map(([name, place]) => `mount --bind ${path.join(dir, name)} ${place}`);
  return [...mounts, `exec tini -s -- libvirtd --listen -p ${dir}/run/libvirtd.pid`].join('\n');
}

function quiet(dir: string): Settings {
  return {
    listen_tls: 0,
    listen_tcp: 0,
    auth_unix_ro: 'none',
    auth_unix_rw: 'none',
    unix_sock_group: 'root',
    unix_sock_dir: `${dir}/run`,
    host_uuid: '5f1d7fd1-58b5-4c1b-9a4e-6e0f5f6a0b7c',
    log_outputs: `3:file:${dir}/log/libvirtd.log`,
  };
}

const QEMU_CONF = lines({
  user: 'root',
  group: 'root',
  dynamic_ownership: 0,
  remember_owner: 0,
  security_driver: 'none',
  stdio_handler: 'file',
}).concat('namespaces = [ ]\ncgroup_controllers = [ ]\n');

function lines(settings: Settings): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key} = ${typeof value === 'number' ? value : JSON.stringify(value)}\n`)
    .join('');
}
