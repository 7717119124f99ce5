/** A web server on a free loopback port that answers as the test says. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const servers = new Set<Server>();

/** Gives its answers one after the other, the last one for ever. */
export async function serve(...answers: readonly Answer[]): Promise<{ readonly url: URL; readonly requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    const answer = answers[Math.min(requests.length, answers.length - 1)];
    requests.push(request);
    answer?.(request, response);
  });
  servers.add(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/image.qcow2?token=secret`), requests };
}

/** Sends all of it, with its length and an ETag. */
export const whole =
  (content: Uint8Array): Answer =>
  (_, response) =>
    response.writeHead(200, { etag: '"v1"', 'content-length': content.length }).end(content);

/** For `afterEach`. */
export async function stopServers(): Promise<void> {
  const stopping = [...servers].map((server) => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  servers.clear();
  await Promise.all(stopping);
}
