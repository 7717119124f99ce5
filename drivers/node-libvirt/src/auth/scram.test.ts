/** Against the examples of RFC 5802 and RFC 7677. */
import { expect, test } from '@jest/globals';
import { AuthenticationError } from '../errors.ts';
import { plain } from './plain.ts';
import { scram } from './scram.ts';

const CREDENTIALS = { username: 'user', password: 'pencil' };

test.each([
  {
    hash: 'sha1' as const,
    nonce: 'fyko+d2lbbFgONRv9qkxdawL',
    challenge: 'r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096',
    proof: 'c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
    final: 'v=rmF9pqV8S7suAoZWja4dJRkFsKQ=',
  },
  {
    hash: 'sha256' as const,
    nonce: 'rOprNGfwEbeRWgbNEkqO',
    challenge: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    proof: 'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    final: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  },
])('$hash', ({ hash, nonce, challenge, proof, final }) => {
  const conversation = scram('SCRAM', hash, () => nonce).start(CREDENTIALS);
  expect(conversation.next(undefined)).toBe(`n,,n=user,r=${nonce}`);
  expect(conversation.next(challenge)).toBe(proof);
  expect(conversation.done).toBe(false);
  expect(() => conversation.next('v=AAAA')).toThrow(AuthenticationError);
  expect(conversation.done).toBe(false);
  conversation.next(final);
  expect(conversation.done).toBe(true);
});

test.each([
  '',
  'r=other,s=QSXCR+Q6sek8bf92,i=4096',
  'r=mine,s=,i=1',
  'r=mine,s=QSXCR+Q6sek8bf92,i=0',
  'r=mine,s=QSXCR+Q6sek8bf92,i=999999999',
])('a challenge that makes no sense: %s', (challenge) => {
  const conversation = scram('SCRAM', 'sha256', () => 'mine').start(CREDENTIALS);
  conversation.next(undefined);
  expect(() => conversation.next(challenge)).toThrow(AuthenticationError);
});

test('a refusal is said', () => {
  const conversation = scram('SCRAM', 'sha256', () => 'mine').start(CREDENTIALS);
  conversation.next(undefined);
  conversation.next('r=mine-theirs,s=QSXCR+Q6sek8bf92,i=1');
  expect(() => conversation.next('e=invalid-proof')).toThrow('invalid-proof');
});

test('a name with the separators of the protocol', () => {
  const conversation = scram('SCRAM', 'sha256', () => 'mine').start({ username: 'a=b,c', password: '' });
  expect(conversation.next(undefined)).toBe('n,,n=a=3Db=2Cc,r=mine');
});

test('PLAIN', () => {
  const conversation = plain.start(CREDENTIALS);
  expect(conversation.next(undefined)).toBe('\0user\0pencil');
  expect(conversation.done).toBe(true);
});
