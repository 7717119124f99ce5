/**
 * A libvirt host on this machine: libvirtd and its guests in PID, mount, UTS and (usually) network namespaces of their own,
 * with folders of their own. Killing its first process is a power cut; nothing on it survives that.
 *
 * The object holds no process: it finds the host by its directory (processes.ts), so that a test in another process, or the
 * run after one that was killed, can take over. Needs root and the Debian packages of `make setup`.
 */
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './command.ts';
import { type DaemonConfig, writeDaemonConfig, writeDefaultPoolAndNetwork } from './libvirt/daemon-config.ts';
import { clearVolatileFolders, makeFolders, outsidePath } from './libvirt/folders.ts';
import { cut, mend, prepareNetwork, type Uplink, unplug } from './libvirt/uplink.ts';
import { shortHash } from './names.ts';
import { belongsTo, currentOwner, findProcesses, signalProcesses, startProcess, stopProcesses } from './processes.ts';
import { Hopeless, waitFor } from './wait.ts';

export interface LibvirtHostOptions extends DaemonConfig {
  /** Directory of its own, absolute; made when missing. What an earlier run left running or lying there is removed first. */
  readonly dir: string;
  readonly hostName: string;
  /**
   * `Own`: a network of its own with the bridge `br0`, and a storage pool and a libvirt network called `default`.
   * `Machine`: the host shares this machine's network, and is empty, so that nothing it does changes that network.
   */
  readonly network: 'Own' | 'Machine';
  /** The cable that makes a network of its own reachable; absent: there is none. */
  readonly uplink?: Uplink;
}

/** Name of the file in the host's directory that says what it was started with, and by which run. */
export const HOST_RECORD = 'host.json';

export interface HostRecord extends LibvirtHostOptions {
  readonly owner?: string;
}

export function readHostRecord(dir: string): HostRecord {
  return JSON.parse(readFileSync(join(dir, HOST_RECORD), 'utf8')) as HostRecord;
}

/** The kernel takes no longer path for a unix socket. */
const LONGEST_SOCKET_PATH = 107;

export class LibvirtHost {
  readonly dir: string;
  readonly hostName: string;
  /** Path of the daemon's socket on this machine, short enough to connect to. */
  readonly socket: string;
  private readonly options: LibvirtHostOptions;

  private constructor(options: LibvirtHostOptions) {
    this.options = options;
    this.dir = options.dir;
    this.hostName = options.hostName;
    this.socket = `${shortDirectory(options.dir)}/libvirt-sock`;
  }

  static async start(options: LibvirtHostOptions): Promise<LibvirtHost> {
    const host = new LibvirtHost(options);
    await clearHost(options);
    makeFolders(host.dir);
    writeFileSync(join(host.dir, HOST_RECORD), JSON.stringify({ ...options, owner: currentOwner() }));
    writeDaemonConfig(join(host.dir, 'etc'), options);
    if (options.network === 'Own') writeDefaultPoolAndNetwork(join(host.dir, 'etc'));
    symlinkSync('run/libvirt-sock', join(host.dir, 'libvirt-sock'));
    linkShortDirectory(host.dir);
    await host.powerOn();
    return host;
  }

  /** The host that somebody else started in that directory. */
  static attach(dir: string): LibvirtHost {
    return new LibvirtHost(readHostRecord(dir));
  }

  /** For virsh and for Hypervisor objects on this machine: over the socket, so it works with the cable cut. */
  get uri(): string {
    return `qemu+unix:///system?socket=${this.socket}`;
  }

  /** As a host far away is reached: over the network. Throws for a host that does not listen on TCP. */
  get tcpUri(): string {
    const { listening } = this.options;
    if (listening?.tcpPort === undefined) throw new Error(`host ${this.hostName} does not listen on TCP`);
    return `qemu+tcp://${listening.address}:${listening.tcpPort}/system`;
  }

  /** Boots the host: daemon, pools and networks come up, guests do not. */
  async powerOn(): Promise<void> {
    clearVolatileFolders(this.dir);
    const mounts = makeFolders(this.dir);
    const { dir, hostName, network, uplink } = this.options;
    const namespaces = ['--mount', '--propagation', 'private', '--uts', '--pid', '--fork', '--mount-proc', '--kill-child'];
    await startProcess({
      dir,
      name: 'host',
      command: 'unshare',
      args: [
        ...namespaces,
        ...(network === 'Own' ? ['--net'] : []),
        join(import.meta.dirname, 'libvirt/host-init'),
        dir,
        hostName,
        network,
        ...mounts,
      ],
      logFile: this.bootLog,
    });
    const pid = await waitFor(`host ${hostName} to boot`, () => this.bootedAs(), { intervalMs: 5 });
    if (network === 'Own') await prepareNetwork(pid, uplink);
    await this.startDaemon();
  }

