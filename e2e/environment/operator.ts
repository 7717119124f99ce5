/**
 * Runs the operator as the chart says, in place of a kubelet: the command line of the installed Deployment, with the token
 * of its ServiceAccount. So the chart decides how the operator runs and what it may do, and the tests prove it enough.
 *
 * Two things differ from a pod: the addresses it listens on (every replica has a network of its own in a cluster, and none
 * here), and the user it runs as.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPERATOR_NAMESPACE, type OperatorDeployment, readOperatorDeployment } from './chart.ts';
import { Kubectl } from './kubectl.ts';
import { writeTokenKubeconfig } from './kubeconfig.ts';
import { projectRoot } from './paths.ts';
import { freePort } from './ports.ts';
import { findProcesses, signalProcesses, startProcess, stopProcesses } from './processes.ts';
import { Hopeless, waitFor } from './wait.ts';

export interface OperatorOptions {
  /** The administrator's, of a cluster with the chart installed. */
  readonly kubeconfig: string;
  /** Directory for its kubeconfig and its log; absolute, made when missing. */
  readonly dir: string;
  /** Of this replica; default `operator`. */
  readonly name?: string;
  /** Added to the chart's arguments, where they win: for what no user of the chart would set. */
  readonly extraArgs?: readonly string[];
}

/** One line of its log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** The bundle that the container image holds, made by `npm run build`. */
const PROGRAM = join(projectRoot, 'dist/hostler.mjs');

export class Operator {
  /** Where it serves /metrics and /healthz, /readyz, /livez. */
  readonly metricsUrl: string;
  readonly healthUrl: string;
  readonly logFile: string;
  private readonly dir: string;
  private readonly name: string;
  private readonly args: readonly string[];
  private readonly deployment: OperatorDeployment;

  private constructor(options: OperatorOptions, ports: Ports, deployment: OperatorDeployment) {
    this.dir = options.dir;
    this.name = options.name ?? 'operator';
    this.logFile = join(options.dir, `${this.name}.log`);
    this.metricsUrl = `http://127.0.0.1:${ports.metrics}/metrics`;
    this.healthUrl = `http://127.0.0.1:${ports.health}`;
    this.args = [PROGRAM, ...programArguments(deployment), ...listenOn(ports), ...(options.extraArgs ?? [])];
    this.deployment = deployment;
  }

  /** Starts one replica; resolves when it is ready, as its readiness probe has it. */
  static async start(options: OperatorOptions): Promise<Operator> {
    if (!existsSync(PROGRAM)) throw new Error(`there is no ${PROGRAM}: run "npm run build"`);
    mkdirSync(options.dir, { recursive: true });
    const deployment = await readOperatorDeployment(options.kubeconfig);
    const ports: Ports = { metrics: await freePort(), health: await freePort() };
    const operator = new Operator(options, ports, deployment);
    await stopProcesses(operator.dir, operator.name, 0);
    await operator.writeKubeconfig(options.kubeconfig);
    await operator.run();
    return operator;
  }

  /** Again, as a kubelet does with a container that ended: neither the Deployment nor the token was changed meanwhile. */
  async restart(): Promise<void> {
    await this.kill();
    await this.run();
  }

  get isRunning(): boolean {
    return findProcesses(this.dir, this.name).length > 0;
  }

  /** Of the process that runs now; throws when none does. */
  get pid(): number {
    const pid = findProcesses(this.dir, this.name)[0]?.pid;
    if (pid === undefined) throw new Error(`${this.name} does not run`);
    return pid;
  }

  /** Sends SIGKILL and does not wait: for tests that must not lose a moment. */
  killNow(): void {
    signalProcesses(this.dir, this.name, 'SIGKILL');
  }

  async kill(): Promise<void> {
    await stopProcesses(this.dir, this.name, 0);
  }

  /** As a kubelet does: SIGTERM, and SIGKILL after the pod's grace period. */
  async stop(): Promise<void> {
    await stopProcesses(this.dir, this.name, this.deployment.terminationGracePeriodSeconds * 1000);
  }

  /** It stands still, as when its node is paused, until `resume`. */
  freeze(): void {
    signalProcesses(this.dir, this.name, 'SIGSTOP');
  }

  resume(): void {
    signalProcesses(this.dir, this.name, 'SIGCONT');
  }

  async waitUntilReady(): Promise<void> {
    await waitFor(
      `${this.name} to be ready`,
      async () => {
        if (!this.isRunning) throw new Hopeless(`${this.name} has ended: ${readFileSync(this.logFile, 'utf8').slice(-2000)}`);
        return (await fetch(`${this.healthUrl}/readyz`, { signal: AbortSignal.timeout(2000) })).ok;
      },
      { timeoutMs: 60_000 },
    );
  }

  /** Everything it has logged, restarts of the same name included; what is not JSON is a line of level `raw`. */
  logLines(): readonly LogLine[] {
    const lines = readFileSync(this.logFile, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => (line.startsWith('{') ? (JSON.parse(line) as LogLine) : { level: 'raw', message: line }));
  }

  /** The metrics in Prometheus' text form. */
  async metrics(): Promise<string> {
    return (await fetch(this.metricsUrl)).text();
  }

  private async run(): Promise<void> {
    await startProcess({
      dir: this.dir,
      name: this.name,
      command: process.execPath,
      args: this.args,
      cwd: '/tmp',
      env: {
        PATH: process.env['PATH'],
        HOME: '/tmp',
        NODE_ENV: 'production',
        ...containerVariables(this.deployment),
        KUBECONFIG: this.kubeconfig,
      },
      logFile: this.logFile,
    });
    await this.waitUntilReady();
  }

  private get kubeconfig(): string {
    return join(this.dir, `${this.name}.kubeconfig`);
  }

  /** A kubeconfig with a token as the kubelet would have asked for it. */
  private async writeKubeconfig(adminKubeconfig: string): Promise<void> {
    const kubectl = new Kubectl(adminKubeconfig, OPERATOR_NAMESPACE);
    const token = await kubectl.run(['create', 'token', this.deployment.serviceAccountName, '--duration', '24h']);
    writeTokenKubeconfig(this.kubeconfig, adminKubeconfig, token.trim());
  }
}

interface Ports {
  readonly metrics: number;
  readonly health: number;
}

/** The image's program is `hostler`; what follows it in the container's command and arguments is for ours too. */
function programArguments({ container }: OperatorDeployment): readonly string[] {
  const [program, ...args] = [...(container.command ?? ['hostler']), ...(container.args ?? [])];
  if (program !== 'hostler') throw new Error(`the Deployment runs ${program}, not hostler`);
  return args;
}

/** Flags given twice: the last one counts. */
function listenOn({ metrics, health }: Ports): readonly string[] {
  return [`--metrics-address=127.0.0.1:${metrics}`, `--health-address=127.0.0.1:${health}`];
}

function containerVariables({ container }: OperatorDeployment): Readonly<Record<string, string>> {
  return Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value ?? '']));
}
