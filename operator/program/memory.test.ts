import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { HEAP_FLAG } from './memory.ts';

test('the V8 of this Node knows the flag: an unknown one would be passed over in silence', () => {
  const [name] = HEAP_FLAG.split('=');
  expect(execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' })).toContain(`  ${name} (`);
});
