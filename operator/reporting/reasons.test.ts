/** The page for operators names every reason there is, and none that there is not. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const notTold = /\.test\.ts$|\/testing\/|\/conformance\/|^operator\/kernel\/|^drivers\/(fake|node-libvirt)\//;
const source = globSync(['operator/**/*.ts', 'drivers/**/*.ts', 'crds/*.ts'], { cwd: root })
  .filter((file) => !notTold.test(file) && !file.includes('node_modules'))
  .map((file) => readFileSync(join(root, file), 'utf8'))
  .join('\n');
const page = readFileSync(join(root, 'docs/operating.md'), 'utf8').split('\n## Reasons\n')[1] ?? '';

const quoted = (text: string): readonly string[] => [...text.matchAll(/'([A-Z]\w+)'/g)].map(([, word = '']) => word);
/** Made of a kind's name. */
const kindNotFound = ['FlavorNotFound', 'ImageNotFound', 'NetworkNotFound', 'HostNetworkNotFound', 'PoolNotFound'];

/** Where the code says a reason: as a field, as what a plan begins with, and in the lists of operations and labels. */
const said = new Set([
  ...[...source.matchAll(/\breason: ?[^,;{}]*/g)].flatMap(([text]) => quoted(text)),
  ...[...source.matchAll(/\b(?:wait|blocked|settled|succeeded)\(\s*'(\w+)'/g)].map(([, word = '']) => word),
  ...[...source.matchAll(/\b(?:refuse\(\s*\w+|(?:end|outcome)\(\s*'\w+'),\s*'(\w+)'/g)].map(([, word = '']) => word),
  ...[...source.matchAll(/\b(?:export type Operation =|export const LABELS =)[^;]*;/g)].flatMap(([text]) => quoted(text)),
  ...[...source.matchAll(/\bexport const (?:HOST_UNREACHABLE|DISABLED) = '(\w+)'/g)].map(([, word = '']) => word),
  ...kindNotFound,
]);
const told = new Set([...page.matchAll(/`([A-Z]\w+)`/g)].map(([, word = '']) => word));

test('every reason of the code is on the page', () => {
  expect(said.size).toBeGreaterThan(90);
  expect([...said].filter((reason) => !told.has(reason)).sort()).toEqual([]);
});

test('the page names nothing that the code does not know', () => {
  const known = new Set([...kindNotFound, ...quoted(source), ...source.matchAll(/\b[A-Z]\w+\b/g).map(([word]) => word)]);
  expect([...told].filter((reason) => !known.has(reason)).sort()).toEqual([]);
});
