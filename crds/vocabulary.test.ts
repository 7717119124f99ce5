import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

test.each(['vocabulary.ts', 'quantity.ts', 'duration.ts'])('%s brings no schema into the running operator', (file) => {
  const source = readFileSync(join(import.meta.dirname, file), 'utf8');
  expect(source.split('\n').filter((line) => /^(import|export .* from)\b/.test(line))).toEqual([]);
});
