/** Fetching over TLS: the server's certificate is always verified, and https never becomes http on the way. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Authority } from '../../../e2e/environment/pki.ts';
import { systemClock } from '../../kernel/clock.ts';
import { denyAddresses } from './addresses.ts';
import { download } from './download.ts';

let dir = '';
let authority: Authority;
let server: Server;
let port = 0;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hostler-tls-'));
  authority = await Authority.open(dir, 'test');
  const { certFile, keyFile } = await authority.issue({
    name: 'images',
    subject: '/CN=images.test',
    usage: 'serverAuth',
    names: ['DNS:images.test'],
  });
  server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (request, response) => {
    if (request.url === '/insecure') response.writeHead(302, { location: 'http://images.test/content' }).end();
    else response.end('content');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(dir, { recursive: true, force: true });
});

async function fetchFrom(host: string, path: string, trusted: boolean): Promise<string> {
  const policy = {
    addresses: denyAddresses([]),
    maxRedirects: 3,
    maxSizeBytes: 1_000,
    minBytesPerMinute: 0,
    minBytesPerConnection: 1,
    reconnectPauseMs: 1,
    stallMs: 5_000,
    maxFailuresInARow: 0,
    resolve: async () => Promise.resolve(['127.0.0.1']),
    ...(trusted && { trustedCertificates: readFileSync(authority.certFile, 'utf8') }),
  };
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of download(
      new URL(`https://${host}:${port}${path}`),
      policy,
      systemClock,
      new AbortController().signal,
      () => undefined,
    ))
      chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  } catch (error) {
    const { reason, message } = error as { readonly reason: string; readonly message: string };
    return `${reason}: ${message}`;
  }
}

test.each([
  ['a certificate of a trusted authority', 'images.test', '/content', true, /^content$/],
  ['one of an unknown authority', 'images.test', '/content', false, /^SourceUnreachable: .*(self-signed|unable to verify|certificate)/],
  ['one for another name', 'other.test', '/content', true, /^SourceUnreachable: .*altnames/],
  ['a way out of TLS', 'images.test', '/insecure', true, /^InsecureRedirect: .*https to http:/],
])('%s', async (_, host, path, trusted, expected) => {
  expect(await fetchFrom(host, path, trusted)).toMatch(expected);
});
