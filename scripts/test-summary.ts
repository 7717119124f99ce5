/** What several test runs come to. Pure: the runs themselves are started by test.ts. */

export interface Outcome {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly ok: boolean;
}

/** The fields of jest's --json output that count. */
interface JestResult {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  /** Files that could not even be loaded: their tests are counted nowhere else. */
  readonly numRuntimeErrorTestSuites: number;
}

/** `json` is undefined when the run ended before it could write its result: one failure, as nothing better is known. */
export function outcomeOf(name: string, exitCode: number, json: string | undefined): Outcome {
  if (json === undefined) return { name, passed: 0, failed: 1, skipped: 0, ok: false };
  const result = JSON.parse(json) as JestResult;
  const passed = result.numPassedTests;
  return {
    name,
    passed,
    failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
    skipped: result.numPendingTests + result.numTodoTests,
    ok: exitCode === 0 && result.success && passed > 0,
  };
}

/** A table for people, and the line that counts. */
export function summarize(outcomes: readonly Outcome[]): { readonly text: string; readonly ok: boolean } {
  const sum = (field: 'passed' | 'failed' | 'skipped') => outcomes.reduce((total, outcome) => total + outcome[field], 0);
  const rows = outcomes.map(({ name, passed, failed, skipped, ok }) => {
    const counts = [passed, failed, skipped].map((count) => String(count).padStart(8)).join('');
    return `${name.padEnd(14)}${counts}  ${ok ? 'ok' : 'FAILED'}`;
  });
  const heading = `${''.padEnd(14)}${['passed', 'failed', 'skipped'].map((word) => word.padStart(8)).join('')}`;
  return {
    text: `${[heading, ...rows, '', `${sum('passed')} passed, ${sum('failed')} failed`].join('\n')}\n`,
    ok: outcomes.every(({ ok }) => ok),
  };
}
