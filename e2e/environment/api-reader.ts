/**
 * Objects as the API server has them, read over one connection that stays open. What waits asks many times a second, and
 * each start of kubectl would cost a tenth of a second of what is waited for.
 */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { parse } from 'yaml';

/** No answer for that long counts as none. */
const ANSWER_MS = 10_000;

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: Readonly<Record<string, string>> }];
  readonly users: readonly [{ readonly user: Readonly<Record<string, string>> }];
}

interface Reader {
  readonly text: string;
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: Agent;
}

/** By the path of a kubeconfig: a control plane that lost its data writes another into the same file. */
const readers = new Map<string, Reader>();

/** What is at that path of the API, such as `/api/v1/namespaces/default`; undefined where nothing is. Rejects for every other answer. */
export async function readObject(kubeconfig: string, path: string): Promise<unknown> {
  const { status, body } = await ask(readerOf(kubeconfig), path);
  if (status === 404) return undefined;
  if (status !== 200) throw new Error(`GET ${path}: ${status} ${body.slice(0, 500)}`);
  return JSON.parse(body) as unknown;
}

function readerOf(kubeconfig: string): Reader {
  const text = readFileSync(kubeconfig, 'utf8');
  const known = readers.get(kubeconfig);
  if (known?.text === text) return known;
  known?.agent.destroy();
  const { clusters, users } = parse(text) as Kubeconfig;
  const [{ cluster }] = clusters;
  const [{ user }] = users;
  const agent = new Agent({
    keepAlive: true,
    ca: decoded(cluster['certificate-authority-data']),
    cert: decoded(user['client-certificate-data']),
    key: decoded(user['client-key-data']),
  });
  const headers = user['token'] === undefined ? {} : { authorization: `Bearer ${user['token']}` };
  const reader = { text, server: cluster['server'] ?? '', headers, agent };
  readers.set(kubeconfig, reader);
  return reader;
}

function ask(reader: Reader, path: string): Promise<{ readonly status: number; readonly body: string }> {
  const { server, headers, agent } = reader;
  return new Promise((answered, failed) => {
    const asked = request(`${server}${path}`, { agent, headers, signal: AbortSignal.timeout(ANSWER_MS) }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () => answered({ status: answer.statusCode ?? 0, body: Buffer.concat(parts).toString() }));
      answer.on('error', failed);
    });
    // A server that was restarted meanwhile has closed the connection that was kept.
    asked.on('error', (error) => (asked.reusedSocket ? answered(ask(reader, path)) : failed(error))).end();
  });
}

const decoded = (base64: string | undefined): Buffer | undefined => (base64 === undefined ? undefined : Buffer.from(base64, 'base64'));
