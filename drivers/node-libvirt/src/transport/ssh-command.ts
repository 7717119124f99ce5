/**
 * What ssh runs over there to reach the daemon's socket: libvirt's own helper where it is installed and may choose the socket
 * itself, else netcat, else socat.
 */
import { InvalidArgumentError } from '../errors.ts';
import type { LibvirtUri } from './uri.ts';

export function remoteCommand(uri: Pick<LibvirtUri, 'socket' | 'name' | 'driver' | 'path'>): string {
  const { socket } = uri;
  if (socket !== undefined && (!socket.startsWith('/') || /[\0\n\r]/.test(socket))) {
    throw new InvalidArgumentError(`Socket ${JSON.stringify(socket)} is not a plain absolute path`);
  }
  if (socket === undefined && uri.path === '/session') {
    throw new InvalidArgumentError('Over ssh the socket of a session daemon must be named: ?socket=/run/user/<uid>/libvirt/libvirt-sock');
  }
  const script = socket === undefined ? viaHelper(uri) : viaSocket(quoted(socket));
  // The login shell over there takes this apart once; sh gets the script whole.
  return `sh -c ${quoted(script)}`;
}

function viaHelper({ name, driver }: Pick<LibvirtUri, 'name' | 'driver'>): string {
  const own = quoted(`/run/libvirt/virt${driver}d-sock`);
  return [
    `if command -v virt-ssh-helper >/dev/null 2>&1; then exec virt-ssh-helper ${quoted(name)}; fi`,
    `if test -S ${own}; then ${viaSocket(own)}; else ${viaSocket(quoted('/run/libvirt/libvirt-sock'))}; fi`,
  ].join('; ');
}

/** Some netcats stay when their input ends unless `-q0` is given, and the others do not know it. */
function viaSocket(socket: string): string {
  return [
    `if command -v nc >/dev/null 2>&1; then if nc -h 2>&1 | grep -q -e '-q'; then exec nc -q0 -U ${socket}; else exec nc -U ${socket}; fi`,
    `elif command -v socat >/dev/null 2>&1; then exec socat - UNIX-CONNECT:${socket}`,
    "else echo 'neither nc nor socat is installed' >&2; exit 127; fi",
  ].join('; ');
}

/** One word for a POSIX shell, whatever is in it. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
