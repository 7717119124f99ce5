/**
 * What all e2e tests of one run share: a control plane, a lab of two hosts, and guest images. Started once, before the first
 * test; each test file installs the chart with the values it wants, and runs the operator.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';
import { ControlPlane } from './control-plane.ts';
import { Lab } from './lab.ts';
import { clearEnvironments, leftOver } from './left-overs.ts';
import { e2eDir, projectRoot } from './paths.ts';
import { becomeOwner, currentOwner, isOwnerAlive } from './processes.ts';

export interface SharedEnvironment {
  /** Of this run: test files put what they make at run time below it. */
  readonly dir: string;
  readonly controlPlane: ControlPlane;
  readonly lab: Lab;
}

/** Handed from the process that starts it to those that run the tests. */
const DIRECTORY_VARIABLE = 'HOSTLER_E2E_DIR';

/** In a test: what `startSharedEnvironment` started. */
export function sharedEnvironment(): SharedEnvironment {
  const dir = process.env[DIRECTORY_VARIABLE];
  if (dir === undefined) throw new Error('the shared environment is not started: run e2e tests through jest, as "make e2e" does');
  return { dir, controlPlane: ControlPlane.attach(join(dir, 'control-plane')), lab: Lab.attach(join(dir, 'lab')) };
}

export async function startSharedEnvironment(): Promise<void> {
  const dir = join(e2eDir, becomeOwner());
  await clearEnvironments(e2eDir, leftOver);
  removeFinishedRuns();
  mkdirSync(dir, { recursive: true });
  await run('npm', ['run', 'build'], { cwd: projectRoot });
  const started = await Promise.allSettled([ControlPlane.start({ dir: join(dir, 'control-plane') }), Lab.start(join(dir, 'lab'))]);
  const failure = started.find((one) => one.status === 'rejected');
  if (failure !== undefined) {
    // No tear-down follows a set-up that failed.
    await stopSharedEnvironment();
    throw failure.reason;
  }
  process.env[DIRECTORY_VARIABLE] = dir;
}

/** The hosts go altogether; logs of the control plane and of the operator stay until the next run. */
export async function stopSharedEnvironment(): Promise<void> {
  await clearEnvironments(e2eDir, (owner) => owner === currentOwner());
}

function removeFinishedRuns(): void {
  if (!existsSync(e2eDir)) return;
  for (const owner of readdirSync(e2eDir)) {
    if (!isOwnerAlive(owner)) rmSync(join(e2eDir, owner), { recursive: true, force: true });
  }
}
