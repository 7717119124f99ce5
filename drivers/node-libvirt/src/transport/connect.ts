/** From a URI to a connected stream of bytes. */
import type { Duplex } from 'node:stream';
import type { SshOptions } from './ssh.ts';
import { connectSsh } from './ssh.ts';
import { connectTcp, DEFAULT_TCP_PORT } from './tcp.ts';
import type { TlsOptions } from './tls.ts';
import { connectTls, DEFAULT_TLS_PORT } from './tls.ts';
import { connectUnix, defaultSocketPath } from './unix.ts';
import type { LibvirtUri } from './uri.ts';

export interface TransportOptions {
  readonly tls?: TlsOptions | undefined;
  readonly ssh?: SshOptions | undefined;
  /** It is to read much. */
  readonly bulk?: boolean | undefined;
}

/** Rejects with `ConnectError`, `InvalidArgumentError` or the signal's reason; nothing stays open then. */
export async function connectTransport(uri: LibvirtUri, options: TransportOptions, signal: AbortSignal): Promise<Duplex> {
  const host = uri.host ?? '';
  switch (uri.transport) {
    case 'unix':
      return connectUnix(uri.socket ?? defaultSocketPath(uri), signal, options.bulk);
    case 'tcp':
      return connectTcp(host, uri.port ?? DEFAULT_TCP_PORT, signal, options.bulk);
    case 'tls':
      return connectTls(host, uri.port ?? DEFAULT_TLS_PORT, uri, options.tls ?? {}, signal);
    case 'ssh':
      return connectSsh(host, uri, options.ssh ?? {}, signal);
  }
}
