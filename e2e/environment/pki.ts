/**
 * A certificate authority for one environment, and what it issues: keys by node:crypto, certificates by `openssl`.
 */
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface CertificateRequest {
  /** Base name of the files; a certificate of this name that exists is kept. */
  readonly name: string;
  /** As openssl writes it: `/O=system:masters/CN=admin`. */
  readonly subject: string;
  readonly usage: 'serverAuth' | 'clientAuth' | 'serverAuth,clientAuth';
  /** Alternative names as openssl writes them: `DNS:localhost`, `IP:127.0.0.1`. */
  readonly names?: readonly string[];
}

export class Authority {
  readonly dir: string;
  private constructor(dir: string) {
    this.dir = dir;
  }

  /** The authority of that directory, made where there is none. */
  static async open(dir: string, commonName: string): Promise<Authority> {
    const authority = new Authority(dir);
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    if (!existsSync(authority.certFile)) {
      writeKey(authority.keyFile);
      const extensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign,digitalSignature'];
      await openssl(
        'req',
        '-x509',
        '-new',
        '-key',
        authority.keyFile,
        '-subj',
        `/CN=${commonName}`,
        '-days',
        '3650',
        '-out',
        authority.certFile,
        ...addExtensions(extensions),
      );
    }
    return authority;
  }

  get certFile(): string {
    return join(this.dir, 'ca.crt');
  }

  private get keyFile(): string {
    return join(this.dir, 'ca.key');
  }

  async issue(request: CertificateRequest): Promise<Certificate> {
    const certificate = { certFile: join(this.dir, `${request.name}.crt`), keyFile: join(this.dir, `${request.name}.key`) };
    if (existsSync(certificate.certFile)) return certificate;
    writeKey(certificate.keyFile);
    const extensions = ['keyUsage=critical,digitalSignature,keyEncipherment', `extendedKeyUsage=${request.usage}`];
    if (request.names !== undefined) extensions.push(`subjectAltName=${request.names.join(',')}`);
    // One call signs with the authority's key: no request file, no serial file.
    const signed = ['-CA', this.certFile, '-CAkey', this.keyFile, '-days', '3650'];
    await openssl(
      'req',
      '-x509',
      '-new',
      '-key',
      certificate.keyFile,
      '-subj',
      request.subject,
      ...signed,
      '-out',
      certificate.certFile,
      ...addExtensions(['basicConstraints=critical,CA:FALSE', ...extensions]),
    );
    return certificate;
  }
}

function writeKey(file: string): void {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
}

function addExtensions(extensions: readonly string[]): readonly string[] {
  return extensions.flatMap((extension) => ['-addext', extension]);
}

async function openssl(...args: readonly string[]): Promise<void> {
  await run('openssl', args);
}
