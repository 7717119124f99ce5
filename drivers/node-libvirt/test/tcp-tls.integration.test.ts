/** TCP and TLS against a real daemon that listens on loopback. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { ConnectError, type ConnectOptions, LibvirtClient } from '../src/index.ts';
import { issue, type KeyPair, makeAuthority } from './certificates.ts';
import { type Libvirtd, startLibvirtd } from './libvirtd.ts';
import { freePort } from './ports.ts';

// Starting daemons takes long on a busy machine.
jest.setTimeout(60_000);

let pki: string;
let authority: KeyPair;
let client: KeyPair;
let stranger: KeyPair;
let libvirtd: Libvirtd;
let tcpPort: number;
let tlsPort: number;

beforeAll(async () => {
  pki = await mkdtemp(path.join(tmpdir(), 'nl-pki-'));
  authority = await makeAuthority(pki, 'authority');
  const server = await issue(pki, authority, 'server', 'serverAuth', 'DNS:localhost,IP:127.0.0.1');
  client = await issue(pki, authority, 'client', 'clientAuth');
  stranger = await issue(pki, await makeAuthority(pki, 'other'), 'stranger', 'clientAuth');
  [tcpPort, tlsPort] = [await freePort(), await freePort()];
  libvirtd = await startLibvirtd({
    listen_addr: '127.0.0.1',
    listen_tcp: 1,
    tcp_port: String(tcpPort),
    auth_tcp: 'none',
    listen_tls: 1,
    tls_port: String(tlsPort),
    ca_file: authority.certFile,
    cert_file: server.certFile,
    key_file: server.keyFile,
  });
});
afterAll(async () => {
  await libvirtd.stop();
  await rm(pki, { recursive: true });
});

async function typeOf(uri: string, options?: ConnectOptions): Promise<string> {
  await using connected = await LibvirtClient.connect(uri, options);
  return await connected.host.type();
}

async function pem(pair: KeyPair): Promise<{ readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer }> {
  return { ca: await readFile(authority.certFile), cert: await readFile(pair.certFile), key: await readFile(pair.keyFile) };
}

describe('TCP', () => {
  test.each(['127.0.0.1', 'localhost'])('%s', async (host) => {
    await expect(typeOf(`test+tcp://${host}:${tcpPort}/default`)).resolves.toBe('TEST');
  });

  test('nobody listens', async () => {
    const port = await freePort();
    await expect(typeOf(`test+tcp://127.0.0.1:${port}/default`)).rejects.toThrow(ConnectError);
    await expect(typeOf(`test+tcp://127.0.0.1:${port}/default`)).rejects.toThrow(`127.0.0.1 port ${port}`);
  });

  test('somebody listens who says nothing: the time limit', async () => {
    const silent = net.createServer((socket) => socket.resume());
    const port = await freePort();
    await new Promise<void>((resolve) => silent.listen(port, '127.0.0.1', resolve));
    const connecting = typeOf(`test+tcp://127.0.0.1:${port}/default`, { connectTimeoutMs: 100 });
    await expect(connecting).rejects.toThrow(ConnectError);
    await expect(connecting).rejects.toThrow('Not connected within 100 ms');
    await new Promise((resolve) => silent.close(resolve));
  });

  test('somebody listens who speaks something else', async () => {
    await expect(typeOf(`test+tcp://127.0.0.1:${tlsPort}/default`)).rejects.toThrow(ConnectError);
  });
});

describe('TLS', () => {
  test.each(['127.0.0.1', 'localhost'])('both sides know each other: %s', async (host) => {
    await expect(typeOf(`test+tls://${host}:${tlsPort}/default`, { tls: await pem(client) })).resolves.toBe('TEST');
  });

  test('calls made at the same time are all answered at once', async () => {
    await using connected = await LibvirtClient.connect(`test+tls://localhost:${tlsPort}/default`, {
      tls: await pem(client),
      keepAlive: false,
    });
    const types = await Promise.all(Array.from({ length: 50 }, () => connected.host.type({ timeoutMs: 4000 })));
    expect(new Set(types)).toEqual(new Set(['TEST']));
  });

  test('certificates from a folder', async () => {
    const folder = await mkdtemp(path.join(pki, 'folder-'));
    await Promise.all([
      copyFile(authority.certFile, path.join(folder, 'cacert.pem')),
      copyFile(client.certFile, path.join(folder, 'clientcert.pem')),
      copyFile(client.keyFile, path.join(folder, 'clientkey.pem')),
    ]);
    await expect(typeOf(`test+tls://localhost:${tlsPort}/default?pkipath=${folder}`)).resolves.toBe('TEST');
  });

  test('no client certificate: what is wanted', async () => {
    const { ca } = await pem(client);
    const connecting = typeOf(`test+tls://localhost:${tlsPort}/default`, { tls: { ca } });
    await expect(connecting).rejects.toThrow(ConnectError);
    await expect(connecting).rejects.toThrow(/wants a client certificate, and none was given/);
  });

  test("a stranger's certificate: what is refused", async () => {
    const connecting = typeOf(`test+tls://localhost:${tlsPort}/default`, { tls: await pem(stranger) });
    await expect(connecting).rejects.toThrow(/does not accept our client certificate/);
  });

  test('a daemon whose authority we do not know is refused, unless told otherwise', async () => {
    const { cert, key } = await pem(client);
    const uri = `test+tls://localhost:${tlsPort}/default`;
    await expect(typeOf(uri, { tls: { cert, key } })).rejects.toThrow(ConnectError);
    await expect(typeOf(uri, { tls: { cert, key, verify: false } })).resolves.toBe('TEST');
    await expect(typeOf(`${uri}?no_verify=1`, { tls: { cert, key } })).resolves.toBe('TEST');
    await expect(typeOf(`${uri}?no_verify=1`, { tls: { cert, key, verify: true } })).rejects.toThrow(ConnectError);
  });

  test('a daemon of another name is refused', async () => {
    const options = { ...(await pem(client)), serverName: 'elsewhere.example' };
    await expect(typeOf(`test+tls://localhost:${tlsPort}/default`, { tls: options })).rejects.toThrow(/elsewhere\.example/);
    await expect(typeOf(`test+tls://127.0.0.1:${tlsPort}/default`, { tls: { ...options, serverName: 'localhost' } })).resolves.toBe('TEST');
  });

  test('a server that answers the handshake with something else', async () => {
    const server = tls.createServer(
      { cert: await readFile(path.join(pki, 'server.pem')), key: await readFile(path.join(pki, 'server.key')) },
      (socket) => {
        socket.on('error', () => {});
        socket.end(Buffer.from([0]));
      },
    );
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    await expect(typeOf(`test+tls://localhost:${port}/default`, { tls: await pem(client) })).rejects.toThrow(
      /answered the TLS handshake with 0/,
    );
    await new Promise((resolve) => server.close(resolve));
  });
});
