import { expect, test } from '@jest/globals';
import { parseFakeOptions } from './options.ts';

test('the socket is all that is needed', () => {
  expect(parseFakeOptions(['--socket', '/s'])).toEqual({ socket: '/s', stateDir: undefined, script: undefined, control: undefined });
});

test('everything can be said', () => {
  const argv = ['--socket=/s', '--state-dir=/d', '--script=/f', '--control={}'];
  expect(parseFakeOptions(argv)).toEqual({ socket: '/s', stateDir: '/d', script: '/f', control: '{}' });
});

test('help asks for nothing else', () => {
  expect(parseFakeOptions(['--help'])).toBeUndefined();
});

test.each<{ argv: readonly string[]; why: string }>`
  argv                                   | why
  ${[]}                                  | ${'--socket is required'}
  ${['--socket', '']}                    | ${'--socket is required'}
  ${['--socket', `/${'x'.repeat(107)}`]} | ${'at most 107'}
  ${['--sock', '/s']}                    | ${'--sock'}
  ${['extra']}                           | ${'extra'}
`('$argv is refused', ({ argv, why }) => {
  expect(() => parseFakeOptions(argv)).toThrow(why);
});
