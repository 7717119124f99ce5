/** The kinds on a real API server: what it takes, what it refuses and in which words, and what it shows. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KINDS } from '../../crds/kinds.ts';
import { API_VERSION } from '../../crds/vocabulary.ts';
import { waitFor } from '../../e2e/environment/wait.ts';
import { kstatus, type Judged } from '../../operator/reporting/testing/kstatus.ts';
import { crdDir, startCluster, type Cluster } from './cluster.ts';
import { changes } from './changes.ts';
import { creations, type KindName, valid } from './manifests.ts';
import { statuses } from './statuses.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster('charts-crds');
  await cluster.kubectl('apply', '--server-side', '-f', crdDir);
  await cluster.kubectl('wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all');
  await cluster.kubectl('create', 'namespace', 'tenant');
}, 180_000);
afterAll(() => cluster?.stop(), 60_000);

const collection = (kind: KindName): string => {
  const definition = KINDS.find((candidate) => candidate.kind === kind);
  return `/apis/${API_VERSION}/${definition?.scope === 'Cluster' ? '' : 'namespaces/tenant/'}${definition?.plural ?? ''}`;
};
const instance = (name: string, flavorName: string) => ({
  apiVersion: API_VERSION,
  kind: 'Instance',
  metadata: { name },
  spec: { ...valid.Instance, flavorName },
});
const DRY_RUN = '?dryRun=All&fieldValidation=Strict';

test('the API server finds nothing wrong with the CRDs themselves', async () => {
  const { body } = await cluster.rest.get('/apis/apiextensions.k8s.io/v1/customresourcedefinitions');
  const crds = body['items'] as readonly {
    readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] };
  }[];
  expect(crds).toHaveLength(KINDS.length);
  const conditions = crds.flatMap(({ status }) => status.conditions);
  expect(conditions.filter(({ type }) => type === 'NonStructuralSchema' || type === 'KubernetesAPIApprovalPolicyConformant')).toEqual([]);
  expect(conditions.filter(({ type, status }) => ['NamesAccepted', 'Established'].includes(type) && status !== 'True')).toEqual([]);
});

test('applying the CRDs again changes nothing', async () => {
  const versions = () => cluster.kubectl('get', 'crd', '-o', 'jsonpath={.items[*].metadata.resourceVersion}');
  const before = await versions();
  await cluster.kubectl('apply', '--server-side', '-f', crdDir);
  expect(await versions()).toBe(before);
});

describe('a new object', () => {
  test.each(creations)('$kind is $what', async ({ kind, spec, metadata, refusal }) => {
    const object = { apiVersion: API_VERSION, kind, metadata: { name: 'x', ...metadata }, spec };
    const { message } = await cluster.rest.post(`${collection(kind)}${DRY_RUN}`, object);
    if (refusal === undefined) expect(message).toBe('');
    else expect(message).toContain(refusal);
  });
});

describe('a change', () => {
  test.each(changes)('$kind $what', async ({ kind, from, patch, refusal }) => {
    const created = await cluster.rest.post(`${collection(kind)}?fieldValidation=Strict`, {
      apiVersion: API_VERSION,
      kind,
      metadata: { generateName: 'change-' },
      spec: from,
    });
    expect(created.message).toBe('');
    const path = `${collection(kind)}/${(created.body['metadata'] as { readonly name: string }).name}`;
    try {
      const { message } = await cluster.rest.mergePatch(`${path}?fieldValidation=Strict`, { spec: patch });
      if (refusal === undefined) expect(message).toBe('');
      else expect(message).toContain(refusal);
    } finally {
      await cluster.rest.delete(path);
    }
  });
});

describe.each(KINDS)('$kind', ({ kind, plural, shortNames }) => {
  const name = kind as KindName;
  const path = () => `${collection(name)}/kept`;

  test('is stored as it was written: nothing is added to the spec', async () => {
    const { body } = await cluster.rest.post(collection(name), {
      apiVersion: API_VERSION,
      kind,
      metadata: { name: 'kept' },
      spec: valid[name],
    });
    expect(body['spec']).toEqual(valid[name]);
    expect(body['status']).toEqual({ observedGeneration: 0 });
  });

  test('is in progress, for kstatus, before anybody has looked at it', async () => {
    const { body } = await cluster.rest.get(path());
    expect(kstatus(body as unknown as Judged)).toBe('InProgress');
  });

  test('takes a status through the subresource only: every field, whole, and no generation comes of it', async () => {
    const status = statuses[name];
    const ignored = await cluster.rest.mergePatch(path(), { status });
    expect(ignored.body['status']).toEqual({ observedGeneration: 0 });
    const written = await cluster.rest.mergePatch(`${path()}/status?fieldValidation=Strict`, { status, spec: {} });
    expect(written.message).toBe('');
    expect(written.body['status']).toEqual(status);
    expect(written.body['metadata']).toMatchObject({ generation: 1 });
  });

  test('is waited for and listed under each of its names', async () => {
    await cluster.kubectl('wait', '-n', 'tenant', '--for=condition=Ready', '--timeout=10s', `${plural}.hostler.dev/kept`);
    for (const alias of [plural, ...shortNames]) {
      const table = await cluster.kubectl('get', '-n', 'tenant', alias, '-o', 'wide');
      expect(table).toMatch(/^NAME .*AGE/);
      expect(table).toMatch(/^kept /m);
    }
  });

  test('is explained', async () => {
    const page = await cluster.kubectl('explain', plural, '--recursive');
    expect(page).toContain(`KIND:       ${kind}`);
    expect(page).toContain('spec\t<Object> -required-');
    expect(page).toContain('observedGeneration\t<integer>');
  });
});

test('everything is listed under the category', async () => {
  const names = await cluster.kubectl('get', 'hostler', '-n', 'tenant', '-o', 'name');
  expect(names.trim().split('\n').sort()).toEqual(KINDS.map(({ kind }) => `${kind.toLowerCase()}.hostler.dev/kept`).sort());
});

test('instances are selected by flavor and, once they have one, by host', async () => {
  const { rest } = cluster;
  await rest.post(collection('Instance'), instance('small', 'small'));
  await rest.post(collection('Instance'), instance('large', 'large'));
  await rest.mergePatch(`${collection('Instance')}/large/status`, { status: { hypervisorName: 'host-a', phase: 'Running' } });
  const selected = (selector: string) => cluster.kubectl('get', 'inst', '-n', 'tenant', '-o', 'name', '--field-selector', selector);
  expect(await selected('spec.flavorName=small')).toBe('instance.hostler.dev/small\n');
  expect(await selected('status.hypervisorName=host-a')).toBe('instance.hostler.dev/large\n');
  expect(await selected('status.hypervisorName=host-a,status.phase=Stopped')).toBe('');
});

test('the columns of an instance say what people look for', async () => {
  const status = {
    phase: 'Running',
    hypervisorName: 'host-a',
    machineId: '6f1d0b0e-0000-4000-8000-000000000001',
    addresses: [{ address: '192.0.2.7', interfaceName: 'eth0' }, { address: '2001:db8::7' }],
  };
  await cluster.rest.mergePatch(`${collection('Instance')}/kept/status`, { status });
  const table = await cluster.kubectl('get', 'inst', '-n', 'tenant', 'kept');
  expect(table).toMatch(/^NAME +READY +STATUS +HOST +IP +AGE\nkept +True +Running +host-a +192\.0\.2\.7 +\S+\n$/);
});

test('an object that was stored before a rule came to be can still be changed elsewhere', async () => {
  // Stands for any tightened rule: the CRD is loosened, a bad object stored, and the CRD put back as it is.
  const crd = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/networks.hostler.dev';
  const bad = {
    apiVersion: API_VERSION,
    kind: 'Network',
    metadata: { name: 'old' },
    spec: { hostNetwork: 'lab', dns: ['not-an-address'] },
  };
  const original = (await cluster.rest.get(crd)).body['spec'] as { readonly versions: readonly [Record<string, unknown>] };
  const [version] = original.versions;
  const loose = {
    ...version,
    schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
    selectableFields: null,
  };
  expect((await cluster.rest.mergePatch(crd, { spec: { versions: [loose] } })).message).toBe('');
  await waitFor('the loosened CRD', async () => (await cluster.rest.post(collection('Network'), bad)).message === '');
  expect((await cluster.rest.mergePatch(crd, { spec: { versions: [version] } })).message).toBe('');
  const another = { ...bad, metadata: { name: 'new' } };
  await waitFor('the rule', async () =>
    (await cluster.rest.post(`${collection('Network')}?dryRun=All`, another)).message.includes('dns must be'),
  );
  const relabelled = await cluster.rest.mergePatch(`${collection('Network')}/old`, {
    metadata: { labels: { a: 'b' } },
    spec: { hostNetwork: 'wan' },
  });
  expect(relabelled.message).toBe('');
}, 60_000);
