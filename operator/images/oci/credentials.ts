/** User and password for a registry, from what `docker login` and `kubectl create secret docker-registry` write. */
import { DriverError } from '../../../drivers/labels.ts';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

interface Entry {
  readonly username?: unknown;
  readonly password?: unknown;
  readonly auth?: unknown;
}

/** Key of the Secret. */
export const DOCKER_CONFIG = '.dockerconfigjson';

/** Of that registry; undefined: the file has none for it. Throws `Transient` on what is no such file, and repeats nothing of it. */
export function credentialsFor(registry: string, config: Uint8Array): Credentials | undefined {
  const auths = authsOf(config);
  const key = Object.keys(auths).find((each) => hostOf(each) === hostOf(registry));
  const entry = key === undefined ? undefined : auths[key];
  return entry === undefined || entry === null ? undefined : (plain(entry) ?? encoded(entry));
}

export const basicOf = ({ user, password }: Credentials): string => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

function authsOf(config: Uint8Array): Readonly<Record<string, Entry | null>> {
  try {
    const { auths } = JSON.parse(Buffer.from(config).toString('utf8')) as {
      readonly auths?: Readonly<Record<string, Entry | null>> | null;
    };
    if (typeof auths === 'object' && auths !== null) return auths;
  } catch {
    // What the parser says would quote the file.
  }
  throw new DriverError('Transient', `The pull Secret holds no Docker configuration under ${DOCKER_CONFIG}`, {
    reason: 'SourceSecretInvalid',
  });
}

const plain = ({ username, password }: Entry): Credentials | undefined =>
  typeof username === 'string' && typeof password === 'string' ? { user: username, password } : undefined;

function encoded({ auth }: Entry): Credentials | undefined {
  if (typeof auth !== 'string') return undefined;
  const text = Buffer.from(auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Keys are hosts, or urls of old versions of the API; Docker's own registry has several. */
function hostOf(key: string): string {
  const host = key.replace(/^https?:\/\//, '').split('/')[0] ?? '';
  return host === 'index.docker.io' || host === 'registry-1.docker.io' ? 'docker.io' : host;
}
