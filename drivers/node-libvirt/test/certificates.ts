/** Certificates made on the spot with openssl: an authority, a daemon's for 127.0.0.1 and localhost, a client's, and a stranger's. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const openssl = promisify(execFile);

export interface KeyPair {
  readonly certFile: string;
  readonly keyFile: string;
}

export async function makeAuthority(dir: string, name: string): Promise<KeyPair> {
  const files = filesOf(dir, name);
  await request(files, ['-x509', '-days', '2', '-subj', `/CN=${name}`, '-addext', 'keyUsage=critical,keyCertSign', '-out', files.certFile]);
  return files;
}

/** `names`: as openssl writes alternative names, `DNS:localhost,IP:127.0.0.1`. */
export async function issue(
  dir: string,
  authority: KeyPair,
  name: string,
  usage: 'serverAuth' | 'clientAuth',
  names?: string,
): Promise<KeyPair> {
  const files = filesOf(dir, name);
  const requestFile = path.join(dir, `${name}.csr`);
  const extensions = path.join(dir, `${name}.ext`);
  await writeFile(
    extensions,
    [`extendedKeyUsage=${usage}`, 'basicConstraints=CA:FALSE', ...(names === undefined ? [] : [`subjectAltName=${names}`])].join('\n'),
  );
  await request(files, ['-subj', `/CN=${name}`, '-out', requestFile]);
  const signing = ['-CA', authority.certFile, '-CAkey', authority.keyFile, '-CAcreateserial', '-days', '2', '-extfile', extensions];
  await openssl('openssl', ['x509', '-req', '-in', requestFile, '-out', files.certFile, ...signing]);
  return files;
}

function filesOf(dir: string, name: string): KeyPair {
  return { certFile: path.join(dir, `${name}.pem`), keyFile: path.join(dir, `${name}.key`) };
}

async function request(files: KeyPair, args: readonly string[]): Promise<void> {
  await openssl('openssl', [
    'req',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    files.keyFile,
    ...args,
  ]);
}
