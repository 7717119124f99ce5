/** How to reach a libvirt host, and what can be said about that without trying. */
import { InvalidArgumentError, parseUri, type LibvirtUri } from 'node-libvirt';
import { DriverError } from '../labels.ts';

export interface LibvirtConfig {
  /** `qemu+tls://host/system`, `qemu+ssh://user@host/system?keyfile=...`, `qemu+tcp://host/system`, `qemu:///system?socket=...`. */
  readonly uri: string;
  /** PEM texts, for `qemu+tls`; what is left out is the system's (authorities) or not sent (certificate). */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly serverName?: string };
  /** Paths of files, for `qemu+ssh`; absent: what ssh's own configuration says. */
  readonly ssh?: { readonly identityFile: string; readonly knownHostsFile: string };
  /** By the name of a pool of logical volumes, that of the pool of files beside it. Absent: nothing is made in such pools. */
  readonly imagePools?: Readonly<Record<string, string>>;
}

/** `sun_path` of Linux, without the zero at its end. */
const LONGEST_SOCKET_PATH = 107;

/** Throws `InvalidSpec`. */
export function checkConfig({ uri, tls, ssh }: LibvirtConfig): LibvirtUri {
  const parsed = parse(uri);
  if (parsed.driver !== 'qemu') throw invalid(`the driver in ${uri} must be qemu`);
  if (parsed.path !== '/system') throw invalid(`${uri} must end in /system: the driver works with the host's own daemon`);
  if (parsed.transport === 'unix' && Buffer.byteLength(parsed.socket ?? '') > LONGEST_SOCKET_PATH) {
    throw invalid(`the socket path in ${uri} has more than ${LONGEST_SOCKET_PATH} bytes, which no unix socket can have`);
  }
  if (tls !== undefined && parsed.transport !== 'tls')
    throw invalid(`TLS certificates are given, but ${uri} does not use them: write qemu+tls://`);
  if (ssh !== undefined && parsed.transport !== 'ssh') throw invalid(`an ssh key is given, but ${uri} does not use it: write qemu+ssh://`);
  if ((tls?.cert === undefined) !== (tls?.key === undefined)) throw invalid('a TLS certificate and its key belong together: give both');
  if (ssh !== undefined && parsed.transport !== 'ssh') throw invalid(`an ssh key is given, but ${uri} does not use it: write qemu+ssh://`);
  return parsed;
}

/** Whether what goes over the wire can be read and changed on the way. */
export const isUnprotected = ({ transport, host = '' }: LibvirtUri): boolean =>
  transport === 'tcp' && !/^(localhost|127\.|::1$)/.test(host);

function parse(uri: string): LibvirtUri {
  try {
    return parseUri(uri);
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw invalid(error.message);
    throw error;
  }
}

const invalid = (why: string): DriverError =>
  new DriverError('InvalidSpec', `cannot use this libvirt host: ${why}`, { reason: 'InvalidEndpoint' });
