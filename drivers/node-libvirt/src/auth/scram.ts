/**
 * SASL SCRAM (RFC 5802, 7677): the password is never sent, and the daemon proves that it knows it too.
 *
 * Without channel binding, so a server in the middle of an unencrypted connection could still pass messages on.
 */
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { AuthenticationError } from '../errors.ts';
import type { Credentials } from './credentials.ts';
import type { Conversation, Mechanism } from './mechanism.ts';

type Hash = 'sha1' | 'sha256' | 'sha512';

/** base64 of `n,,`: no channel binding. */
const GS2_HEADER = 'n,,';
/** RFC 7677: with fewer, who pretends to be the daemon could guess the password from our proof at leisure. */
const MIN_ITERATIONS = 4_096;
/** More than Cyrus SASL ever asks for (65536). A daemon that asks for more would only keep us busy. */
const MAX_ITERATIONS = 100_000;

/** In a thread: the daemon says how long it takes, and nobody else is to wait for it. */
const derive = promisify(pbkdf2);

export function scram(name: string, hash: Hash, nonce: () => string = () => randomBytes(24).toString('base64')): Mechanism {
  return { name, needsConfidentiality: false, start: (credentials) => new ScramConversation(hash, credentials, nonce()) };
}

class ScramConversation implements Conversation {
  done = false;
  readonly #hash: Hash;
  readonly #credentials: Credentials;
  readonly #nonce: string;
  #expectedSignature: Buffer | undefined;

  constructor(hash: Hash, credentials: Credentials, nonce: string) {
    this.#hash = hash;
    this.#credentials = credentials;
    this.#nonce = nonce;
  }

  async next(received: string | undefined): Promise<string> {
    if (received === undefined) return `${GS2_HEADER}${this.#firstBare()}`;
    if (this.#expectedSignature === undefined) return this.#prove(received);
    this.#checkServer(received, this.#expectedSignature);
    return '';
  }

  #firstBare(): string {
    return `n=${this.#credentials.username.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${this.#nonce}`;
  }

  async #prove(challenge: string): Promise<string> {
    const { r: nonce = '', s: salt = '', i: iterations = '' } = attributes(challenge);
    const rounds = Number(iterations);
    if (!nonce.startsWith(this.#nonce) || salt === '' || !Number.isInteger(rounds)) {
      throw new AuthenticationError('The daemon sent a SCRAM challenge that makes no sense');
    }
    if (rounds < MIN_ITERATIONS || rounds > MAX_ITERATIONS) {
      throw new AuthenticationError(
        `The daemon asks for ${rounds} iterations of SCRAM; ${MIN_ITERATIONS} to ${MAX_ITERATIONS} are accepted: set its password anew`,
      );
    }
    const length = createHash(this.#hash).digest().length;
    const salted = await derive(this.#credentials.password.normalize('NFKC'), Buffer.from(salt, 'base64'), rounds, length, this.#hash);
    const clientKey = this.#hmac(salted, 'Client Key');
    const storedKey = createHash(this.#hash).update(clientKey).digest();
    const finalBare = `c=${Buffer.from(GS2_HEADER).toString('base64')},r=${nonce}`;
    const authMessage = `${this.#firstBare()},${challenge},${finalBare}`;
    const signature = this.#hmac(storedKey, authMessage);
    const proof = clientKey.map((byte, index) => byte ^ (signature[index] ?? 0));
    this.#expectedSignature = this.#hmac(this.#hmac(salted, 'Server Key'), authMessage);
    return `${finalBare},p=${Buffer.from(proof).toString('base64')}`;
  }

  #checkServer(final: string, expected: Buffer): void {
    const { v: signature = '', e: error } = attributes(final);
    if (error !== undefined) throw new AuthenticationError(`The daemon refuses the user name or the password: ${error}`);
    const received = Buffer.from(signature, 'base64');
    if (received.length !== expected.length || !timingSafeEqual(received, expected)) {
      throw new AuthenticationError('The daemon does not know the password itself: it is not the one it pretends to be');
    }
    this.done = true;
  }

  #hmac(key: Buffer, data: string): Buffer {
    return createHmac(this.#hash, key).update(data).digest();
  }
}

/** `r=...,s=...,i=...` */
function attributes(message: string): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(message.split(',').map((part) => [part.slice(0, 1), part.slice(2)]));
}
