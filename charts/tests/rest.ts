/** The API server spoken to directly: what it answers to one request, word for word. */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import { parse } from 'yaml';

export interface Answer {
  readonly status: number;
  /** Of a refusal: the API server's message. Empty when it accepted. */
  readonly message: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Warnings that `kubectl` would print. */
  readonly warnings: readonly string[];
}

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } }];
  readonly users: readonly [
    { readonly user: { readonly 'client-certificate-data'?: string; readonly 'client-key-data'?: string; readonly token?: string } },
  ];
}

const fromBase64 = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : Buffer.from(text, 'base64').toString();

/** A client for whoever the kubeconfig is for. Close it when done. */
export class Rest {
  private readonly server: string;
  private readonly agent: Agent;
  private readonly token: string | undefined;

  constructor(kubeconfig: string) {
    const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
    const [{ cluster }] = clusters;
    const [{ user }] = users;
    this.server = cluster.server;
    this.token = user.token;
    const ca = fromBase64(cluster['certificate-authority-data']);
    const cert = fromBase64(user['client-certificate-data']);
    const key = fromBase64(user['client-key-data']);
    this.agent = new Agent({
      connect: { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) },
    });
  }

  get(path: string): Promise<Answer> {
    return this.send('GET', path, undefined, 'application/json');
  }

  post(path: string, body: object): Promise<Answer> {
    return this.send('POST', path, body, 'application/json');
  }

  mergePatch(path: string, body: object): Promise<Answer> {
    return this.send('PATCH', path, body, 'application/merge-patch+json');
  }

  delete(path: string): Promise<Answer> {
    return this.send('DELETE', path, undefined, 'application/json');
  }

  close(): Promise<void> {
    return this.agent.close();
  }

  private async send(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body: object | undefined,
    contentType: string,
  ): Promise<Answer> {
    const response = await request(`${this.server}${path}`, {
      method,
      dispatcher: this.agent,
      headers: {
        'content-type': contentType,
        accept: 'application/json',
        ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = (await response.body.json()) as Readonly<Record<string, unknown>>;
    const refused = response.statusCode >= 400;
    const warning = response.headers['warning'] ?? [];
    return {
      status: response.statusCode,
      message: refused && typeof answer['message'] === 'string' ? answer['message'] : '',
      body: answer,
      warnings: typeof warning === 'string' ? [warning] : warning,
    };
  }
}
