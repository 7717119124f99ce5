/** A small HTTP server for health, metrics and debugging: GET only, no state, ended at once. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Page {
  readonly code: number;
  readonly contentType: string;
  readonly body: string;
}

/** By path; a path that is not there is 404. */
export type Routes = Readonly<Record<string, () => Page | Promise<Page>>>;

export interface RunningServer extends AsyncDisposable {
  /** The real one, also when port 0 was asked for. */
  readonly port: number;
}

export const text = (code: number, body: string): Page => ({ code, contentType: 'text/plain; charset=utf-8', body });

/** `address` is `host:port` or `:port` (every interface); IPv6 in brackets. Rejects when it cannot listen there. */
export async function serve(address: string, routes: Routes): Promise<RunningServer> {
  const { host, port } = parseAddress(address);
  const server = createServer((request, response) => {
    request.resume();
    // Cut by hand: whoever parses what a stranger sent as a URL must be ready for it to be none (`//`).
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    void answer(response, request.method ?? 'GET', route);
  });
  server.requestTimeout = 10_000;
  await listen(server, host, port);
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: () => close(server) };
}

async function answer(response: ServerResponse, method: string, route: Routes[string] | undefined): Promise<void> {
  const page = await render(method, route);
  response.writeHead(page.code, { 'content-type': page.contentType, 'x-content-type-options': 'nosniff' });
  response.end(method === 'HEAD' ? undefined : page.body);
}

async function render(method: string, route: Routes[string] | undefined): Promise<Page> {
  if (route === undefined) return text(404, 'not found\n');
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'only GET\n');
  try {
    return await route();
  } catch (error) {
    return text(500, `${error instanceof Error ? error.message : 'failed'}\n`);
  }
}

function parseAddress(address: string): { readonly host: string | undefined; readonly port: number } {
  const parts = /^(?<host>.*):(?<port>\d+)$/.exec(address)?.groups;
  if (parts === undefined) throw new TypeError(`"${address}" is no address to listen on: give host:port`);
  const host = parts['host']?.replace(/^\[|\]$/g, '');
  return { host: host === '' ? undefined : host, port: Number(parts['port']) };
}

function listen(server: Server, host: string | undefined, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host !== undefined && { host }) }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
