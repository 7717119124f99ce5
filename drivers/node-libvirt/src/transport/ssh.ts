/**
 * A daemon's unix socket on another machine, through the system's `ssh` program, with the user's own configuration, keys and
 * known hosts. Nothing is asked of a person: what ssh cannot do by itself fails.
 */
import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import { ConnectError, InvalidArgumentError } from '../errors.ts';
import { remoteCommand } from './ssh-command.ts';
import type { LibvirtUri } from './uri.ts';

export interface SshOptions {
  /** The program to run; default `ssh`, found on the PATH. */
  readonly command?: string;
  /** Private key file; default: the URI's `keyfile`, or what ssh's configuration says. */
  readonly identityFile?: string;
  /** File of known host keys, used instead of the user's. */
  readonly knownHostsFile?: string;
}

/** How much of what ssh says on its error output goes into our error. */
const MAX_COMPLAINT = 2000;

/** The arguments for `ssh`; exported for the tests. Host and user cannot be taken for options: they are checked. */
export function sshArguments(host: string, uri: LibvirtUri, options: SshOptions): readonly string[] {
  const identityFile = options.identityFile ?? uri.keyFile;
  return [
    ...(uri.port === undefined ? [] : ['-p', String(uri.port)]),
    ...(uri.user === undefined ? [] : ['-l', plain('user', uri.user)]),
    ...(identityFile === undefined ? [] : ['-i', absolute('key file', identityFile)]),
    ...(options.knownHostsFile === undefined ? [] : ['-o', `UserKnownHostsFile=${absolute('known hosts file', options.knownHostsFile)}`]),
    ...(uri.noVerify ? ['-o', 'StrictHostKeyChecking=no'] : []),
    '-o',
    'BatchMode=yes',
    '-T',
    '-e',
    'none',
    '--',
    plain('host', host),
    remoteCommand(uri),
  ];
}

/**
 * Resolves as soon as ssh runs: that it got through shows with the first answer of the daemon. When it does not, the stream
 * fails with what ssh said.
 */
export async function connectSsh(host: string, uri: LibvirtUri, options: SshOptions, signal: AbortSignal): Promise<Duplex> {
  signal.throwIfAborted();
  const child = spawn(options.command ?? 'ssh', sshArguments(host, uri, options), { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-MAX_COMPLAINT);
  });
  const stream = new Duplex({
    read: () => void child.stdout.resume(),
    // A write that fails means that ssh has gone; its exit, below, says why.
    write: (chunk: Buffer, _encoding, done) => void child.stdin.write(chunk, () => done()),
    final: (done) => void child.stdin.end(done),
    destroy(error, done) {
      child.kill();
      done(error);
    },
  });
  child.stdout.on('data', (chunk: Buffer) => {
    if (!stream.push(chunk)) child.stdout.pause();
  });
  child.stdin.on('error', () => {});
  child.on('error', (cause) => stream.destroy(new ConnectError(`Cannot run ${options.command ?? 'ssh'}: ${cause.message}`, { cause })));
  child.on('close', (code, killedBy) => {
    const how = killedBy === null ? `with code ${code}` : `by ${killedBy}`;
    stream.destroy(new ConnectError(`ssh to ${host} ended ${how}${complaint === '' ? '' : `: ${complaint.trim()}`}`));
  });
  return stream;
}

function plain(what: string, value: string): string {
  if (!/^[A-Za-z0-9_.:%@\\][A-Za-z0-9_.:%@\\$-]*$/.test(value))
    throw new InvalidArgumentError(`ssh ${what} ${JSON.stringify(value)} has characters that none has`);
  return value;
}

function absolute(what: string, file: string): string {
  if (!file.startsWith('/') || /[\0\n\r"%]/.test(file))
    throw new InvalidArgumentError(`${what} ${JSON.stringify(file)} is not a plain absolute path`);
  return file;
}
