import { describe, expect, test } from '@jest/globals';
import { operatorUsage, parseOperatorOptions } from './options.ts';
import { parseAddress, parseCidrs, parseDurationMs, UsageError } from './parse.ts';

const parse = (...args: readonly string[]) => parseOperatorOptions(['--namespace', 'hostler-system', ...args]);

test('without flags the defaults hold', () => {
  expect(parse()).toMatchObject({
    namespace: 'hostler-system',
    kubeconfig: undefined,
    clusterId: undefined,
    tickMs: 10_000,
    auditMs: 900_000,
    leaseDurationMs: 15_000,
    metricsAddress: ':8080',
    debugAddress: undefined,
    imagesDeniedCidrs: ['127.0.0.0/8', '::1/128', '169.254.0.0/16', 'fe80::/10'],
    imagesAllowedCidrs: [],
    imagesTransfersPerHost: 2,
    imagesPruneAfterMs: 604_800_000,
    logLevel: 'info',
  });
});

test('an empty cluster id and empty list, as a chart renders them, mean absent and none', () => {
  expect(parse('--cluster-id=', '--images-denied-cidrs=')).toMatchObject({ clusterId: undefined, imagesDeniedCidrs: [] });
});

test.each([
  { args: ['--namespace='], message: '--namespace is required' },
  { args: ['--tick', '10'], message: '--tick wants a duration' },
  { args: ['--tick', '10ms'], message: '--tick must be at least' },
  { args: ['--tick=1m', '--audit=10s'], message: '--audit must not be shorter' },
  { args: ['--workers', '0'], message: '--workers wants a whole number' },
  { args: ['--log-level', 'loud'], message: '--log-level is one of' },
  { args: ['--lease-duration=10s'], message: '--lease-renew-deadline must be shorter' },
  { args: ['--lease-retry=10s'], message: '--lease-retry must be shorter' },
  { args: ['--images-denied-cidrs=10.0.0.0/33'], message: '--images-denied-cidrs wants networks' },
  { args: ['--images-allowed-cidrs=example.org'], message: '--images-allowed-cidrs wants networks' },
  { args: ['--images-prune-after=9m'], message: '--images-prune-after must be at least 10m' },
  { args: ['--images-transfers-per-host=0'], message: '--images-transfers-per-host wants a whole number' },
  { args: ['--metrics-address=8080'], message: '--metrics-address wants host:port' },
  { args: ['--metrics-address=:99999'], message: '--metrics-address wants host:port' },
  { args: ['--unheard-of'], message: 'unheard-of' },
  { args: ['positional'], message: 'positional' },
])('$args is refused: $message', ({ args, message }) => {
  expect(() => parse(...args)).toThrow(UsageError);
  expect(() => parse(...args)).toThrow(message);
});

describe('values', () => {
  test.each([
    ['10s', 10_000],
    ['1m30s', 90_000],
    ['250ms', 250],
    ['0s', 0],
    ['1.5h', 5_400_000],
  ])('duration %s is %d ms', (text, ms) => {
    expect(parseDurationMs('x', text)).toBe(ms);
  });

  test.each(['', 's', '10 s', '-1s', '1d', '10s!'])('duration "%s" is refused', (text) => {
    expect(() => parseDurationMs('x', text)).toThrow('--x wants a duration');
  });

  test.each(['127.0.0.1:80', '[::1]:80', ':80', 'localhost:0'])('address %s is taken as it is', (text) => {
    expect(parseAddress('x', text)).toBe(text);
  });

  test('address 0 means that nothing is served', () => {
    expect(parseAddress('x', '0')).toBeUndefined();
  });

  test('a bare address is a network of one', () => {
    expect(parseCidrs('x', '10.0.0.1, fd00::1,10.0.0.0/8')).toEqual(['10.0.0.1/32', 'fd00::1/128', '10.0.0.0/8']);
  });
});

test('the usage names every flag with its default', () => {
  expect(operatorUsage()).toMatch(/--tick DURATION\n.*\(default 10s\)/);
  expect(operatorUsage()).toContain('--namespace NAME');
});
