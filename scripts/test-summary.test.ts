import { expect, test } from '@jest/globals';
import { outcomeOf, summarize } from './test-summary.ts';

const result = (fields: object) =>
  JSON.stringify({
    success: true,
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    numRuntimeErrorTestSuites: 0,
    ...fields,
  });

test.each([
  { run: 'all passed', exitCode: 0, json: result({ numPassedTests: 3 }), passed: 3, failed: 0, ok: true },
  {
    run: 'one failed',
    exitCode: 1,
    json: result({ numPassedTests: 3, numFailedTests: 1, success: false }),
    passed: 3,
    failed: 1,
    ok: false,
  },
  {
    run: 'a file did not load',
    exitCode: 1,
    json: result({ numPassedTests: 3, numRuntimeErrorTestSuites: 1, success: false }),
    passed: 3,
    failed: 1,
    ok: false,
  },
  { run: 'no test ran', exitCode: 0, json: result({}), passed: 0, failed: 0, ok: false },
  { run: 'the tear-down failed', exitCode: 1, json: result({ numPassedTests: 3 }), passed: 3, failed: 0, ok: false },
  { run: 'it ended before its result', exitCode: 137, json: undefined, passed: 0, failed: 1, ok: false },
])('$run: $passed passed, $failed failed, ok is $ok', ({ exitCode, json, passed, failed, ok }) => {
  expect(outcomeOf('unit', exitCode, json)).toMatchObject({ passed, failed, ok });
});

test('the last line is the sum, and one bad run spoils it all', () => {
  const good = outcomeOf('unit', 0, result({ numPassedTests: 3, numPendingTests: 2 }));
  const bad = outcomeOf('e2e', 1, result({ numPassedTests: 1, numFailedTests: 2, success: false }));
  expect(summarize([good, bad])).toMatchObject({ ok: false, text: expect.stringMatching(/\n4 passed, 2 failed\n$/) });
  expect(summarize([good])).toMatchObject({ ok: true, text: expect.stringMatching(/\n3 passed, 0 failed\n$/) });
});
