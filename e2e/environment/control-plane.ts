/**
 * A real Kubernetes control plane as plain processes: etcd, the API server, and the few controllers without which
 * namespaces are never deleted and owner references never collected. No containers, no kubelet: pods never run.
 *
 * Several stand side by side, each in a directory of its own. The object holds no process: it finds them by the directory
 * (processes.ts), so that a test in another process, or the run after one that was killed, can take over.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { type ApiWrite, auditPolicy, readAuditLog } from './control-plane/audit.ts';
import { makeCredentials } from './control-plane/credentials.ts';
import { apiServerFlags, controllerFlags, type ControlPlanePaths, controlPlanePaths, etcdFlags } from './control-plane/flags.ts';
import { findProgram, type ProgramName } from './control-plane/programs.ts';
import { freePort } from './ports.ts';
import { findProcesses, signalProcesses, startProcess, stopProcesses } from './processes.ts';
import { Hopeless, waitFor } from './wait.ts';

export interface ControlPlaneOptions {
  /** Directory of its own, absolute; made when missing. What an earlier run left running or lying there is removed first. */
  readonly dir: string;
}

const START_TIMEOUT_MS = 120_000;

export class ControlPlane {
  readonly url: string;
  /** The administrator's. */
  readonly kubeconfig: string;
  private readonly paths: ControlPlanePaths;
  private readonly port: number;

  private constructor(paths: ControlPlanePaths, port: number) {
    this.paths = paths;
    this.port = port;
    this.url = `https://127.0.0.1:${port}`;
    this.kubeconfig = paths.kubeconfig;
  }

  /** Starts an empty cluster; resolves when the API answers and the first namespaces exist. */
  static async start({ dir }: ControlPlaneOptions): Promise<ControlPlane> {
    await stopProcesses(dir, undefined, 0);
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const controlPlane = new ControlPlane(controlPlanePaths(dir), await freePort());
    await makeCredentials(controlPlane.paths, controlPlane.url);
    writeFileSync(controlPlane.paths.auditPolicy, auditPolicy);
    writeFileSync(portFile(dir), String(controlPlane.port));
    await controlPlane.startAll();
    return controlPlane;
  }

  /** The control plane that somebody else started in that directory. */
  static attach(dir: string): ControlPlane {
    return new ControlPlane(controlPlanePaths(dir), Number(readFileSync(portFile(dir), 'utf8')));
  }

  /** Stops it and removes its directory. */
  async stop(): Promise<void> {
    await stopProcesses(this.paths.dir, undefined, 0);
    rmSync(this.paths.dir, { recursive: true, force: true });
  }

  /** Starts the API server again after `stopApiServer` or `killApiServer`, at the same address; resolves when it is ready. */
  async startApiServer(): Promise<void> {
    await this.startProgram('kube-apiserver', apiServerFlags(this.paths, this.port));
    await this.ready();
  }

  /** Lets it finish the requests it has, as in an upgrade. */
  async stopApiServer(): Promise<void> {
    await stopProcesses(this.paths.dir, 'kube-apiserver', 60_000);
  }

  /** At once, with every connection cut: as when its machine dies. */
  async killApiServer(): Promise<void> {
    await stopProcesses(this.paths.dir, 'kube-apiserver', 0);
  }

  /** It hangs: connections stay open and nothing is answered, until `resumeApiServer`. */
  hangApiServer(): void {
    signalProcesses(this.paths.dir, 'kube-apiserver', 'SIGSTOP');
  }

  resumeApiServer(): void {
    signalProcesses(this.paths.dir, 'kube-apiserver', 'SIGCONT');
  }

  /** Loses every object: the cluster comes back empty, with the same address and credentials. */
  async loseData(): Promise<void> {
    await stopProcesses(this.paths.dir, undefined, 0);
    rmSync(this.paths.etcdData, { recursive: true, force: true });
    await this.startAll();
  }

  /** Every write that reached the API server, leases left out, oldest first. */
  writes(): readonly ApiWrite[] {
    return readAuditLog(this.paths.auditLog);
  }

  private async startAll(): Promise<void> {
    rmSync(this.paths.etcdSocket, { force: true });
    await this.startProgram('etcd', etcdFlags(this.paths));
    await waitFor('etcd', () => this.isThere('etcd') && existsSync(this.paths.etcdSocket), { timeoutMs: START_TIMEOUT_MS });
    await this.startApiServer();
    await this.startProgram('controllers', controllerFlags(this.paths, findProgram('controllers').upstream));
  }

  private async startProgram(name: ProgramName, flags: readonly string[]): Promise<void> {
    const { command, prefix } = findProgram(name);
    const { dir } = this.paths;
    await startProcess({ dir, name, command, args: [...prefix, ...flags], cwd: dir, logFile: this.logFile(name) });
  }

  private async ready(): Promise<void> {
    const answers = async (path: string) => this.isThere('kube-apiserver') && (await this.request(path)) === 200;
    // The API server calls itself ready before it has made these.
    const paths = ['/readyz', '/api/v1/namespaces/kube-system', '/api/v1/namespaces/default'];
    for (const path of paths) await waitFor(`${path} of the API server`, () => answers(path), { timeoutMs: START_TIMEOUT_MS });
  }

  /** Throws, with the end of its log, when the program has died: waiting longer would not help. */
  private isThere(name: ProgramName): true {
    if (findProcesses(this.paths.dir, name).length > 0) return true;
    throw new Hopeless(`${name} is not running: ${readFileSync(this.logFile(name), 'utf8').slice(-2000)}`);
  }

  private logFile(name: ProgramName): string {
    return join(this.paths.dir, `${name}.log`);
  }

  private request(path: string): Promise<number | undefined> {
    const { pki } = this.paths;
    const [ca, cert, key] = ['ca.crt', 'admin.crt', 'admin.key'].map((file) => readFileSync(join(pki, file)));
    return new Promise((done, failed) => {
      get(`${this.url}${path}`, { ca, cert, key, agent: false, timeout: 5000 }, (response) => done(response.resume().statusCode))
        .on('timeout', () => failed(new Error('no answer in 5 s')))
        .on('error', failed);
    });
  }
}

function portFile(dir: string): string {
  return join(dir, 'port');
}