  /** A power cut: daemon and guests are gone at once. Disks and definitions stay. */
  async powerOff(): Promise<void> {
    await switchOff(this.options);
  }

  /** Powers off and removes everything. */
  async destroy(): Promise<void> {
    await clearHost(this.options);
  }

  /** Resolves when the daemon answers. */
  async startDaemon(): Promise<void> {
    const environment = { PATH: process.env['PATH'], HOME: '/root', ...belongsTo(this.dir, 'libvirtd') };
    const listen = this.options.listening === undefined ? [] : ['--listen'];
    await this.exec(['libvirtd', '--daemon', '--pid-file', '/run/libvirt/libvirtd.pid', ...listen], environment);
    await waitFor(`the socket of ${this.hostName}`, () => takesConnections(this.socket), { intervalMs: 5 });
  }

  /** Guests go on running. */
  async stopDaemon(): Promise<void> {
    await stopProcesses(this.dir, 'libvirtd', 20_000);
  }

  async killDaemon(): Promise<void> {
    await stopProcesses(this.dir, 'libvirtd', 0);
  }

  async restartDaemon(): Promise<void> {
    await this.stopDaemon();
    await this.startDaemon();
  }

  /** The daemon takes connections and answers nothing, until `resumeDaemon`. */
  hangDaemon(): void {
    signalProcesses(this.dir, 'libvirtd', 'SIGSTOP');
  }

  resumeDaemon(): void {
    signalProcesses(this.dir, 'libvirtd', 'SIGCONT');
  }

  /** Cuts its cable: nothing reaches the host over the network; its unix socket still answers. */
  async cutNetwork(): Promise<void> {
    await cut(this.uplink());
  }

  async mendNetwork(): Promise<void> {
    await mend(this.uplink());
  }

  /** Runs a command on the host, in all its namespaces; rejects when it fails. */
  async exec(command: readonly string[], env: Readonly<Record<string, string | undefined>> = process.env): Promise<string> {
    const init = findProcesses(this.dir, 'init')[0];
    if (init === undefined) throw new Error(`host ${this.hostName} is not running`);
    const namespaces = ['--mount', '--uts', '--pid', '--net'];
    return run('nsenter', ['--target', String(init.pid), ...namespaces, '--', ...command], { env });
  }

  /** Where a file of the host (a console log, a disk) is on this machine. */
  outside(path: string): string {
    return outsidePath(this.dir, path);
  }

  private get bootLog(): string {
    return join(this.dir, 'log/host.log');
  }

  /** Pid of the host's first process, once it has done its work. */
  private bootedAs(): number | undefined {
    if (findProcesses(this.dir, 'host').length === 0) throw new Hopeless(`host ${this.hostName}: ${readFileSync(this.bootLog, 'utf8')}`);
    return findProcesses(this.dir, 'init')[0]?.pid;
  }

  private uplink(): Uplink {
    if (this.options.uplink === undefined) throw new Error(`host ${this.hostName} has no cable of its own`);
    return this.options.uplink;
  }
}

/** What has to be known of a host to be rid of it, whatever became of the run that started it. */
export interface HostTraces {
  readonly dir: string;
  readonly uplink?: Pick<Uplink, 'device'>;
}

export async function clearHost(traces: HostTraces): Promise<void> {
  await switchOff(traces);
  rmSync(traces.dir, { recursive: true, force: true });
  rmSync(shortLink(traces.dir), { force: true });
}

async function switchOff({ dir, uplink }: HostTraces): Promise<void> {
  await stopProcesses(dir, undefined, 0);
  if (uplink !== undefined) await unplug(uplink.device);
}

function takesConnections(socket: string): Promise<boolean> {
  return new Promise((done) => {
    const connection = connect(socket);
    connection.once('connect', () => done(true)).once('connect', () => connection.destroy());
    connection.once('error', () => done(false));
  });
}

/** A long project path leaves no room for a socket's path: then a short link to the directory stands in the folder for temporary files. */
function shortDirectory(dir: string): string {
  return Buffer.byteLength(`${dir}/libvirt-sock`) <= LONGEST_SOCKET_PATH ? dir : shortLink(dir);
}

function shortLink(dir: string): string {
  return join(tmpdir(), `hostler-${shortHash(dir)}`);
}

function linkShortDirectory(dir: string): void {
  if (shortDirectory(dir) === dir) return;
  rmSync(shortLink(dir), { force: true });
  symlinkSync(dir, shortLink(dir));
}
