/** A fake hypervisor as a process of its own, for integration tests: it can hang and die as hosts do. */
import { join } from 'node:path';
import { signalProcesses, startProcess, stopProcesses } from '../../../e2e/environment/processes.ts';
import { projectRoot } from '../../../e2e/environment/paths.ts';
import { waitFor } from '../../../e2e/environment/wait.ts';
import { sendControl } from '../../../drivers/fake/control-client.ts';

const RUN = `
  import { runFakeHypervisor } from ${JSON.stringify(join(projectRoot, 'drivers/fake/hypervisor/run.ts'))};
  process.exitCode = await runFakeHypervisor(process.argv.slice(1), new AbortController().signal);
`;

export class FakeProcess {
  readonly socket: string;
  readonly #dir: string;
  readonly #name: string;

  /** `dir` must be short: a socket's path has at most 107 bytes. */
  constructor(dir: string, name: string) {
    this.#dir = dir;
    this.#name = name;
    this.socket = join(dir, `${name}.sock`);
  }

  async start(): Promise<void> {
    const args = ['--input-type=module', '--eval', RUN, '--', '--socket', this.socket];
    await startProcess({
      dir: this.#dir,
      name: this.#name,
      command: process.execPath,
      args,
      logFile: join(this.#dir, `${this.#name}.log`),
    });
    await waitFor('the fake hypervisor to answer', () => this.control({ do: 'Stats' }), { timeoutMs: 30_000, intervalMs: 50 });
  }

  control(command: unknown): Promise<unknown> {
    return sendControl(this.socket, command);
  }

  /** How often a verb was called on a host. */
  async calls(host: string, verb: string): Promise<number> {
    const counts = (await this.control({ do: 'Stats' })) as Readonly<Record<string, Readonly<Record<string, number>>>>;
    return counts[host]?.[verb] ?? 0;
  }

  /** Connections stay open, and nothing is answered, until `resume`. */
  hang(): void {
    signalProcesses(this.#dir, this.#name, 'SIGSTOP');
  }

  resume(): void {
    signalProcesses(this.#dir, this.#name, 'SIGCONT');
  }

  async kill(): Promise<void> {
    await stopProcesses(this.#dir, this.#name, 0);
  }
}
