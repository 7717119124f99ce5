/**
 * Where things are: the project's root, and what is made at run time below `.hostler/` (ignored by git).
 */
import { join, resolve } from 'node:path';

export const projectRoot = resolve(import.meta.dirname, '../..');

/** Everything made at run time lives here; `make clean` removes it. */
export const stateDir = join(projectRoot, '.hostler');

/** Below it, each integration test that starts something has a directory of its own; the demo's are elsewhere, so both run at the same time. */
export const testDir = join(stateDir, 'test');

/** Below it, each e2e run has a directory, which stays for whoever looks into its logs until the next run. */
export const e2eDir = join(stateDir, 'e2e');

/** A program that the set-up put into the project's cache: `kubectl`, `helm`, `controlplane`, `docker-registry`, `tgtd`, `tgtadm`. */
export function cachedProgram(name: 'kubectl' | 'helm' | 'controlplane' | 'docker-registry' | 'tgtd' | 'tgtadm'): string {
  return join(stateDir, 'bin', name);
}
