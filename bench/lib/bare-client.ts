/**
 * The least a program can do to write to an API server: JSON over keep-alive HTTPS. The peer that the operator is
 * measured against, and what creates the load.
 */
import { readFileSync } from 'node:fs';
import { Pool } from 'undici';
import { parse } from 'yaml';

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } }[];
  readonly users: readonly { readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string } }[];
}

export class BareClient {
  private readonly pool: Pool;

  constructor(kubeconfig: string, connections: number) {
    const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
    const [cluster, user] = [clusters[0]?.cluster, users[0]?.user];
    if (cluster === undefined || user === undefined) throw new Error(`${kubeconfig} names no cluster or no user`);
    this.pool = new Pool(cluster.server, {
      connections,
      connect: {
        ca: decoded(cluster['certificate-authority-data']),
        cert: decoded(user['client-certificate-data']),
        key: decoded(user['client-key-data']),
      },
    });
  }

  async text(path: string): Promise<string> {
    const { statusCode, body } = await this.pool.request({ path, method: 'GET' });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`GET ${path}: ${statusCode} ${text}`);
    return text;
  }

  async get<T>(path: string): Promise<T> {
    return JSON.parse(await this.text(path)) as T;
  }

  create<T>(path: string, object: object): Promise<T> {
    return this.send('POST', path, 'application/json', object);
  }

  mergePatch<T>(path: string, patch: object): Promise<T> {
    return this.send('PATCH', path, 'application/merge-patch+json', patch);
  }

  async deleteAll(path: string): Promise<void> {
    const { body } = await this.pool.request({ path, method: 'DELETE' });
    await body.dump();
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private async send<T>(method: 'POST' | 'PATCH', path: string, contentType: string, object: object): Promise<T> {
    const { statusCode, body } = await this.pool.request({
      path,
      method,
      headers: { 'content-type': contentType },
      body: JSON.stringify(object),
    });
    const text = await body.text();
    if (statusCode >= 300) throw new Error(`${method} ${path}: ${statusCode} ${text}`);
    return JSON.parse(text) as T;
  }
}

const decoded = (text: string): Buffer => Buffer.from(text, 'base64');

/** Does `work` for 0 .. count-1 with so many at a time. */
export async function concurrently(count: number, concurrency: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
