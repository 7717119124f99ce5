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
])('$hash', async ({ hash, nonce, challenge, proof, final }) => {
  const conversation = scram('SCRAM', hash, () => nonce).start(CREDENTIALS);
  expect(await conversation.next(undefined)).toBe(`n,,n=user,r=${nonce}`);
  expect(await conversation.next(challenge)).toBe(proof);
  expect(conversation.done).toBe(false);
  await expect(conversation.next('v=AAAA')).rejects.toThrow(AuthenticationError);
  expect(conversation.done).toBe(false);
  await conversation.next(final);
  expect(conversation.done).toBe(true);
});

test.each([
  '',
  'r=other,s=QSXCR+Q6sek8bf92,i=4096',
  'r=mine,s=,i=4096',
  'r=mine,s=QSXCR+Q6sek8bf92,i=many',
  'r=mine,s=QSXCR+Q6sek8bf92,i=4096.5',
  'r=mine,s=QSXCR+Q6sek8bf92,i=0',
  'r=mine,s=QSXCR+Q6sek8bf92,i=4095',
  'r=mine,s=QSXCR+Q6sek8bf92,i=100001',
  'r=mine,s=QSXCR+Q6sek8bf92,i=999999999',
])('a challenge that makes no sense: %s', async (challenge) => {
  const conversation = scram('SCRAM', 'sha256', () => 'mine').start(CREDENTIALS);
  await conversation.next(undefined);
  await expect(conversation.next(challenge)).rejects.toThrow(AuthenticationError);
});

test('nobody waits while the key is derived, however many iterations the daemon asks for', async () => {
  const conversation = scram('SCRAM', 'sha512', () => 'mine').start(CREDENTIALS);
  await conversation.next(undefined);
  let others = 0;
  const turns = setInterval(() => (others += 1), 1);
  await conversation.next('r=mine-theirs,s=QSXCR+Q6sek8bf92,i=100000');
  clearInterval(turns);
  expect(others).toBeGreaterThan(0);
});

test('a refusal is said', async () => {
  const conversation = scram('SCRAM', 'sha256', () => 'mine').start(CREDENTIALS);
  await conversation.next(undefined);
  await conversation.next('r=mine-theirs,s=QSXCR+Q6sek8bf92,i=4096');
  await expect(conversation.next('e=invalid-proof')).rejects.toThrow('invalid-proof');
});

test('a name with the separators of the protocol', async () => {
  const conversation = scram('SCRAM', 'sha256', () => 'mine').start({ username: 'a=b,c', password: '' });
  expect(await conversation.next(undefined)).toBe('n,,n=a=3Db=2Cc,r=mine');
});

test('PLAIN', async () => {
  const conversation = plain.start(CREDENTIALS);
  expect(await conversation.next(undefined)).toBe('\0user\0pencil');
  expect(conversation.done).toBe(true);
});
