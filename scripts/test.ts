/**
 * The whole of what a change must pass: verify, then every kind of test, also after failures, with one sum over all.
 *
 * The last line is `N passed, N failed`. The exit code is not 0 when anything failed, or when a kind of test ran none.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Outcome, outcomeOf, summarize } from './test-summary.ts';

/** Kinds of tests, and how long each may take: a run that hangs is ended, with all that it started, and counts as failed. */
const SUITES = { unit: '10m', integration: '20m', e2e: '45m' } as const;

const root = resolve(import.meta.dirname, '..');
const results = join(root, '.hostler/test-results');
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });

const outcomes: Outcome[] = [runVerify(), ...Object.entries(SUITES).map(([name, limit]) => runSuite(name, limit))];
const { text, ok } = summarize(outcomes);
writeFileSync(join(results, 'summary'), text);
process.stdout.write(`\n${text}`);
process.exitCode = ok ? 0 : 1;

function runVerify(): Outcome {
  const ok = run('scripts/verify', []) === 0;
  return { name: 'verify', passed: 0, failed: 0, skipped: 0, ok };
}

function runSuite(name: string, limit: string): Outcome {
  const file = join(results, `${name}.json`);
  const exitCode = run('timeout', ['--kill-after=30', limit, 'npm', 'run', '--silent', name, '--', '--json', '--outputFile', file]);
  return outcomeOf(name, exitCode, existsSync(file) ? readFileSync(file, 'utf8') : undefined);
}

function run(command: string, args: readonly string[]): number {
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  return status ?? -1;
}
