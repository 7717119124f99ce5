/**
 * The programs of a control plane and how each is called: one program of the project's own build that holds all of them,
 * or upstream's, in the folder that KUBEBUILDER_ASSETS names.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cachedProgram } from '../paths.ts';

export type ProgramName = 'etcd' | 'kube-apiserver' | 'controllers';

export interface Program {
  readonly command: string;
  /** What comes before the arguments of the program itself. */
  readonly prefix: readonly string[];
  /** Which controllers it is: ours take no more than a kubeconfig. */
  readonly upstream: boolean;
}

/** Throws, saying what to do, when the program is not there. */
export function findProgram(name: ProgramName, assets = process.env['KUBEBUILDER_ASSETS']): Program {
  if (assets !== undefined && assets !== '') {
    const command = join(assets, name === 'controllers' ? 'kube-controller-manager' : name);
    if (!existsSync(command))
      throw new Error(`KUBEBUILDER_ASSETS names ${assets}, which holds no ${command}: unset it to use the project's own build`);
    return { command, prefix: [], upstream: true };
  }
  const command = cachedProgram('controlplane');
  if (!existsSync(command)) throw new Error(`there is no ${command}: run "make setup"`);
  return { command, prefix: [name === 'controllers' ? 'mini-controllers' : name], upstream: false };
}
