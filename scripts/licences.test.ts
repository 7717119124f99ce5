import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { unfreePackages } from './licences.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'licences-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function install(folder: string, fields: object): string {
  mkdirSync(join(root, 'node_modules', folder), { recursive: true });
  writeFileSync(join(root, 'node_modules', folder, 'package.json'), JSON.stringify(fields));
  return `node_modules/${folder}/lib/index.js`;
}

test('what asks for more than notices is named, once, with its licence', () => {
  const files = [
    'operator/main.ts',
    install('free', { license: 'MIT' }),
    install('@scope/either', { license: '(GPL-2.0 OR Apache-2.0)' }),
    install('old', { licenses: [{ type: 'BSD-3-Clause' }] }),
    install('shared-alike', { license: 'AGPL-3.0-or-later' }),
    'node_modules/shared-alike/other.js',
    install('free/node_modules/nested', { license: 'GPL-3.0-only' }),
    install('silent', {}),
  ];
  expect(unfreePackages(root, files)).toEqual([
    'node_modules/shared-alike (AGPL-3.0-or-later)',
    'node_modules/free/node_modules/nested (GPL-3.0-only)',
    'node_modules/silent (no licence)',
  ]);
});
