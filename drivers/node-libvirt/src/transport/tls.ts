/**
 * TLS, with a certificate on both sides as libvirt wants it by default.
 *
 * After the handshake the daemon checks our certificate against its own rules and says with one byte whether it accepts it;
 * a certificate that is missing or wrong may show only there, as a close after a handshake that went well.
 */
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { ConnectError, ProtocolError } from '../errors.ts';
import { established } from './established.ts';
import type { LibvirtUri } from './uri.ts';

export const DEFAULT_TLS_PORT = 16_514;

/** PEM texts. What is left out is read from the folder of the URI's `pkipath`, where there is one. */
export interface TlsOptions {
  /** Who may have signed the daemon's certificate. Default: the system's authorities. */
  readonly ca?: string | Buffer;
  /** Our certificate, and its key. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** The name to expect in the daemon's certificate; default: the host of the URI. */
  readonly serverName?: string;
  /** False accepts any certificate, so anyone in the middle. Default true, unless the URI says `no_verify=1`. */
  readonly verify?: boolean;
}

const ACCEPTED = 1;

export async function connectTls(
  host: string,
  port: number,
  uri: LibvirtUri,
  options: TlsOptions,
  signal: AbortSignal,
): Promise<tls.TLSSocket> {
  const { ca, cert, key } = { ...(await readFolder(uri.pkiPath)), ...options };
  const serverName = options.serverName ?? host;
  const socket = tls.connect({
    host,
    port,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    // An address cannot be sent as a name; the certificate is checked against it all the same.
    ...(net.isIP(serverName) === 0 && { servername: serverName }),
    checkServerIdentity: (_host, certificate) => tls.checkServerIdentity(serverName, certificate),
    rejectUnauthorized: options.verify ?? !uri.noVerify,
    minVersion: 'TLSv1.2',
  });
  socket.setNoDelay(true);
  socket.setKeepAlive(true);
  const where = `${host} port ${port}`;
  await established(
    socket,
    'secureConnect',
    signal,
    (cause) => new ConnectError(`Cannot connect to ${where} with TLS: ${cause.message}`, { cause }),
  );
  await established(socket, 'readable', signal, (cause) => refused(where, cert !== undefined, cause));
  const answer: unknown = socket.read(1);
  if (!(answer instanceof Buffer)) throw destroyed(socket, refused(where, cert !== undefined, new Error('the connection was closed')));
  if (answer[0] !== ACCEPTED)
    throw destroyed(socket, new ProtocolError(`${where} answered the TLS handshake with ${answer[0]}, expected ${ACCEPTED}`));
  return socket;
}

function refused(where: string, hadCertificate: boolean, cause: Error): ConnectError {
  const why = hadCertificate ? 'it does not accept our client certificate' : 'it wants a client certificate, and none was given';
  return new ConnectError(`${where} closed the connection after the TLS handshake; most likely ${why} (${cause.message})`, { cause });
}

function destroyed(socket: tls.TLSSocket, error: Error): Error {
  socket.on('error', () => {});
  socket.destroy();
  return error;
}

/** The names that libvirt's own client looks for under `pkipath`. */
async function readFolder(folder: string | undefined): Promise<Pick<TlsOptions, 'ca' | 'cert' | 'key'>> {
  if (folder === undefined) return {};
  const [ca, cert, key] = await Promise.all(
    ['cacert.pem', 'clientcert.pem', 'clientkey.pem'].map((name) => readPem(path.join(folder, name))),
  );
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

async function readPem(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ConnectError(`Cannot read ${file}: ${(cause as Error).message}`, { cause });
  }
}
