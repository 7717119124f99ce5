/**
 * Kubeconfig files for one cluster and one user.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { Certificate } from './pki.ts';

/** How the user shows who it is: a client certificate, or a bearer token. */
export type Credential = Certificate | { readonly token: string };

export function writeKubeconfig(file: string, url: string, caFile: string, credential: Credential): void {
  const user =
    'token' in credential
      ? { token: credential.token }
      : { 'client-certificate-data': base64(credential.certFile), 'client-key-data': base64(credential.keyFile) };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'hostler', cluster: { server: url, 'certificate-authority-data': base64(caFile) } }],
    users: [{ name: 'hostler', user }],
    contexts: [{ name: 'hostler', context: { cluster: 'hostler', user: 'hostler' } }],
    'current-context': 'hostler',
  };
  writeFileSync(file, stringify(config), { mode: 0o600 });
}

function base64(file: string): string {
  return readFileSync(file).toString('base64');
}
