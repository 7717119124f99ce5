/**
 * Keys and certificates of one control plane, and the administrator's kubeconfig. Made once per directory and kept: a
 * restarted API server is the same one to its clients.
 */
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeKubeconfig } from '../kubeconfig.ts';
import { Authority } from '../pki.ts';
import type { ControlPlanePaths } from './flags.ts';

const SERVER_NAMES = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'].map((name) => `DNS:${name}`);

export async function makeCredentials(paths: ControlPlanePaths, url: string): Promise<void> {
  const authority = await Authority.open(paths.pki, 'hostler-control-plane');
  await authority.issue({ name: 'server', subject: '/CN=kube-apiserver', usage: 'serverAuth', names: [...SERVER_NAMES, 'IP:127.0.0.1'] });
  makeServiceAccountKey(paths.pki);
  const admin = await authority.issue({ name: 'admin', subject: '/O=system:masters/CN=admin', usage: 'clientAuth' });
  writeKubeconfig(paths.kubeconfig, url, authority.certFile, admin);
}

/** Signs the tokens of service accounts. RSA, because every client library can verify it. */
function makeServiceAccountKey(dir: string): void {
  const publicFile = join(dir, 'service-account.pub');
  if (existsSync(publicFile)) return;
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(dir, 'service-account.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  writeFileSync(publicFile, publicKey.export({ type: 'spki', format: 'pem' }));
}
