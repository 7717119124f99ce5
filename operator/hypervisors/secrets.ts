/** Secrets of cluster-scoped kinds: in the operator's namespace, by name, read when they are needed and kept nowhere. */
import type { ApiCall, ApiClient } from '../kernel/api/client.ts';
import type { KubeObject } from '../kernel/api/object.ts';
import type { Resource } from '../kernel/api/resource.ts';
import type { SecretData } from './secret-data.ts';

interface Secret extends KubeObject {
  /** Base64. */
  readonly data?: Readonly<Record<string, string>>;
}

const SECRETS: Resource<Secret> = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true };

/** The Secrets that exist of those named. */
export async function readSecrets(
  client: ApiClient,
  namespace: string,
  names: readonly string[],
  call: ApiCall,
): Promise<ReadonlyMap<string, SecretData>> {
  const found = await Promise.all(names.map((name) => client.find(SECRETS, { namespace, name }, call)));
  return new Map(found.flatMap((secret) => (secret === undefined ? [] : [[secret.metadata.name, decode(secret)] as const])));
}

function decode({ data }: Secret): SecretData {
  return Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]));
}
