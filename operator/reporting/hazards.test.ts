/** The page of hazards says "Tested" of those whose number some test has in its name, and of no others. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const rows = [...readFileSync(join(root, 'docs/hazards.md'), 'utf8').matchAll(/^\| (§16\.\d+) *\|[^|]*\| *([^|]*?) *\|/gm)];
const names = globSync(['operator/**/*.test.ts', 'drivers/**/*.test.ts', 'e2e/**/*.test.ts'], {
  cwd: root,
  exclude: ['**/node_modules/**'],
})
  .map((file) => readFileSync(join(root, file), 'utf8'))
  .flatMap((source) => source.split('\n').filter((line) => /^\s*(?:test|describe|\])|^\s*'§|^\s*\['§/.test(line)))
  .flatMap((line) => line.match(/§16\.\d+/g) ?? []);

test('all forty are told', () => {
  expect(rows.map(([, number]) => number)).toEqual(Array.from({ length: 40 }, (_, index) => `§16.${index + 1}`));
});

test('those that are called tested are, and those that are tested are called so', () => {
  const tested = rows.filter(([, , here]) => here === 'Tested').map(([, number]) => number);
  expect(new Set(tested)).toEqual(new Set(names));
});
