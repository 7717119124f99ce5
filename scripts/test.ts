/**
 * The whole of what a change must pass: verify, then every kind of test, also after failures, with one sum over all.
 *
 * The last line is `N passed, N failed`. The exit code is not 0 when anything failed, or when a kind of test ran none.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Outcome, outcomeOf, summarize } from './test-summary.ts';

const SUITES = ['unit', 'integration', 'e2e'] as const;

const root = resolve(import.meta.dirname, '..');
const results = join(root, '.hostler/test-results');
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });

const outcomes: Outcome[] = [runVerify(), ...SUITES.map(runSuite)];
const { text, ok } = summarize(outcomes);
writeFileSync(join(results, 'summary'), text);
process.stdout.write(`\n${text}`);
process.exitCode = ok ? 0 : 1;

function runVerify(): Outcome {
  const ok = run('scripts/verify', []) === 0;
  return { name: 'verify', passed: 0, failed: 0, skipped: 0, ok };
}

function runSuite(name: (typeof SUITES)[number]): Outcome {
  const file = join(results, `${name}.json`);
  const exitCode = run('npm', ['run', '--silent', name, '--', '--json', '--outputFile', file]);
  return outcomeOf(name, exitCode, existsSync(file) ? readFileSync(file, 'utf8') : undefined);
}

/** What jest prints on standard output with --json is of no use here; people read the other. */
function run(command: string, args: readonly string[]): number {
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  return status ?? -1;
}
