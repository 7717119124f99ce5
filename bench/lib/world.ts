/**
 * The world of the benchmarks that use the fake hypervisor: a control plane with the CRDs, a fake hypervisor of some
 * hosts, an image to boot, and the operator as it ships.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ControlPlane } from '../../e2e/environment/control-plane.ts';
import { projectRoot, stateDir } from '../../e2e/environment/paths.ts';
import { freePort } from '../../e2e/environment/ports.ts';
import { becomeOwner, findProcesses, startProcess, stopProcesses } from '../../e2e/environment/processes.ts';
import { waitFor } from '../../e2e/environment/wait.ts';
import { BareClient } from './bare-client.ts';

export const API_VERSION = 'hostler.dev/v1alpha1';
export const API = `/apis/${API_VERSION}`;
/** Instances of a group that nobody watches: the same schema at the same cost, for the operator's peer. */
const PEER_GROUP = 'peer.hostler.dev';
export const PEER_API_VERSION = `${PEER_GROUP}/v1alpha1`;
export const PEER_API = `/apis/${PEER_API_VERSION}`;
export const NAMESPACE = 'bench';
export const PEER_NAMESPACE = 'peer';
const OPERATOR_NAMESPACE = 'hostler-system';
const PROGRAM = join(projectRoot, 'dist', 'hostler.mjs');
const IMAGE = Buffer.alloc(1024 * 1024);
const SHA256 = createHash('sha256').update(IMAGE).digest('hex');

export interface BenchWorld {
  readonly controlPlane: ControlPlane;
  readonly client: BareClient;
  readonly apiServerPid: number;
  /** Starts the operator; resolves when it calls itself ready. */
  readonly startOperator: () => Promise<RunningOperator>;
  readonly stop: () => Promise<void>;
}

export interface RunningOperator {
  readonly pid: number;
  readonly metrics: () => Promise<string>;
  readonly stop: () => Promise<void>;
}

export async function startWorld(name: string, hosts: number): Promise<BenchWorld> {
  becomeOwner();
  const dir = join(stateDir, 'bench', name);
  const controlPlaneDir = join(dir, 'control-plane');
  const controlPlane = await ControlPlane.start({ dir: controlPlaneDir });
  const apiServerPid = findProcesses(controlPlaneDir, 'kube-apiserver')[0]?.pid;
  if (apiServerPid === undefined) throw new Error('no API server runs');
  const client = new BareClient(controlPlane.kubeconfig, 64);
  await installCrds(client);
  for (const namespace of [NAMESPACE, PEER_NAMESPACE, OPERATOR_NAMESPACE])
    await client.create('/api/v1/namespaces', { metadata: { name: namespace } });
  const socket = join(dir, 'fake.sock');
  await stopProcesses(dir, undefined, 0);
  await startProcess({
    dir,
    name: 'fake-hypervisor',
    command: process.execPath,
    args: [PROGRAM, 'fake-hypervisor', '--socket', socket],
    logFile: join(dir, 'fake.log'),
  });
  const image = await serveImage();
  await createObjects(client, socket, hosts, image.url);
  return {
    controlPlane,
    client,
    apiServerPid,
    startOperator: () => startOperator(dir, controlPlane.kubeconfig),
    stop: async () => {
      await stopProcesses(dir, undefined, 5_000);
      await client.close();
      image.close();
      await controlPlane.stop();
    },
  };
}

async function startOperator(dir: string, kubeconfig: string): Promise<RunningOperator> {
  const [metrics, health] = [await freePort(), await freePort()];
  const flags = ['--namespace', OPERATOR_NAMESPACE, '--kubeconfig', kubeconfig, '--images-denied-cidrs=', '--log-level=warn'];
  const addresses = [`--metrics-address=127.0.0.1:${metrics}`, `--health-address=127.0.0.1:${health}`];
  const args = [PROGRAM, 'operator', ...flags, ...addresses];
  const env = { ...process.env, NODE_OPTIONS: chartValues().nodeOptions };
  const pid = await startProcess({ dir, name: 'operator', command: process.execPath, args, env, logFile: join(dir, 'operator.log') });
  await waitFor('the operator to be ready', async () => (await fetch(`http://127.0.0.1:${health}/readyz`)).ok, {
    timeoutMs: 60_000,
    intervalMs: 20,
  });
  return {
    pid,
    metrics: async () => (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text(),
    stop: () => stopProcesses(dir, 'operator', 30_000),
  };
}

/** What decides about the operator's memory is taken from where its users take it. */
function chartValues(): { readonly nodeOptions: string } {
  return parse(readFileSync(join(projectRoot, 'charts/hostler/values.yaml'), 'utf8')) as { readonly nodeOptions: string };
}

async function installCrds(client: BareClient): Promise<void> {
  const dir = join(projectRoot, 'charts/hostler/files/crds');
  const crds = readdirSync(dir).map((file) => parse(readFileSync(join(dir, file), 'utf8')) as CustomResourceDefinition);
  const instances = crds.find(({ spec }) => spec.names.plural === 'instances');
  if (instances === undefined) throw new Error(`${dir} holds no Instances`);
  for (const crd of [...crds, peerOf(instances)]) await client.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
  for (const api of [API, PEER_API])
    await waitFor(`${api} to be served`, async () => (await client.get<{ items: unknown[] }>(`${api}/instances`)).items.length === 0);
}

interface CustomResourceDefinition {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly group: string; readonly names: { readonly plural: string; readonly kind: string } };
}

/** Without the short names and categories, which can be taken only once. */
function peerOf(crd: CustomResourceDefinition): CustomResourceDefinition {
  const { plural, kind } = crd.spec.names;
  return { ...crd, metadata: { name: `${plural}.${PEER_GROUP}` }, spec: { ...crd.spec, group: PEER_GROUP, names: { plural, kind } } };
}

async function createObjects(client: BareClient, socket: string, hosts: number, imageUrl: string): Promise<void> {
  await client.create(`${API}/flavors`, {
    apiVersion: 'hostler.dev/v1alpha1',
    kind: 'Flavor',
    metadata: { name: 'tiny' },
    spec: { vcpus: 1, memory: '16Mi', rootDisk: '16Mi' },
  });
  const sources = [{ format: 'raw', http: { url: imageUrl }, checksum: { sha256: SHA256 } }];
  await client.create(`${API}/namespaces/${NAMESPACE}/images`, {
    apiVersion: 'hostler.dev/v1alpha1',
    kind: 'Image',
    metadata: { name: 'demo' },
    spec: { sources },
  });
  for (let index = 0; index < hosts; index++) {
    await client.create(`${API}/hypervisors`, {
      apiVersion: 'hostler.dev/v1alpha1',
      kind: 'Hypervisor',
      metadata: { name: `host-${index}` },
      spec: {
        driver: 'fake',
        fake: { socket },
        pools: { main: { pool: 'default' } },
        overcommit: { cpu: '100', memory: '100' },
      },
    });
  }
}

async function serveImage(): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((_, response) => response.setHeader('content-length', IMAGE.length).end(IMAGE));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the image server has no port');
  return { url: `http://127.0.0.1:${address.port}/demo.raw`, close: () => server.close() };
}
