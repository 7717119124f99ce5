/**
 * Kubeconfig files for one cluster and one user.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import type { Certificate } from './pki.ts';

interface Kubeconfig {
  readonly users: readonly { readonly name: string; readonly user: Readonly<Record<string, string>> }[];
  readonly [field: string]: unknown;
}

/** For somebody who logs in with a client certificate. */
export function writeKubeconfig(file: string, url: string, caFile: string, client: Certificate): void {
  const config: Kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'hostler', cluster: { server: url, 'certificate-authority-data': base64(caFile) } }],
    users: [{ name: 'hostler', user: { 'client-certificate-data': base64(client.certFile), 'client-key-data': base64(client.keyFile) } }],
    contexts: [{ name: 'hostler', context: { cluster: 'hostler', user: 'hostler' } }],
    'current-context': 'hostler',
  };
  writeFileSync(file, stringify(config), { mode: 0o600 });
}

/** For somebody else in the same cluster, who logs in with a token. */
export function writeTokenKubeconfig(file: string, from: string, token: string): void {
  const config = parse(readFileSync(from, 'utf8')) as Kubeconfig;
  const users = config.users.map(({ name }) => ({ name, user: { token } }));
  writeFileSync(file, stringify({ ...config, users }), { mode: 0o600 });
}

function base64(file: string): string {
  return readFileSync(file).toString('base64');
}
