import { execFileSync } from 'node:child_process';
import { constants, createPrivateKey, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { encryptedFor, newPassword, ownerKey, rsaKeyAmong } from './owner-key.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const { e = '', n = '' } = publicKey.export({ format: 'jwk' });

function field(content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
}

/** As ssh-keygen writes it. */
function sshLine(): string {
  const modulus = Buffer.concat([Buffer.from([0]), Buffer.from(n, 'base64url')]);
  const blob = Buffer.concat([Buffer.from('ssh-rsa'), Buffer.from(e, 'base64url'), modulus].map(field));
  return `ssh-rsa ${blob.toString('base64')} me@example.com`;
}

const decrypted = (text: string): string =>
  privateDecrypt(
    {
      key: createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })),
      padding: constants.RSA_PKCS1_OAEP_PADDING,
      oaepHash: 'sha256',
    },
    Buffer.from(text, 'base64'),
  ).toString();

test.each([
  ['PEM', pem],
  ['PEM of PKCS#1', publicKey.export({ type: 'pkcs1', format: 'pem' }).toString()],
  ['a line of authorized_keys', sshLine()],
  ['a line with a line break', `${sshLine()}\n`],
])('its owner, and nobody else, reads what is encrypted to a key in %s', (_, text) => {
  expect(decrypted(encryptedFor(ownerKey(text), 'correct horse'))).toBe('correct horse');
});

test.each([
  ['nothing', ''],
  ['prose', 'my key'],
  ['a key of another kind', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ me@example.com'],
  ['a line that is cut off', sshLine().slice(0, 90)],
  ['a line without a key', 'ssh-rsa'],
  ['a key too short', generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ type: 'spki', format: 'pem' }).toString()],
  ['an elliptic curve', generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' }).toString()],
])('%s is no key to encrypt to', (_, text) => {
  expect(() => ownerKey(text)).toThrow(expect.objectContaining({ label: 'InvalidSpec', reason: 'PublicKeyInvalid' }));
});

test('of several keys the first of the right kind is taken', () => {
  expect(rsaKeyAmong(['ssh-ed25519 AAAA', ' ssh-rsa one', 'ssh-rsa two'])).toBe(' ssh-rsa one');
  expect(rsaKeyAmong(['ssh-ed25519 AAAA'])).toBeUndefined();
});

test('passwords differ, and have some of each kind', () => {
  const all = Array.from({ length: 200 }, newPassword);
  expect(new Set(all).size).toBe(200);
  for (const one of all) expect(one).toMatch(/^(?=.*[a-z])(?=.*[A-Z])(?=.*[2-9])[A-Za-z2-9]{20}$/);
});

test('openssl reads it, as the guide says', () => {
  const input = Buffer.from(encryptedFor(ownerKey(pem), 'correct horse'), 'base64');
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const shell =
    'exec openssl pkeyutl -decrypt -inkey /dev/fd/3 -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 3<<KEY\n$KEY\nKEY';
  expect(execFileSync('bash', ['-c', shell], { input, env: { ...process.env, KEY: key } }).toString()).toBe('correct horse');
});
