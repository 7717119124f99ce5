/** The guide has an index, and every page is in it. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const guide = join(import.meta.dirname, '../../docs/guide');

test('the index of the guide names every page, and none that there is not', () => {
  const pages = globSync('*.md', { cwd: guide }).filter((page) => page !== 'README.md');
  const named = [...readFileSync(join(guide, 'README.md'), 'utf8').matchAll(/\]\(([a-z-]+\.md)\)/g)].map(([, page]) => page);
  expect(pages.length).toBeGreaterThan(20);
  expect(new Set(named)).toEqual(new Set(pages));
});
