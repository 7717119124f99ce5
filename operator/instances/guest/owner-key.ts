/**
 * Passwords that only their owner can read: made up here, and encrypted to the owner's RSA key.
 *
 * OAEP with SHA-256 (RFC 8017); the padding that older tools use lets whoever may ask often enough find out the content.
 */
import { constants, createPublicKey, type KeyObject, publicEncrypt, randomInt } from 'node:crypto';
import { DriverError } from '../../../drivers/labels.ts';

const LEAST_BITS = 2048;
const MOST_BITS = 8192;

/** PEM, or a line of `authorized_keys`. Throws `InvalidSpec`, reason `PublicKeyInvalid`, on what is no RSA key that may be used. */
export function ownerKey(text: string): KeyObject {
  const key = parsed(text.trim());
  const bits = key?.asymmetricKeyType === 'rsa' ? (key.asymmetricKeyDetails?.modulusLength ?? 0) : 0;
  if (key !== undefined && bits >= LEAST_BITS && bits <= MOST_BITS) return key;
  throw new DriverError('InvalidSpec', `the public key is no RSA key of ${LEAST_BITS} to ${MOST_BITS} bits, in PEM or as ssh-rsa`, {
    reason: 'PublicKeyInvalid',
  });
}

/** The first of the lines of `authorized_keys` that is an RSA key. */
export const rsaKeyAmong = (lines: readonly string[]): string | undefined => lines.find((line) => line.trim().startsWith('ssh-rsa '));

/** Base64. */
export function encryptedFor(key: KeyObject, text: string): string {
  const padding = { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  return publicEncrypt(padding, Buffer.from(text)).toString('base64');
}

/** None of those that are taken for each other. */
const ALL = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const KINDS = [/[a-z]/, /[A-Z]/, /[0-9]/] as const;
const LENGTH = 20;

/** 20 letters and digits, some of each kind, as systems ask for: more than 110 bits of chance. */
export function newPassword(): string {
  for (;;) {
    const password = Array.from({ length: LENGTH }, () => ALL[randomInt(ALL.length)]).join('');
    if (KINDS.every((kind) => kind.test(password))) return password;
  }
}

function parsed(text: string): KeyObject | undefined {
  try {
    if (!text.startsWith('ssh-rsa ')) return createPublicKey(text);
    const [type, e, n] = fieldsOf(Buffer.from(text.split(/\s+/)[1] ?? '', 'base64'));
    if (type?.toString('latin1') !== 'ssh-rsa' || e === undefined || n === undefined) return undefined;
    return createPublicKey({ key: { kty: 'RSA', e: e.toString('base64url'), n: withoutZero(n).toString('base64url') }, format: 'jwk' });
  } catch {
    return undefined;
  }
}

/** Length and content, one after the other. Source: RFC 4253, section 6.6, and RFC 4251, section 5. */
function fieldsOf(blob: Buffer): readonly Buffer[] {
  const fields: Buffer[] = [];
  for (let at = 0; at + 4 <= blob.length;) {
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) return [];
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

/** A number whose first bit is set has a zero before it there. */
const withoutZero = (number: Buffer): Buffer => (number[0] === 0 ? number.subarray(1) : number);
