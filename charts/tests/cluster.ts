/** A control plane of the test file's own, with the programs that a user would have at hand. */
import { join } from 'node:path';
import { run, tryRun, type CommandResult } from '../../e2e/environment/command.ts';
import { ControlPlane } from '../../e2e/environment/control-plane.ts';
import { cachedProgram, projectRoot, testDir } from '../../e2e/environment/paths.ts';
import { Rest } from './rest.ts';

export const chartDir = join(projectRoot, 'charts/hostler');
export const crdDir = join(chartDir, 'files/crds');
export const examplesDir = join(projectRoot, 'examples');

export interface Cluster {
  readonly controlPlane: ControlPlane;
  /** The administrator's. */
  readonly rest: Rest;
  /** Rejects when the program fails; resolves with what it printed. */
  kubectl(...args: readonly string[]): Promise<string>;
  /** As `kubectl`, with something to read on standard input. */
  kubectlWith(input: string, ...args: readonly string[]): Promise<CommandResult>;
  helm(...args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** `name` is that of the test file: each has a directory of its own, and replaces what an earlier run left in it. */
export async function startCluster(name: string): Promise<Cluster> {
  const controlPlane = await ControlPlane.start({ dir: join(testDir, name) });
  const rest = new Rest(controlPlane.kubeconfig);
  const env = { PATH: process.env['PATH'], HOME: join(testDir, name), KUBECONFIG: controlPlane.kubeconfig };
  return {
    controlPlane,
    rest,
    kubectl: (...args) => run(cachedProgram('kubectl'), args, { env }),
    kubectlWith: (input, ...args) => tryRun(cachedProgram('kubectl'), args, { env, input }),
    helm: (...args) => run(cachedProgram('helm'), args, { env }),
    async stop() {
      await rest.close();
      await controlPlane.stop();
    },
  };
}
