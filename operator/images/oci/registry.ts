/**
 * Talks to a registry: answers its challenge, and reads small documents. Every request goes to addresses that were checked, as
 * those of the downloader do; that is why no client of registries is used, which would connect by itself.
 *
 * Source: OCI Distribution Specification; token authentication as Docker's registry documents it.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { DriverError } from '../../../drivers/labels.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { DownloadPolicy } from '../download/download.ts';
import { Watchdog } from '../download/patience.ts';
import { publicUrl, request } from '../download/request.ts';
import { basicOf, type Credentials } from './credentials.ts';
import { manifestUrl, type Repository } from './reference.ts';

type Headers = Readonly<Record<string, string>>;

const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');
/** What registries must take at least; none has more. */
const LARGEST_DOCUMENT = 4 * 1024 * 1024;

export class Registry {
  readonly #repository: Repository;
  readonly #credentials: Credentials | undefined;
  readonly #policy: DownloadPolicy;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #authorization: Headers = {};

  constructor(repository: Repository, credentials: Credentials | undefined, policy: DownloadPolicy, clock: Clock, signal: AbortSignal) {
    this.#repository = repository;
    this.#credentials = credentials;
    this.#policy = policy;
    this.#clock = clock;
    this.#signal = signal;
  }

  /** For the requests that follow the first. */
  get authorization(): Headers {
    return this.#authorization;
  }

  /** The document of that tag or digest; what has a digest is what it was asked for. */
  async manifest(version: string): Promise<unknown> {
    const url = manifestUrl(this.#repository, version);
    const first = await this.#get(url, { accept: MANIFEST_TYPES });
    const content = first.status === 401 ? await this.#answerAndAsk(url, first.challenge) : first.body;
    if (content === undefined) throw refused(url, first.status);
    if (version.startsWith('sha256:') && `sha256:${createHash('sha256').update(content).digest('hex')}` !== version)
      throw new DriverError('InvalidSpec', `${publicUrl(url)} is not what its digest says`, { reason: 'DigestMismatch' });
    return parsed(url, content);
  }

  async #answerAndAsk(url: URL, challenge: string): Promise<Buffer> {
    this.#authorization = { authorization: await this.#answer(challenge) };
    const { status, body } = await this.#get(url, { accept: MANIFEST_TYPES, ...this.#authorization });
    if (body === undefined) throw refused(url, status);
    return body;
  }

  async #answer(challenge: string): Promise<string> {
    const [, scheme = '', rest = ''] = /^(\S+)\s+(.*)$/s.exec(challenge) ?? [];
    const fields = new Map([...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]));
    if (scheme.toLowerCase() === 'basic') return this.#basic(this.#repository.origin) ?? this.#locked();
    const realm = fields.get('realm') ?? '';
    if (scheme.toLowerCase() !== 'bearer' || !URL.canParse(realm)) return this.#locked();
    return this.#token(new URL(realm), fields.get('service'));
  }

  async #token(url: URL, service: string | undefined): Promise<string> {
    if (service !== undefined) url.searchParams.set('service', service);
    url.searchParams.set('scope', `repository:${this.#repository.name}:pull`);
    const basic = this.#basic(url.origin);
    const { status, body } = await this.#get(url, basic === undefined ? {} : { authorization: basic });
    if (body === undefined) throw refused(url, status);
    const { token, access_token: access } = (parsed(url, body) ?? {}) as { readonly token?: unknown; readonly access_token?: unknown };
    const found = token ?? access;
    return typeof found === 'string' ? `Bearer ${found}` : this.#locked();
  }

  /** A password is for TLS alone. */
  #basic(origin: string): string | undefined {
    return this.#credentials === undefined || !origin.startsWith('https:') ? undefined : basicOf(this.#credentials);
  }

  #locked(): never {
    const why = this.#credentials === undefined ? 'name a Secret for it in pullSecretName' : 'what the Secret holds is no use there';
    throw new DriverError('Transient', `Registry ${this.#repository.registry} wants to know who asks: ${why}`, { reason: 'SourceRefused' });
  }

  async #get(
    url: URL,
    headers: Headers,
  ): Promise<{ readonly status: number; readonly challenge: string; readonly body: Buffer | undefined }> {
    using watchdog = new Watchdog(url, this.#clock, this.#policy.stallMs, this.#signal);
    try {
      const response = await watchdog.guard(request(url, headers, this.#policy, watchdog.signal));
      const status = response.statusCode ?? 0;
      const body = status === 200 ? await watchdog.guard(small(url, response)) : undefined;
      response.destroy();
      return { status, challenge: response.headers['www-authenticate'] ?? '', body };
    } catch (error) {
      if (error instanceof DriverError || this.#signal.aborted) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new DriverError('Transient', `${publicUrl(url)} cannot be fetched: ${why}`, { reason: 'SourceUnreachable', cause: error });
    }
  }
}

async function small(url: URL, response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LARGEST_DOCUMENT)
      throw new DriverError('InvalidSpec', `${publicUrl(url)} is larger than ${LARGEST_DOCUMENT} bytes`, { reason: 'ImageTooLarge' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parsed(url: URL, content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch {
    throw new DriverError('Transient', `${publicUrl(url)} answers with something else than JSON`, { reason: 'SourceRefused' });
  }
}

const refused = (url: URL, status: number): DriverError =>
  new DriverError('Transient', `${publicUrl(url)} answers ${status}`, {
    reason: status >= 500 || status === 429 || status === 408 ? 'SourceUnreachable' : 'SourceRefused',
  });
