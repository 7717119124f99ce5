/** The examples on a real API server: each applies clean, and applying it again changes nothing. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { KINDS } from '../../crds/kinds.ts';
import { crdDir, examplesDir, startCluster, type Cluster } from './cluster.ts';

interface SecretSource {
  readonly secretKeyRef: { readonly name: string };
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name?: string };
  readonly spec?: {
    readonly flavorName?: string;
    readonly imageName?: string;
    readonly instanceName?: string;
    /** A list in an Instance, a map in a Hypervisor. */
    readonly networks?: unknown;
    readonly volumes?: readonly { readonly volumeName: string }[];
    readonly rootVolume?: { readonly volumeName: string };
    readonly userData?: SecretSource;
    readonly vendorData?: SecretSource;
    readonly rescue?: { readonly imageName: string; readonly passwordSecretKeyRef?: { readonly name: string } };
    readonly files?: readonly Partial<SecretSource>[];
  };
}

/** What the spec refers to, as kind/name. */
function namesIn({ kind, spec = {} }: Manifest): readonly string[] {
  const networks = Array.isArray(spec.networks) ? (spec.networks as readonly { readonly networkName: string }[]) : [];
  const references = [
    ['Flavor', spec.flavorName],
    ['Image', kind === 'InstanceSnapshot' ? undefined : spec.imageName],
    ['Instance', spec.instanceName],
    ['Volume', spec.rootVolume?.volumeName],
    ['Image', spec.rescue?.imageName],
    ['Secret', spec.rescue?.passwordSecretKeyRef?.name],
    ...[spec.userData, spec.vendorData, ...(spec.files ?? [])].map((source) => ['Secret', source?.secretKeyRef?.name] as const),
    ...(spec.volumes ?? []).map(({ volumeName }) => ['Volume', volumeName] as const),
    ...networks.map(({ networkName }) => ['Network', networkName] as const),
  ] as const;
  return references.filter(([, name]) => name !== undefined).map(([kind, name]) => `${kind}/${name}`);
}

const files = globSync('**/*.yaml', { cwd: examplesDir }).sort();
const read = (file: string): readonly Manifest[] =>
  parseAllDocuments(readFileSync(join(examplesDir, file), 'utf8')).map((document) => document.toJS() as Manifest);
const manifests = files.flatMap(read);

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster('charts-examples');
  await cluster.kubectl('apply', '--server-side', '-f', crdDir);
  await cluster.kubectl('wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all');
}, 180_000);
afterAll(() => cluster?.stop(), 60_000);

/** Objects whose name the API server makes up are created, and every time another one. */
const isCreated = (file: string): boolean => read(file).some(({ metadata }) => metadata.name === undefined);

test.each(files)('%s is accepted by --dry-run=server without a warning', async (file) => {
  const verb = isCreated(file) ? 'create' : 'apply';
  const { code, stderr } = await cluster.kubectlWith('', verb, '--dry-run=server', '--warnings-as-errors', '-f', join(examplesDir, file));
  expect(stderr).toBe('');
  expect(code).toBe(0);
});

test.each(files.filter((file) => !isCreated(file)))('%s is stored as it is written, and applied again changes nothing', async (file) => {
  const path = join(examplesDir, file);
  await cluster.kubectl('apply', '--server-side', '-f', path);
  expect(await cluster.kubectl('diff', '--server-side', '-f', path)).toBe('');
  for (const { kind, metadata, spec } of read(file)) {
    if (spec === undefined) continue;
    const stored = await cluster.kubectl('get', kind, metadata.name ?? '', '-o', 'jsonpath={.spec}');
    expect(JSON.parse(stored)).toEqual(spec);
  }
});

test('every kind has an example', () => {
  expect(KINDS.map(({ kind }) => kind).filter((kind) => !manifests.some((manifest) => manifest.kind === kind))).toEqual([]);
});

test('what an example names is an example too', () => {
  // A snapshot becomes an Image.
  const taken = manifests
    .filter(({ kind }) => kind === 'InstanceSnapshot')
    .map(({ metadata, spec }) => `Image/${spec?.imageName ?? metadata.name}`);
  const names = new Set([...manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`), ...taken]);
  const named = manifests.flatMap(namesIn);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !names.has(name))).toEqual([]);
});

test('the README names every example', () => {
  const readme = readFileSync(join(examplesDir, 'README.md'), 'utf8');
  const folders = ['quick-start/'];
  expect(files.filter((file) => !readme.includes(`(${file})`) && !folders.some((folder) => file.startsWith(folder)))).toEqual([]);
});
