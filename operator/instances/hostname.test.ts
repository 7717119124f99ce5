import { expect, test } from '@jest/globals';
import type { GuestSystem } from '../../crds/vocabulary.ts';
import { hostnameOf, hostnameProblem } from './hostname.ts';

const named = (name: string, os: GuestSystem = 'Linux', hostname?: string): string => hostnameOf({ uid: 'uid-1', name, os, hostname });

test.each<[string, GuestSystem, string | RegExp]>([
  ['web', 'Linux', 'web'],
  ['web.example', 'Linux', 'web'],
  [`${'a'.repeat(62)}-b`, 'Linux', 'a'.repeat(62)],
  ['123', 'Linux', '123'],
  ['exactly-15-long', 'Windows', 'exactly-15-long'],
  ['more-than-15-long', 'Windows', /^more-than-[0-9a-f]{5}$/],
  ['12345-78-a-long-one', 'Windows', /^12345-78-[0-9a-f]{5}$/],
  ['123', 'Windows', /^123-[0-9a-f]{5}$/],
])('the name of Instance %s, to %s', (name, os, expected) => {
  expect(named(name, os)).toMatch(typeof expected === 'string' ? new RegExp(`^${expected}$`) : expected);
});

test('two long names of Windows guests stay apart', () => {
  const [one, other] = ['uid-1', 'uid-2'].map((uid) => hostnameOf({ uid, name: 'application-server-1', os: 'Windows' }));
  expect(one).not.toBe(other);
});

test("the spec's word stands", () => {
  expect(named('web', 'Linux', 'www.example.com')).toBe('www.example.com');
});

test.each<[string | undefined, GuestSystem, RegExp | undefined]>([
  [undefined, 'Windows', undefined],
  ['a-name-that-is-rather-long', 'Linux', undefined],
  ['123', 'Linux', undefined],
  ['exactly-15-long.example.com', 'Windows', undefined],
  ['more-than-15-long.example.com', 'Windows', /at most 15 characters/],
  ['123.example.com', 'Windows', /digits alone/],
])('%s for %s', (hostname, os, problem) => {
  const found = hostnameProblem({ hostname, os });
  if (problem === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(problem);
});
