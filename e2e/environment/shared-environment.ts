/**
 * What the e2e tests of one run share: a control plane and a lab of two hosts for each jest worker, since files of tests that
 * run side by side must not meet. Started once, before the first test; each test file installs the chart with the values it
 * wants, and runs the operator.
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

const directoryOf = (dir: string, worker: number): string => join(dir, String(worker));

/** In a test: what `startSharedEnvironment` started for its worker. */
export function sharedEnvironment(): SharedEnvironment {
  const run = process.env[DIRECTORY_VARIABLE];
  // Workers are counted from 1; one that was started anew after a crash has the number of the one before.
  const dir = run && directoryOf(run, Number(process.env['JEST_WORKER_ID'] ?? 1));
  if (dir === undefined) throw new Error('the shared environment is not started: run e2e tests through jest, as "make e2e" does');
  return { dir, controlPlane: ControlPlane.attach(join(dir, 'control-plane')), lab: Lab.attach(join(dir, 'lab')) };
}

/** Takes jest's configuration of the run; benchmarks run alone. */
export async function startSharedEnvironment({ maxWorkers } = { maxWorkers: 1 }): Promise<void> {
  const dir = join(e2eDir, becomeOwner());
  await clearEnvironments(e2eDir, leftOver);
  removeFinishedRuns();
  mkdirSync(dir, { recursive: true });
  await run('npm', ['run', 'build'], { cwd: projectRoot });
  try {
    for (let worker = 1; worker <= maxWorkers; worker += 1) await startEnvironment(directoryOf(dir, worker));
  } catch (error) {
    // No tear-down follows a set-up that failed.
    await stopSharedEnvironment();
    throw error;
  }
  process.env[DIRECTORY_VARIABLE] = dir;
}

/** One after the other: each lab looks for a network that is free. Resolves when both parts are up, or rejects when neither is on its way any more. */
async function startEnvironment(dir: string): Promise<void> {
  const started = await Promise.allSettled([ControlPlane.start({ dir: join(dir, 'control-plane') }), Lab.start(join(dir, 'lab'))]);
  const failure = started.find((one) => one.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
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
