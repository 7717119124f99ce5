/** The ImageStores there are, by name: which one takes a copy, and how each is reached. */
import type { ImageStore } from '../../crds/image-store.ts';
import { DriverError } from '../../drivers/labels.ts';
import type { SecretData } from '../hypervisors/secret-data.ts';
import { readSecrets } from '../hypervisors/secrets.ts';
import type { ApiClient } from '../kernel/api/client.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Cache } from '../kernel/watch/cache.ts';
import { HttpStore, type HttpStoreConfig } from './http-store.ts';
import type { S3Access } from './s3.ts';
import type { Store } from './store.ts';

export type StoreChoice =
  | { readonly kind: 'None' }
  /** `sharedId`: it is a pool that hosts share, of that id. */
  | { readonly kind: 'Store'; readonly name: string; readonly sharedId?: string }
  /** Somebody has to say which, or make it. */
  | { readonly kind: 'Unclear'; readonly reason: string; readonly message: string };

const SECRETS_MS = 5_000;

export class Stores {
  readonly #client: ApiClient;
  readonly #cache: Cache<ImageStore>;
  readonly #namespace: string;
  readonly #open: (config: HttpStoreConfig) => Store;

  /** `open`: for tests, what a store is reached by instead. */
  constructor(
    client: ApiClient,
    cache: Cache<ImageStore>,
    namespace: string,
    clock: Clock,
    open: (config: HttpStoreConfig) => Store = (config) => new HttpStore(config, clock),
  ) {
    this.#client = client;
    this.#cache = cache;
    this.#namespace = namespace;
    this.#open = open;
  }

  has(name: string): boolean {
    return this.#cache.get(name) !== undefined;
  }

  /** Another one, or one that was changed, is tried afresh. */
  version(name: string): string {
    const { uid, generation } = this.#cache.get(name)?.metadata ?? {};
    return `${uid}/${generation}`;
  }

  /** Of the pool that it is; undefined: it is none. */
  sharedIdOf(name: string): string | undefined {
    return this.#cache.get(name)?.spec.sharedPool?.sharedId;
  }

  /** `asked`: by name; undefined: the default one, where there is one. */
  choose(asked: string | undefined): StoreChoice {
    if (asked !== undefined) {
      if (this.has(asked)) return this.#chosen(asked);
      return { kind: 'Unclear', reason: 'ImageStoreNotFound', message: `waits until ImageStore ${asked} exists` };
    }
    const defaults = [...this.#cache.values()].filter(({ metadata, spec }) => spec.default === true && !metadata.deletionTimestamp);
    const [first, ...others] = defaults.map(({ metadata }) => metadata.name).toSorted();
    if (first === undefined) return { kind: 'None' };
    if (others.length === 0) return this.#chosen(first);
    const message = `waits until only one of the ImageStores ${[first, ...others].join(', ')} has spec.default, or imageStoreName names one`;
    return { kind: 'Unclear', reason: 'ManyDefaultStores', message };
  }

  #chosen(name: string): StoreChoice {
    const sharedId = this.sharedIdOf(name);
    return { kind: 'Store', name, ...(sharedId !== undefined && { sharedId }) };
  }

  /** Rejects with a `DriverError`, `Transient`, while the store or a Secret that it needs is not there. */
  async open(name: string, signal: AbortSignal): Promise<Store> {
    const store = this.#cache.get(name);
    if (store === undefined) throw waiting('ImageStoreNotFound', `waits until ImageStore ${name} exists`);
    if (store.spec.http === undefined) throw waiting('StoreIsPool', `ImageStore ${name} is a storage pool, into which no files are put`);
    const { url, credentialsSecret, tls, s3 } = store.spec.http;
    const names = [credentialsSecret?.name, tls?.caSecret.name].filter((each) => each !== undefined);
    const secrets = await readSecrets(this.#client, this.#namespace, names, { signal, timeoutMs: SECRETS_MS });
    const data = (secret: { readonly name: string } | undefined): SecretData | undefined => {
      if (secret === undefined) return undefined;
      const found = secrets.get(secret.name);
      if (found !== undefined) return found;
      throw waiting(
        'StoreSecretMissing',
        `waits until Secret ${secret.name}, which ImageStore ${name} names, exists in the operator's namespace`,
      );
    };
    const credentials = data(credentialsSecret);
    const ca = data(tls?.caSecret)?.['ca.crt'];
    if (tls !== undefined && ca === undefined) throw lacks(tls.caSecret.name, 'key ca.crt');
    const reached = { name, url, ...(ca !== undefined && { ca }) };
    if (s3 !== undefined) {
      const access = accessOf(s3.region, credentials ?? {});
      if (access === undefined) throw lacks(credentialsSecret?.name ?? '', 'keys accessKeyId and secretAccessKey');
      return this.#open({ ...reached, s3: access });
    }
    const authorization = credentials && authorizationOf(credentials);
    if (credentialsSecret !== undefined && authorization === undefined)
      throw lacks(credentialsSecret.name, 'keys username and password, or key token');
    return this.#open({ ...reached, ...(authorization !== undefined && { authorization }) });
  }
}

function authorizationOf({ token, username, password }: SecretData): string | undefined {
  if (token !== undefined && token !== '') return `Bearer ${token.trim()}`;
  if (username === undefined || password === undefined) return undefined;
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function accessOf(region: string, { accessKeyId, secretAccessKey, sessionToken }: SecretData): S3Access | undefined {
  if (!accessKeyId || !secretAccessKey) return undefined;
  const lent = sessionToken ? { sessionToken: sessionToken.trim() } : {};
  return { region, accessKeyId: accessKeyId.trim(), secretAccessKey: secretAccessKey.trim(), ...lent };
}

const waiting = (reason: string, message: string): DriverError => new DriverError('Transient', message, { reason });

const lacks = (secret: string, what: string): DriverError =>
  waiting('SecretKeyMissing', `waits until Secret ${secret} in the operator's namespace has ${what}`);
