/**
 * Where things are: the project's root, and what is made at run time below `.hostler/` (ignored by git).
 */
import { join, resolve } from 'node:path';

export const projectRoot = resolve(import.meta.dirname, '../..');

/** Everything made at run time lives here; `make clean` removes it. */
export const stateDir = join(projectRoot, '.hostler');

/** What the demo runs on; tests have a directory of their own, so both can run at the same time. */
export const demoDir = stateDir;
export const testDir = join(stateDir, 'test');

/** A program that the set-up put into the project's cache: `kubectl`, `helm`, `controlplane`. */
export function cachedProgram(name: 'kubectl' | 'helm' | 'controlplane'): string {
  return join(stateDir, 'bin', name);
}
