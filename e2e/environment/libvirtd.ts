/**
 * One libvirtd for tests of the protocol and of drivers: on a unix socket, and on loopback with TCP or TLS where asked.
 */
import { join } from 'node:path';
import { LibvirtHost } from './libvirt-host.ts';
import type { Listening, Settings } from './libvirt/daemon-config.ts';
import { uuidOf } from './names.ts';
import { Authority, type Certificate } from './pki.ts';
import { freePort } from './ports.ts';

export interface LibvirtdOptions {
  /** Directory of its own, absolute; made when missing, emptied first. */
  readonly dir: string;
  /** Beside the unix socket, on 127.0.0.1. */
  readonly transport?: 'Tcp' | 'Tls';
  /** Settings of libvirtd.conf that win over the usual ones: `{ max_client_requests: 5 }`. */
  readonly settings?: Settings;
}

export interface Libvirtd {
  readonly host: LibvirtHost;
  /** Path of the unix socket. The test driver is at `test+unix:///default?socket=<path>`. */
  readonly socket: string;
  /** Port on 127.0.0.1, when a transport was asked for. */
  readonly port?: number;
  /** With TLS: the authority that issued the daemon's certificate for `localhost` and 127.0.0.1, and one for clients. */
  readonly tls?: { readonly authority: Authority; readonly client: Certificate };
  stop(): Promise<void>;
}

export async function startLibvirtd({ dir, transport, settings }: LibvirtdOptions): Promise<Libvirtd> {
  const port = transport === undefined ? undefined : await freePort();
  // Certificates stand beside the host's directory, which is emptied at its start.
  const tls = transport === 'Tls' ? await makeTls(join(dir, 'pki')) : undefined;
  const host = await LibvirtHost.start({
    dir: join(dir, 'host'),
    hostName: 'libvirtd',
    hostId: uuidOf(dir),
    network: 'Machine',
    ...(settings === undefined ? {} : { settings }),
    ...(port === undefined ? {} : { listening: listening(port, tls) }),
  });
  return {
    host,
    socket: host.socket,
    ...(port === undefined ? {} : { port }),
    ...(tls === undefined ? {} : { tls: { authority: tls.authority, client: tls.client } }),
    stop: () => host.destroy(),
  };
}

interface Tls {
  readonly authority: Authority;
  readonly server: Certificate;
  readonly client: Certificate;
}

async function makeTls(dir: string): Promise<Tls> {
  const authority = await Authority.open(dir, 'hostler-libvirt');
  const server = await authority.issue({
    name: 'server',
    subject: '/CN=localhost',
    usage: 'serverAuth',
    names: ['DNS:localhost', 'IP:127.0.0.1'],
  });
  const client = await authority.issue({ name: 'client', subject: '/CN=client', usage: 'clientAuth' });
  return { authority, server, client };
}

function listening(port: number, tls: Tls | undefined): Listening {
  const address = '127.0.0.1';
  return tls === undefined ? { address, tcpPort: port } : { address, tls: { port, caFile: tls.authority.certFile, ...tls.server } };
}
