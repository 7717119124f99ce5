/**
 * libvirt's connection URIs: `driver[+transport]://[user@][host][:port]/path[?parameters]`.
 *
 * Parameters we know are those of libvirt's own client that make sense here; an unknown one is refused, since leaving out
 * what the user asked for could be worse than not connecting. `command` (a local program to run) is refused on purpose: who may
 * write a URI should not thereby run programs on this machine; it is an option of the code instead.
 */
import { InvalidArgumentError } from '../errors.ts';

export type TransportKind = 'unix' | 'tcp' | 'tls' | 'ssh';

export interface LibvirtUri {
  readonly transport: TransportKind;
  /** What the daemon is asked to open: the URI without transport, host and our parameters, `qemu:///system`. */
  readonly name: string;
  /** `qemu`, `test`, `xen`, ... */
  readonly driver: string;
  readonly path: string;
  /** Without the brackets of an IPv6 address. */
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly user: string | undefined;
  /** Path of the daemon's socket, on this machine or, with ssh, over there. */
  readonly socket: string | undefined;
  /** With ssh: the private key to use. */
  readonly keyFile: string | undefined;
  /** With tls: folder of cacert.pem, clientcert.pem and clientkey.pem. */
  readonly pkiPath: string | undefined;
  /** True turns off checking who the other side is: with tls its certificate, with ssh its host key. */
  readonly noVerify: boolean;
}

const SCHEME = /^([a-z][a-z0-9]*)(?:\+([a-z0-9]+))?$/;
const TRANSPORTS: ReadonlySet<string> = new Set(['unix', 'tcp', 'tls', 'ssh'] satisfies TransportKind[]);
const KNOWN_PARAMETERS = new Set(['socket', 'name', 'keyfile', 'pkipath', 'no_verify', 'no_tty']);

/** Throws `InvalidArgumentError`, with the URI and what is wrong with it. */
export function parseUri(uri: string): LibvirtUri {
  const fail = (why: string): never => {
    throw new InvalidArgumentError(`Bad libvirt URI ${JSON.stringify(uri)}: ${why}`);
  };
  const separator = uri.indexOf('://');
  const scheme = SCHEME.exec(separator < 0 ? '' : uri.slice(0, separator));
  const driver = scheme?.[1] ?? fail('expected driver+transport://host/path');
  // A scheme of its own kind gets a simpler treatment from URL than one it knows.
  const url = URL.parse(`libvirt${uri.slice(separator)}`) ?? fail('it cannot be parsed');
  if (url.password !== '') fail('a password in a URI ends up in logs');
  if (url.hash !== '') fail('it has a fragment');
  for (const key of url.searchParams.keys()) {
    if (!KNOWN_PARAMETERS.has(key)) fail(`parameter ${key} is not supported`);
  }
  const host = url.hostname === '' ? undefined : decodeURIComponent(url.hostname.replace(/^\[(.*)\]$/, '$1'));
  const transport = scheme?.[2] ?? (host === undefined ? 'unix' : 'tls');
  if (!isTransport(transport)) return fail(`transport ${transport} is not one of ${[...TRANSPORTS].join(', ')}`);
  if (transport === 'unix' && host !== undefined) fail('a unix socket has no host');
  if (transport !== 'unix' && host === undefined) fail(`transport ${transport} needs a host`);
  if (host !== undefined && !HOST.test(host)) fail(`host ${JSON.stringify(host)} has characters that no host name has`);
  const parameter = (name: string): string | undefined => url.searchParams.get(name) ?? undefined;
  return {
    transport,
    name: parameter('name') ?? `${driver}://${url.pathname === '' ? '/' : url.pathname}`,
    driver,
    path: url.pathname,
    host,
    port: url.port === '' ? undefined : Number(url.port),
    user: url.username === '' ? undefined : decodeURIComponent(url.username),
    socket: parameter('socket'),
    keyFile: parameter('keyfile'),
    pkiPath: parameter('pkipath'),
    noVerify: parameter('no_verify') === '1',
  };
}

/** Names, IPv4 and IPv6 addresses, with a zone; never something that a program could take for an option. */
const HOST = /^[A-Za-z0-9_:.][A-Za-z0-9_:.%-]*$/;

function isTransport(value: string): value is TransportKind {
  return TRANSPORTS.has(value);
}
