/** For tests: a simulated pool that shows a certificate, and connections to it. */
import { readFile } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authority } from '../environment/pki.ts';
import { Simulator, type SimulatorOptions } from '../xapi/simulator.ts';
import type { PoolConnection, PoolHostConnection } from '../../drivers/pool-contract.ts';

export interface XenLab {
  readonly simulator: Simulator;
  readonly connection: PoolConnection;
  /** Of all its hosts, in PEM. */
  readonly certificate: string;
  /** Of the host, counted from 0. */
  host(index?: number): PoolHostConnection;
  stop(): Promise<void>;
}

export async function startXenLab(options: SimulatorOptions = {}): Promise<XenLab> {
  const folder = await mkdtemp(join(tmpdir(), 'hostler-xen-'));
  const authority = await Authority.open(folder, 'xen lab');
  const names = Array.from({ length: options.hosts ?? 1 }, (_, index) => `IP:127.0.0.${index + 1}`);
  const { certFile, keyFile } = await authority.issue({ name: 'xen', subject: '/CN=xen', usage: 'serverAuth', names });
  const [cert, key, ca] = await Promise.all([certFile, keyFile, authority.certFile].map((file) => readFile(file, 'utf8')));
  await rm(folder, { recursive: true });
  const simulator = await Simulator.start({ durations: { '*': 1 }, ...options, tls: { cert: cert ?? '', key: key ?? '' } });
  const { user: username, password } = simulator.credentials;
  const connection = { id: 'lab', endpoints: [new URL(simulator.url()).host], knownMembers: [], username, password, tls: { ca: ca ?? '' } };
  return {
    simulator,
    connection,
    certificate: cert ?? '',
    host: (index = 0) => ({ pool: connection, hostUuid: simulator.world.store.get('host', simulator.host(index)).uuid }),
    stop: () => simulator.stop(),
  };
}
