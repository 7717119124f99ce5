/** Users' Secrets: got by name when an operation needs them; never listed, watched or kept. */
import type { ApiClient } from './kernel/api/client.ts';
import { ApiError } from './kernel/api/errors.ts';
import type { KubeObject } from './kernel/api/object.ts';
import type { Resource } from './kernel/api/resource.ts';

/** Secrets are read by name when they are needed, never listed or watched. */
export interface Secrets {
  /** The bytes under the key. */
  read(namespace: string, name: string, key: string, signal: AbortSignal): Promise<SecretValue>;
}

export type SecretValue =
  | { readonly kind: 'Found'; readonly value: Uint8Array }
  /** No such Secret, no such key in it, or no right to read it: for people. */
  | { readonly kind: 'Missing'; readonly message: string };

interface Secret extends KubeObject {
  /** Base64. */
  readonly data?: Readonly<Record<string, string>>;
}

const SECRETS: Resource<Secret> = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true };
const TIMEOUT_MS = 5_000;

export function secretsOf(client: ApiClient): Secrets {
  return {
    async read(namespace, name, key, signal): Promise<SecretValue> {
      try {
        const secret = await client.find(SECRETS, { namespace, name }, { signal, timeoutMs: TIMEOUT_MS });
        if (secret === undefined) return missing(`Secret ${name} exists`);
        const value = secret.data?.[key];
        return value === undefined ? missing(`Secret ${name} has key ${key}`) : { kind: 'Found', value: Buffer.from(value, 'base64') };
      } catch (error) {
        if (error instanceof ApiError && error.reason === 'Forbidden')
          return missing(`the operator may read Secret ${name}: see chart value namespaces`);
        throw error;
      }
    },
  };
}

const missing = (message: string): SecretValue => ({ kind: 'Missing', message });
