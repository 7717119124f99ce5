/**
 * Configuration and authentication, by client-node's KubeConfig: files, `KUBECONFIG`, in-cluster tokens, client
 * certificates, exec plugins, OIDC, proxies.
 *
 * Only its `dist/config.js` is imported, and late: the package's index loads every generated API class (80 MB of memory).
 */
import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { Agent, RequestOptions } from 'node:https';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log/logger.ts';
import { type Connection, type ConnectionSource, sameConnection } from './connection.ts';

export interface KubeconfigOptions {
  /** Absent: `KUBECONFIG`, then the home directory's, then the Pod's service account. */
  readonly file?: string;
  readonly context?: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Files are read again, and expired tokens renewed, this often. A refused token is renewed at once in any case. */
const FRESH_MS = 20_000;

/** Resolves when the first credentials are there; rejects when there are none to be had. */
export async function loadConnection(options: KubeconfigOptions): Promise<ConnectionSource> {
  const source = new KubeconfigConnection(options);
  await source.current();
  return source;
}

class KubeconfigConnection implements ConnectionSource {
  private readonly options: KubeconfigOptions;
  private config: KubeConfig | undefined;
  private connection: Connection | undefined;
  private readAt = 0;
  /** At most one reading at a time: an exec plugin is not started twice. */
  private reading: Promise<Connection> | undefined;

  constructor(options: KubeconfigOptions) {
    this.options = options;
  }

  async current(): Promise<Connection> {
    if (this.connection === undefined) return this.read();
    // Old ones serve until the new are there: an exec plugin that hangs must not stop a lease from being renewed.
    if (this.options.clock.monotonic() - this.readAt > FRESH_MS && this.reading === undefined) this.readInBackground();
    return this.connection;
  }

  async renew(refused: Connection): Promise<Connection> {
    await this.reading?.catch(() => undefined);
    if (this.connection !== refused && this.connection !== undefined) return this.connection;
    // A new KubeConfig forgets what the old one had cached: tokens of exec plugins and of files.
    this.config = undefined;
    return this.read();
  }

  private readInBackground(): void {
    this.read().catch((error: unknown) => {
      this.readAt = this.options.clock.monotonic();
      this.options.log.warn('Credentials could not be read again, the old ones are kept', { error });
    });
  }

  private read(): Promise<Connection> {
    this.reading ??= this.readNow().finally(() => (this.reading = undefined));
    return this.reading;
  }

  private async readNow(): Promise<Connection> {
    this.config ??= await loadConfig(this.options);
    const read = await connectionOf(this.config);
    if (this.connection === undefined || !sameConnection(this.connection, read)) this.connection = read;
    this.readAt = this.options.clock.monotonic();
    return this.connection;
  }
}

async function loadConfig({ file, context }: KubeconfigOptions): Promise<KubeConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js');
  const config = new KubeConfig();
  if (file === undefined) config.loadFromDefault();
  else config.loadFromFile(file);
  if (context !== undefined) config.setCurrentContext(context);
  return config;
}

async function connectionOf(config: KubeConfig): Promise<Connection> {
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error(`the kubeconfig's current context (${config.getCurrentContext()}) names no cluster: choose one`);
  const tls: RequestOptions = { headers: {} };
  await config.applyToHTTPSOptions(tls);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(tls.headers ?? {})) headers[name.toLowerCase()] = String(value).trim();
  if (typeof tls.auth === 'string') headers['authorization'] = `Basic ${Buffer.from(tls.auth).toString('base64')}`;
  return {
    server: cluster.server.replace(/\/+$/, ''),
    headers,
    ...(isPem(tls.ca) && { ca: tls.ca }),
    ...(isPem(tls.cert) && { cert: tls.cert }),
    ...(isPem(tls.key) && { key: tls.key }),
    ...(tls.servername !== undefined && { servername: tls.servername }),
    ...(tls.rejectUnauthorized !== undefined && { rejectUnauthorized: tls.rejectUnauthorized }),
    ...(cluster.proxyUrl !== undefined && { proxyAgent: tls.agent as Agent }),
  };
}

const isPem = (value: unknown): value is string | Buffer => typeof value === 'string' || Buffer.isBuffer(value);
