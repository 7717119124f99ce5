/** The chart in a real cluster: installed, upgraded, uninstalled; what the operator and people may do; what cannot be deleted. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KINDS } from '../../crds/kinds.ts';
import { API_VERSION } from '../../crds/vocabulary.ts';
import { writeTokenKubeconfig } from '../../e2e/environment/kubeconfig.ts';
import { testDir } from '../../e2e/environment/paths.ts';
import { waitFor } from '../../e2e/environment/wait.ts';
import { chartDir, startCluster, type Cluster } from './cluster.ts';
import { valid } from './manifests.ts';
import { poolLabel, pooledHypervisor } from './pool-manifests.ts';
import { findDeployment, NAMESPACE, RELEASE, render } from './render.ts';
import { Rest } from './rest.ts';
import { isAllowed, parseAccess } from './rights.ts';

const OPERATOR = `system:serviceaccount:${NAMESPACE}:hostler`;
const place = [RELEASE, chartDir, '--namespace', NAMESPACE, '--create-namespace'];
const instancesIn = (namespace: string): string => `/apis/${API_VERSION}/namespaces/${namespace}/instances`;
const hypervisorPath = (name: string): string => `/apis/${API_VERSION}/hypervisors/${name}`;
const REFUSED = 'changes nothing of an object that a user made but its own finalizers';

let cluster: Cluster;
let notes: string;
beforeAll(async () => {
  cluster = await startCluster('charts-install');
  notes = await cluster.helm('install', ...place);
  await cluster.kubectl('wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all');
  for (const namespace of ['team-a', 'team-b']) await cluster.kubectl('create', 'namespace', namespace);
}, 180_000);
afterAll(() => cluster?.stop(), 60_000);

const makeInstance = (namespace: string, name: string, spec: object = {}) =>
  cluster.rest.post(instancesIn(namespace), {
    apiVersion: API_VERSION,
    kind: 'Instance',
    metadata: { name },
    spec: { ...valid.Instance, ...spec },
  });
const unprotect = (namespace: string, name: string) =>
  cluster.rest.mergePatch(`${instancesIn(namespace)}/${name}`, { spec: { deletionProtection: false } });

describe('an installation', () => {
  test('says what to keep, what may be read, and what comes next', () => {
    expect(notes).toContain("kubectl get namespace kube-system -o jsonpath='{.metadata.uid}'");
    expect(notes).toContain('the operator may get every Secret of this cluster by name');
    expect(notes).toContain('kubectl explain instance.spec');
  });

  test('denies images the addresses of the API server', async () => {
    const args = await cluster.kubectl(
      '-n',
      NAMESPACE,
      'get',
      'deployment',
      'hostler',
      '-o',
      'jsonpath={.spec.template.spec.containers[0].args}',
    );
    const address = await cluster.kubectl('get', 'service', 'kubernetes', '-o', 'jsonpath={.spec.clusterIP}');
    expect(args).toMatch(new RegExp(`--images-denied-cidrs=[^"]*127\\.0\\.0\\.0/8[^"]*${address.replaceAll('.', '\\.')}`));
  });

  test('has pods that the strictest pod security admits', async () => {
    await cluster.kubectl('create', 'namespace', 'strict');
    await cluster.kubectl('label', 'namespace', 'strict', 'pod-security.kubernetes.io/enforce=restricted');
    const { metadata, spec } = findDeployment(await render()).spec.template;
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'operator', labels: metadata.labels },
      spec: { ...spec, serviceAccountName: undefined },
    };
    const path = '/api/v1/namespaces/strict/pods?dryRun=All&fieldValidation=Strict';
    expect((await cluster.rest.post(path, pod)).message).toBe('');
    const looser = { ...pod, spec: { ...pod.spec, securityContext: {} } };
    expect((await cluster.rest.post(path, looser)).message).toContain('violates PodSecurity "restricted');
  });

  test('upgraded with the same values changes nothing that runs', async () => {
    const generations = () =>
      cluster.kubectl(
        'get',
        'crd,deployment,clusterrole,role',
        '-A',
        '-l',
        'app.kubernetes.io/part-of=hostler',
        '-o',
        'jsonpath={.items[*].metadata.generation}',
      );
    const before = await generations();
    await cluster.helm('upgrade', ...place);
    expect(await generations()).toBe(before);
  });
});

describe('the operator', () => {
  test.each([
    'list instances',
    'watch hypervisors',
    'patch instances in team-a',
    'patch instances/status in team-a',
    'patch hypervisors',
    'patch hypervisors/status',
    'list imagestores',
    'list hypervisorpools',
    'patch hypervisorpools',
    'patch hypervisorpools/status',
    'create hypervisors',
    'delete hypervisors',
    'patch imagestores/status',
    'delete instanceactions in team-a',
    'patch instancesnapshots in team-a',
    'create instancesnapshots in team-a',
    'delete instancesnapshots in team-a',
    'create images in team-a',
    'patch images in team-a',
    'delete images in team-a',
    'create events in team-a of events.k8s.io',
    'create events in default of events.k8s.io',
    'get namespaces kube-system of core',
    `create leases in ${NAMESPACE} of coordination.k8s.io`,
    `patch leases hostler in ${NAMESPACE} of coordination.k8s.io`,
    `get secrets libvirt-ca in ${NAMESPACE} of core`,
    'get secrets cloud-init in team-a of core',
  ])('may %s', async (access) => {
    expect(await isAllowed(cluster.rest, OPERATOR, parseAccess(access))).toBe(true);
  });

  test.each([
    'list secrets of core',
    'watch secrets of core',
    `list secrets in ${NAMESPACE} of core`,
    `create secrets in ${NAMESPACE} of core`,
    `patch leases another in ${NAMESPACE} of coordination.k8s.io`,
    `delete leases hostler in ${NAMESPACE} of coordination.k8s.io`,
    'update instances/finalizers in team-a',
    'update images in team-a',
    'patch backupschedules in team-a',
    'patch instanceactions in team-a',
    'create leases in team-a of coordination.k8s.io',
    'delete instances in team-a',
    'create instances in team-a',
    'create hypervisorpools',
    'delete hypervisorpools',
    'patch imagestores',
    'patch flavors',
    'patch networks in team-a',
    'delete backupschedules in team-a',
    'delete networks in team-a',
    'list pods of core',
    'list namespaces of core',
    'get namespaces team-a of core',
    'get configmaps of core',
    'escalate clusterroles of rbac.authorization.k8s.io',
    'impersonate users of core',
    'patch customresourcedefinitions of apiextensions.k8s.io',
  ])('may not %s', async (access) => {
    expect(await isAllowed(cluster.rest, OPERATOR, parseAccess(access))).toBe(false);
  });

  test('can do its work with the token of its ServiceAccount', async () => {
    const token = (await cluster.kubectl('create', 'token', 'hostler', '-n', NAMESPACE)).trim();
    const kubeconfig = join(testDir, 'charts-install', 'operator.kubeconfig');
    writeTokenKubeconfig(kubeconfig, cluster.controlPlane.kubeconfig, token);
    const operator = new Rest(kubeconfig);
    try {
      expect((await makeInstance('team-a', 'worked-on')).message).toBe('');
      const path = `${instancesIn('team-a')}/worked-on`;
      expect((await operator.get(`/apis/${API_VERSION}/instances`)).status).toBe(200);
      expect((await operator.mergePatch(path, { metadata: { finalizers: ['hostler.dev/instance-cleanup'] } })).message).toBe('');
      expect((await operator.mergePatch(`${path}/status`, { status: { phase: 'Running' } })).message).toBe('');
      expect((await operator.get('/api/v1/namespaces/kube-system')).status).toBe(200);
      expect((await operator.get('/api/v1/namespaces/team-a/secrets/none')).status).toBe(404);
      expect((await operator.get('/api/v1/namespaces/team-a/secrets')).status).toBe(403);
      expect((await operator.delete(path)).status).toBe(403);
      await cluster.rest.mergePatch(path, { metadata: { finalizers: [] } });
    } finally {
      await operator.close();
    }
  });
});

describe('of the objects of users, the operator', () => {
  const path = `${instancesIn('team-a')}/guarded`;
  const operatorHold = 'hostler.dev/instance-cleanup';
  let operator: Rest;

  beforeAll(async () => {
    const token = (await cluster.kubectl('create', 'token', 'hostler', '-n', NAMESPACE)).trim();
    const kubeconfig = join(testDir, 'charts-install', 'guarded.kubeconfig');
    writeTokenKubeconfig(kubeconfig, cluster.controlPlane.kubeconfig, token);
    operator = new Rest(kubeconfig);
    await makeInstance('team-a', 'guarded');
    await cluster.rest.mergePatch(path, { metadata: { finalizers: ['example.com/hold'], labels: { tier: 'web' } } });
    await waitFor('the policy', async () =>
      (await operator.mergePatch(`${path}?dryRun=All`, { spec: { hostname: 'probe' } })).message.includes(REFUSED),
    );
  }, 60_000);
  afterAll(async () => {
    await cluster.rest.mergePatch(path, { metadata: { finalizers: [] } });
    await operator.close();
  });

  test.each<[string, object]>([
    ['the spec', { spec: { powerState: 'Stopped' } }],
    ['labels', { metadata: { labels: { tier: 'db' } } }],
    ['annotations', { metadata: { annotations: { note: 'x' } } }],
    ['owners', { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Secret', name: 'x', uid: '1' }] } }],
    ["another's finalizer, added", { metadata: { finalizers: ['example.com/hold', 'example.com/other'] } }],
    ["another's finalizer, taken off", { metadata: { finalizers: [operatorHold] } }],
    ['its finalizer and the spec at once', { metadata: { finalizers: ['example.com/hold', operatorHold] }, spec: { hostname: 'x' } }],
  ])('may not change %s', async (_, patch) => {
    const { status, message } = await operator.mergePatch(path, patch);
    expect(status).toBe(403);
    expect(message).toContain(REFUSED);
  });

  test('may set and take off its finalizer, and write status', async () => {
    for (const finalizers of [['example.com/hold', operatorHold], ['example.com/hold']]) {
      expect((await operator.mergePatch(path, { metadata: { finalizers } })).message).toBe('');
    }
    expect((await operator.mergePatch(`${path}/status`, { status: { phase: 'Running' } })).message).toBe('');
  });

  test('may do no more with Hypervisors; everybody else may', async () => {
    const host = `/apis/${API_VERSION}/hypervisors/guarded`;
    await cluster.rest.post(`/apis/${API_VERSION}/hypervisors`, {
      apiVersion: API_VERSION,
      kind: 'Hypervisor',
      metadata: { name: 'guarded' },
      spec: valid.Hypervisor,
    });
    expect((await operator.mergePatch(host, { spec: { schedulable: false } })).message).toContain(REFUSED);
    expect((await operator.mergePatch(host, { metadata: { finalizers: ['hostler.dev/hypervisor-cleanup'] } })).message).toBe('');
    expect((await cluster.rest.mergePatch(host, { spec: { schedulable: false }, metadata: { finalizers: [] } })).message).toBe('');
    await cluster.rest.delete(host);
  });
});

describe('of the Hypervisors of pools, the operator', () => {
  let operator: Rest;

  beforeAll(async () => {
    const token = (await cluster.kubectl('create', 'token', 'hostler', '-n', NAMESPACE)).trim();
    const kubeconfig = join(testDir, 'charts-install', 'pools.kubeconfig');
    writeTokenKubeconfig(kubeconfig, cluster.controlPlane.kubeconfig, token);
    operator = new Rest(kubeconfig);
  }, 60_000);
  afterAll(async () => {
    for (const name of ['pooled', 'unpooled']) await cluster.rest.delete(hypervisorPath(name));
    await operator.close();
  });

  const hypervisorsPath = `/apis/${API_VERSION}/hypervisors`;

  test('may make, change and remove those that carry the label, and may not take that off', async () => {
    expect((await operator.post(hypervisorsPath, pooledHypervisor('pooled', poolLabel('lab').metadata.labels))).message).toBe('');
    const template = { spec: { networks: { lan: { network: 'LAN' } } }, metadata: { labels: { zone: 'north' } } };
    expect((await operator.mergePatch(hypervisorPath('pooled'), template)).message).toBe('');
    expect((await operator.mergePatch(hypervisorPath('pooled'), poolLabel(null))).message).toContain(REFUSED);
    expect((await operator.mergePatch(hypervisorPath('pooled'), poolLabel('other'))).message).toContain(REFUSED);
    expect((await operator.delete(hypervisorPath('pooled'))).status).toBe(200);
  });

  test('may make, remove and take over no others', async () => {
    const ELSEWHERE = 'no Hypervisors but those of pools';
    await waitFor('the policy', async () =>
      (await operator.post(hypervisorsPath, pooledHypervisor('unpooled', {}))).message.includes(ELSEWHERE),
    );
    const { labels } = poolLabel('another').metadata;
    expect((await operator.post(hypervisorsPath, pooledHypervisor('unpooled', labels))).message).toContain(ELSEWHERE);
    const libvirt = pooledHypervisor('unpooled', { 'hostler.dev/hypervisor-pool': 'lab' }, { ...valid.Hypervisor, xen: undefined });
    expect((await operator.post(hypervisorsPath, libvirt)).message).toContain(ELSEWHERE);
    expect((await cluster.rest.post(hypervisorsPath, pooledHypervisor('unpooled', {}))).message).toBe('');
    expect((await operator.mergePatch(hypervisorPath('unpooled'), poolLabel('lab'))).message).toContain(REFUSED);
    expect((await operator.delete(hypervisorPath('unpooled'))).message).toContain(ELSEWHERE);
  });
});

describe('people', () => {
  beforeAll(async () => {
    for (const role of ['view', 'edit', 'admin']) {
      await cluster.kubectl('create', 'rolebinding', role, '-n', 'team-a', `--clusterrole=hostler-${role}`, `--user=${role}`);
    }
    await cluster.kubectl('create', 'clusterrolebinding', 'reader', '--clusterrole=hostler-flavor-reader', '--user=view');
    await cluster.kubectl('create', 'clusterrolebinding', 'host-admin', '--clusterrole=hostler-host-admin', '--user=host-admin');
  });

  test.each([
    ['view', 'list instances in team-a', true],
    ['view', 'list flavors', true],
    ['view', 'create instances in team-a', false],
    ['view', 'list instances in team-b', false],
    ['view', 'list hypervisors', false],
    ['edit', 'create instances in team-a', true],
    ['edit', 'delete networks in team-a', true],
    ['edit', 'create instances in team-b', false],
    ['edit', 'patch instances/status in team-a', false],
    ['edit', 'create flavors', false],
    ['admin', 'list images in team-a', true],
    ['admin', 'delete instanceactions in team-a', true],
    ['admin', 'patch instances/status in team-a', false],
    ['admin', 'patch hypervisors', false],
    ['admin', 'patch imagestores', false],
    ['host-admin', 'patch hypervisors', true],
    ['host-admin', 'patch imagestores', true],
    ['host-admin', 'create flavors', true],
    ['host-admin', 'patch hypervisors/status', false],
    ['host-admin', 'list instances in team-a', false],
  ])('%s: %s is %s', async (user, access, allowed) => {
    expect(await isAllowed(cluster.rest, user, parseAccess(access))).toBe(allowed);
  });
});

describe('protection from deletion', () => {
  const PROTECTED = 'is protected from deletion: set spec.deletionProtection to false first';

  beforeAll(async () => {
    await makeInstance('team-b', 'probe', { deletionProtection: true });
    // The API server takes up policies a moment after they are stored.
    await waitFor('the policy', async () =>
      (await cluster.rest.delete(`${instancesIn('team-b')}/probe?dryRun=All`)).message.includes(PROTECTED),
    );
  }, 60_000);

  test('names the instance and the field', async () => {
    await makeInstance('team-b', 'precious', { deletionProtection: true });
    const { status, message } = await cluster.rest.delete(`${instancesIn('team-b')}/precious`);
    expect(status).toBe(403);
    expect(message).toContain(`Instance team-b/precious ${PROTECTED}`);
  });

  test('holds when all are deleted at once, and lets the others go', async () => {
    await makeInstance('team-b', 'a-plain');
    await makeInstance('team-b', 'b-not-any-more', { deletionProtection: false });
    const { message } = await cluster.rest.delete(instancesIn('team-b'));
    expect(message).toContain(PROTECTED);
    await cluster.rest.delete(`${instancesIn('team-b')}/a-plain`);
    await cluster.rest.delete(`${instancesIn('team-b')}/b-not-any-more`);
    expect(await cluster.kubectl('get', 'inst', '-n', 'team-b', '-o', 'name')).toBe(
      'instance.hostler.dev/precious\ninstance.hostler.dev/probe\n',
    );
  });

  test('keeps a namespace until it is lifted, and says why', async () => {
    await cluster.kubectl('create', 'namespace', 'doomed');
    await makeInstance('doomed', 'precious', { deletionProtection: true });
    await makeInstance('doomed', 'plain');
    await cluster.rest.delete('/api/v1/namespaces/doomed');
    await waitFor('the reason', async () => {
      const reasons = await cluster.kubectl(
        'get',
        'namespace',
        'doomed',
        '-o',
        'jsonpath={.status.conditions[?(@.status=="True")].message}',
      );
      return reasons.includes(PROTECTED);
    });
    expect((await cluster.rest.get(`${instancesIn('doomed')}/precious`)).status).toBe(200);
    expect((await unprotect('doomed', 'precious')).message).toBe('');
    await waitFor('the end of the namespace', async () => (await cluster.rest.get('/api/v1/namespaces/doomed')).status === 404, {
      timeoutMs: 60_000,
    });
  }, 120_000);

  test('does not hold up what is being deleted already', async () => {
    await makeInstance('team-a', 'late');
    const path = `${instancesIn('team-a')}/late`;
    await cluster.rest.mergePatch(path, { metadata: { finalizers: ['example.com/hold'] } });
    await cluster.rest.delete(path);
    await cluster.rest.mergePatch(path, { spec: { deletionProtection: true } });
    expect((await cluster.rest.delete(path)).message).toBe('');
    await cluster.rest.mergePatch(path, { metadata: { finalizers: [] } });
    expect((await cluster.rest.get(path)).status).toBe(404);
  });
});

test('the Secrets of users can be narrowed to namespaces', async () => {
  const output = await cluster.helm('upgrade', ...place, '--set', 'namespaces={team-a}');
  expect(output).toContain('the operator may get Secrets by name in team-a');
  const may = (access: string) => isAllowed(cluster.rest, OPERATOR, parseAccess(access));
  await waitFor('the narrower rights', async () => !(await may('get secrets x in team-b of core')));
  expect(await may('get secrets x in team-a of core')).toBe(true);
  expect(await may(`get secrets x in ${NAMESPACE} of core`)).toBe(true);
});

test('uninstalled, the kinds and their objects stay; installed again, they are taken over', async () => {
  expect((await makeInstance('team-a', 'survivor')).message).toBe('');
  await cluster.helm('uninstall', RELEASE, '--namespace', NAMESPACE);
  const crds = await cluster.kubectl('get', 'crd', '-o', 'name');
  expect(crds.trim().split('\n')).toHaveLength(KINDS.length);
  expect((await cluster.rest.get(`${instancesIn('team-a')}/survivor`)).status).toBe(200);
  expect(
    await cluster.kubectl('get', 'clusterrole,validatingadmissionpolicy', '-l', 'app.kubernetes.io/part-of=hostler', '-o', 'name'),
  ).toBe('');
  await cluster.helm('install', ...place);
  expect((await cluster.rest.get(`${instancesIn('team-a')}/survivor`)).status).toBe(200);
}, 60_000);
