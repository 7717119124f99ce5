/**
 * A registry of container images: Debian's docker-registry, and the least that a client must do to put something in it. On
 * loopback, over TLS and with a password; or, where an address is given, there, by plain HTTP, and for everybody.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { join } from 'node:path';
import { cachedProgram } from './paths.ts';
import { Authority } from './pki.ts';
import { freePort } from './ports.ts';
import { startProcess, stopProcesses } from './processes.ts';
import { waitFor } from './wait.ts';

export const REGISTRY_USER = 'reader';
export const REGISTRY_PASSWORD = 'open sesame';
/** Of that password, by bcrypt. */
const PASSWORD_HASH = '$2b$04$Z3/Seierj4ktV9y9wmoK/.k.1/xOwvOfNHkTXBMhPCagFgDoib2By';

export interface Blob {
  readonly mediaType: string;
  readonly content: Uint8Array;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export class TestRegistry {
  /** As a reference begins: host and port. */
  readonly host: string;
  /** Whom to trust, PEM. */
  readonly authority: string;
  private readonly dir: string;
  private readonly origin: string;

  private constructor(dir: string, host: string, authority: string, scheme: 'http' | 'https') {
    this.dir = dir;
    this.host = host;
    this.authority = authority;
    this.origin = `${scheme}://${host}`;
  }

  /** `dir`: of its own; emptied first. `plainAt`: an address of this machine. */
  static async start(dir: string, plainAt?: string): Promise<TestRegistry> {
    await stopProcesses(dir, undefined, 0);
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true });
    const authority = await Authority.open(join(dir, 'pki'), 'hostler-registry');
    const names = ['DNS:localhost', 'IP:127.0.0.1'];
    const certificate = await authority.issue({ name: 'registry', subject: '/CN=localhost', usage: 'serverAuth', names });
    const address = `${plainAt ?? '127.0.0.1'}:${await freePort()}`;
    writeFileSync(join(dir, 'htpasswd'), `${REGISTRY_USER}:${PASSWORD_HASH}\n`);
    const config = join(dir, 'config.json');
    const tls = plainAt === undefined ? { certificate: certificate.certFile, key: certificate.keyFile } : undefined;
    writeFileSync(config, JSON.stringify(configOf(dir, address, tls)));
    await startProcess({
      dir,
      name: 'registry',
      command: cachedProgram('docker-registry'),
      args: ['serve', config],
      env: { PATH: process.env['PATH'], HOME: dir, OTEL_TRACES_EXPORTER: 'none' },
      logFile: join(dir, 'registry.log'),
    });
    const registry = new TestRegistry(dir, address, readFileSync(authority.certFile, 'utf8'), plainAt === undefined ? 'https' : 'http');
    await waitFor('the registry to answer', async () => (await registry.ask('GET', '/v2/')).status === 200, { intervalMs: 50 });
    return registry;
  }

  /** Uploads the blobs and a manifest of them as layers. Returns what names the manifest. */
  async push(repository: string, tag: string, layers: readonly Blob[]): Promise<Descriptor> {
    const config = await this.pushBlob(repository, { mediaType: 'application/vnd.oci.image.config.v1+json', content: Buffer.from('{}') });
    const pushed: object[] = [];
    for (const { annotations, ...blob } of layers) pushed.push({ ...(await this.pushBlob(repository, blob)), annotations });
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    return this.pushManifest(repository, tag, { schemaVersion: 2, mediaType, config, layers: pushed });
  }

  /** A manifest of whatever kind. */
  async pushManifest(
    repository: string,
    tag: string,
    manifest: Readonly<Record<string, unknown>> & { readonly mediaType: string },
  ): Promise<Descriptor> {
    const { mediaType } = manifest;
    const content = Buffer.from(JSON.stringify(manifest));
    const { status, body } = await this.ask('PUT', `/v2/${repository}/manifests/${tag}`, content, mediaType);
    if (status !== 201) throw new Error(`the registry took no manifest: ${status} ${body}`);
    return { mediaType, digest: digestOf(content), size: content.length };
  }

  /** Somebody changes a blob behind the registry's back. */
  spoil(digest: string): void {
    const hash = digest.replace('sha256:', '');
    const file = join(this.dir, 'data/docker/registry/v2/blobs/sha256', hash.slice(0, 2), hash, 'data');
    const content = readFileSync(file);
    const middle = Math.floor(content.length / 2);
    content[middle] = (content[middle] ?? 0) ^ 0xff;
    writeFileSync(file, content);
  }

  async stop(): Promise<void> {
    await stopProcesses(this.dir, undefined, 2_000);
    rmSync(this.dir, { recursive: true, force: true });
  }

  private async pushBlob(repository: string, { mediaType, content }: Blob): Promise<Descriptor> {
    const begun = await this.ask('POST', `/v2/${repository}/blobs/uploads/`);
    const place = new URL(begun.location, this.origin);
    const digest = digestOf(content);
    place.searchParams.set('digest', digest);
    const { status, body } = await this.ask('PUT', `${place.pathname}${place.search}`, content, 'application/octet-stream');
    if (status !== 201) throw new Error(`the registry took no blob: ${status} ${body}`);
    return { mediaType, digest, size: content.length };
  }

  private ask(
    method: string,
    path: string,
    content?: Uint8Array,
    contentType?: string,
  ): Promise<{ readonly status: number; readonly location: string; readonly body: string }> {
    const headers = contentType === undefined ? {} : { 'content-type': contentType };
    const options = { method, headers, ca: this.authority, auth: `${REGISTRY_USER}:${REGISTRY_PASSWORD}` };
    return new Promise((resolve, reject) => {
      const request = this.origin.startsWith('https:') ? requestHttps : requestHttp;
      const sent = request(`${this.origin}${path}`, options, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, location: response.headers.location ?? '', body }));
      });
      sent.on('error', reject).end(content);
    });
  }
}

const digestOf = (content: Uint8Array): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;

/** The program reads YAML, of which JSON is a part. */
function configOf(dir: string, address: string, tls: { readonly certificate: string; readonly key: string } | undefined): object {
  return {
    version: 0.1,
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: join(dir, 'data') } },
    http: { addr: address, ...(tls && { tls }) },
    ...(tls && { auth: { htpasswd: { realm: 'test', path: join(dir, 'htpasswd') } } }),
  };
}
