import { expect, test } from '@jest/globals';
import { matchesGlob } from './glob.ts';

test.each<{ glob: string; text: string; matches: boolean }>`
  glob      | text       | matches
  ${'a'}    | ${'a'}     | ${true}
  ${'a'}    | ${'ab'}    | ${false}
  ${'*'}    | ${''}      | ${true}
  ${'*'}    | ${'a'}     | ${true}
  ${'a*'}   | ${'abc'}   | ${true}
  ${'a*'}   | ${'ba'}    | ${false}
  ${'*c'}   | ${'abc'}   | ${true}
  ${'a*c'}  | ${'abbbc'} | ${true}
  ${'a*b*'} | ${'acb'}   | ${true}
  ${'a*b*'} | ${'ac'}    | ${false}
  ${'ab*b'} | ${'ab'}    | ${false}
  ${'*.*'}  | ${'a.b'}   | ${true}
`('$glob on "$text": $matches', ({ glob, text, matches }) => {
  expect(matchesGlob(glob, text)).toBe(matches);
});
