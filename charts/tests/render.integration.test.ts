/** What the chart renders, by its values. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { crdName, crdOf } from '../../crds/generate/crd.ts';
import { KINDS } from '../../crds/kinds.ts';
import { run } from '../../e2e/environment/command.ts';
import { cachedProgram } from '../../e2e/environment/paths.ts';
import { parseOperatorOptions } from '../../operator/options/options.ts';
import { chartDir } from './cluster.ts';
import { find, findDeployment, NAMESPACE, render, rulesOf, tryRender, type Manifest, type Values } from './render.ts';

const CLUSTER_SCOPED = /^(ClusterRole|ClusterRoleBinding|CustomResourceDefinition|ValidatingAdmissionPolicy(Binding)?)$/;

let defaults: readonly Manifest[];
beforeAll(async () => {
  defaults = await render();
}, 60_000);

const roles = (): readonly Manifest[] => defaults.filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role');
const verbsIn = (role: string, resource: string): readonly string[] =>
  rulesOf(find(defaults, 'ClusterRole', role)).flatMap(({ resources, verbs }) => (resources.includes(resource) ? verbs : []));
const tcp = (port: number | string) => ({ port, protocol: 'TCP' });
const read = (file: string): string => readFileSync(join(chartDir, file), 'utf8');

/** The flags, after the command that every rendering must have. */
const operatorArgs = (manifests: readonly Manifest[]): readonly string[] => {
  const [container] = findDeployment(manifests).spec.template.spec.containers;
  const [command, ...flags] = container.args;
  expect([...container.command, command]).toEqual(['hostler', 'operator']);
  return flags;
};

test('helm lint has nothing to say', async () => {
  expect(await run(cachedProgram('helm'), ['lint', '--strict', chartDir])).toContain('0 chart(s) failed');
});

test('the objects of a default installation', () => {
  const others = defaults.filter(({ kind }) => kind !== 'CustomResourceDefinition').map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  expect(others.sort()).toEqual([
    'ClusterRole hostler',
    'ClusterRole hostler-admin',
    'ClusterRole hostler-edit',
    'ClusterRole hostler-flavor-reader',
    'ClusterRole hostler-host-admin',
    'ClusterRole hostler-user-secrets',
    'ClusterRole hostler-view',
    'ClusterRoleBinding hostler',
    'ClusterRoleBinding hostler-user-secrets',
    'Deployment hostler',
    'PodDisruptionBudget hostler',
    'Role hostler',
    'RoleBinding hostler',
    'Service hostler-metrics',
    'ServiceAccount hostler',
    'ValidatingAdmissionPolicy hostler-deletion-protection',
    'ValidatingAdmissionPolicy hostler-finalizers-only',
    'ValidatingAdmissionPolicy hostler-pooled-only',
    'ValidatingAdmissionPolicyBinding hostler-deletion-protection',
    'ValidatingAdmissionPolicyBinding hostler-finalizers-only',
    'ValidatingAdmissionPolicyBinding hostler-pooled-only',
  ]);
});

test('every object has the standard labels, and a namespace where it has one', () => {
  for (const { kind, metadata } of defaults) {
    expect(metadata.labels).toMatchObject({
      'app.kubernetes.io/name': 'hostler',
      'app.kubernetes.io/instance': 'hostler',
      'app.kubernetes.io/part-of': 'hostler',
      'app.kubernetes.io/managed-by': 'Helm',
    });
    expect(metadata.namespace).toBe(CLUSTER_SCOPED.test(kind) ? undefined : NAMESPACE);
  }
});

describe('CRDs', () => {
  test.each(KINDS)('that of $kind is the generated one, and is kept', (kind) => {
    const { metadata, ...rest } = find(defaults, 'CustomResourceDefinition', crdName(kind));
    const { metadata: _, ...generated } = JSON.parse(JSON.stringify(crdOf(kind))) as Manifest;
    expect(rest).toEqual(generated);
    expect(metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
  });

  test('are left out where somebody else installs them', async () => {
    const manifests = await render({ crds: { install: false } });
    expect(manifests.filter(({ kind }) => kind === 'CustomResourceDefinition')).toEqual([]);
  });
});

describe('the operator', () => {
  test('is given flags that it understands, and by default those that are its own defaults', () => {
    const own = parseOperatorOptions(['--namespace', NAMESPACE]);
    const { imagesDeniedCidrs, ...given } = parseOperatorOptions(operatorArgs(defaults));
    const { imagesDeniedCidrs: ownDenied, ...others } = own;
    expect(given).toEqual(others);
    expect(imagesDeniedCidrs).toEqual(expect.arrayContaining([...ownDenied]));
  });

  test('is given what the values say', async () => {
    const values = {
      clusterId: '12345678',
      tick: '1s',
      audit: '1h',
      workers: 1000,
      images: { deniedCIDRs: ['10.0.0.0/8', 'fd00::1'], allowedCIDRs: ['10.1.0.5'], maxSizeGiB: 1, transfersPerHost: 4, pruneAfter: '24h' },
      leases: { duration: '3s', renewDeadline: '2s', retry: '500ms' },
      logLevel: 'debug',
      shutdownGrace: '5s',
      metrics: { port: 9090 },
      health: { port: 9091 },
    };
    expect(parseOperatorOptions(operatorArgs(await render(values)))).toMatchObject({
      namespace: NAMESPACE,
      clusterId: '12345678',
      tickMs: 1000,
      auditMs: 3_600_000,
      workers: 1000,
      imagesDeniedCidrs: ['10.0.0.0/8', 'fd00::1/128'],
      imagesAllowedCidrs: ['10.1.0.5/32'],
      imagesMaxBytes: 1024 ** 3,
      imagesTransfersPerHost: 4,
      imagesPruneAfterMs: 86_400_000,
      leaseDurationMs: 3000,
      leaseRenewDeadlineMs: 2000,
      leaseRetryMs: 500,
      logLevel: 'debug',
      shutdownGraceMs: 5000,
      metricsAddress: ':9090',
      healthAddress: ':9091',
    });
  });

  test('denies images nothing where the values do', async () => {
    expect(parseOperatorOptions(operatorArgs(await render({ images: { deniedCIDRs: [] } }))).imagesDeniedCidrs).toEqual([]);
  });

  test('knows the addresses of its pod, which are no source of images', () => {
    const { env } = findDeployment(defaults).spec.template.spec.containers[0];
    expect(env).toContainEqual({ name: 'POD_IPS', valueFrom: { fieldRef: { fieldPath: 'status.podIPs' } } });
  });

  test('runs with no right that it does not need', () => {
    const { spec } = findDeployment(defaults).spec.template;
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(spec.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  test('has more time to end than it takes', () => {
    const { spec } = findDeployment(defaults).spec.template;
    const { shutdownGraceMs } = parseOperatorOptions(operatorArgs(defaults));
    expect(spec.terminationGracePeriodSeconds * 1000).toBeGreaterThan(shutdownGraceMs);
  });

  test('is found by its Service and its budget', () => {
    const { labels } = findDeployment(defaults).spec.template.metadata;
    const { selector, ports } = find(defaults, 'Service')['spec'] as { readonly selector: object; readonly ports: readonly object[] };
    expect(labels).toMatchObject(selector);
    expect(ports).toEqual([{ name: 'metrics', port: 8080, targetPort: 'metrics', protocol: 'TCP' }]);
    const budget = find(defaults, 'PodDisruptionBudget')['spec'] as { readonly selector: { readonly matchLabels: object } };
    expect(labels).toMatchObject(budget.selector.matchLabels);
  });

  test.each<[string, Values, string]>([
    ['the version of the chart', {}, 'hostler:0.1.0'],
    ['a tag', { image: { repository: 'registry.example.com/hostler', tag: 'v9' } }, 'registry.example.com/hostler:v9'],
    ['a digest', { image: { tag: 'v9', digest: `sha256:${'a'.repeat(64)}` } }, `hostler@sha256:${'a'.repeat(64)}`],
  ])('has an image by %s', async (_, values, image) => {
    expect(findDeployment(await render(values)).spec.template.spec.containers[0].image).toBe(image);
  });

  test('alone has no budget, which would only block whoever drains its node', async () => {
    expect((await render({ replicas: 1 })).some(({ kind }) => kind === 'PodDisruptionBudget')).toBe(false);
  });

  test('without metrics has neither port nor Service', async () => {
    const manifests = await render({ metrics: { enabled: false } });
    expect(manifests.some(({ kind }) => kind === 'Service')).toBe(false);
    expect(parseOperatorOptions(operatorArgs(manifests)).metricsAddress).toBeUndefined();
    expect(findDeployment(manifests).spec.template.spec.containers[0].ports.map(({ name }) => name)).toEqual(['health']);
  });
});

describe('rights', () => {
  test('are never written with a wildcard', () => {
    const wild = roles().filter((role) =>
      rulesOf(role).some((rule) => [rule.apiGroups, rule.resources, rule.verbs].some((list) => list.includes('*'))),
    );
    expect(wild.map(({ metadata }) => metadata.name)).toEqual([]);
  });

  test('to Secrets are to get them, and nothing else', () => {
    const verbs = roles().flatMap((role) =>
      rulesOf(role)
        .filter(({ resources }) => resources.includes('secrets'))
        .flatMap((rule) => rule.verbs),
    );
    expect(new Set(verbs)).toEqual(new Set(['get']));
  });

  test.each(KINDS)('of the operator and of people include $kind', ({ plural, scope }) => {
    expect(verbsIn('hostler', plural)).toEqual(expect.arrayContaining(['get', 'list', 'watch']));
    expect(verbsIn('hostler', `${plural}/status`)).toContain('patch');
    const writers = scope === 'Cluster' ? ['hostler-host-admin'] : ['hostler-edit', 'hostler-admin'];
    for (const writer of writers) expect(verbsIn(writer, plural)).toEqual(expect.arrayContaining(['create', 'update', 'patch', 'delete']));
    for (const name of ['hostler-view', 'hostler-edit', 'hostler-admin', 'hostler-host-admin'])
      expect(verbsIn(name, `${plural}/status`)).toEqual([]);
  });

  test.each(['view', 'edit', 'admin'])('of %s become part of the role of the cluster, if that is wanted', async (name) => {
    const label = `rbac.authorization.k8s.io/aggregate-to-${name}`;
    expect(find(defaults, 'ClusterRole', `hostler-${name}`).metadata.labels).toMatchObject({ [label]: 'true' });
    const without = await render({ rbac: { aggregate: false } });
    expect(find(without, 'ClusterRole', `hostler-${name}`).metadata.labels).not.toHaveProperty([label]);
  });

  test('are narrowed by a policy for its own ServiceAccount, unless that is not wanted', async () => {
    const named = await render({ serviceAccount: { name: 'other' } });
    const { spec } = find(named, 'ValidatingAdmissionPolicy', 'hostler-finalizers-only');
    expect(JSON.stringify(spec)).toContain(`request.userInfo.username == 'system:serviceaccount:${NAMESPACE}:other'`);
    const without = (await render({ rbac: { finalizersOnly: false } })).map(({ metadata }) => metadata.name);
    expect(without).not.toContain('hostler-finalizers-only');
    expect(without).not.toContain('hostler-pooled-only');
  });

  test('to the Secrets of users can be narrowed to namespaces', async () => {
    const manifests = await render({ namespaces: ['team-a', 'team-b'] });
    const bindings = manifests.filter(({ metadata }) => metadata.name === 'hostler-user-secrets');
    expect(bindings.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}`)).toEqual([
      'ClusterRole ',
      'RoleBinding team-a',
      'RoleBinding team-b',
    ]);
  });

  test('do not include a look at kube-system where the cluster id is given', async () => {
    const given = rulesOf(find(await render({ clusterId: '12345678' }), 'ClusterRole', 'hostler'));
    expect(verbsIn('hostler', 'namespaces')).toEqual(['get']);
    expect(given.flatMap(({ resources }) => resources)).not.toContain('namespaces');
  });

  test('are left alone where somebody else gives them', async () => {
    const names = (await render({ rbac: { create: false } })).filter(({ kind }) => /Role/.test(kind)).map(({ metadata }) => metadata.name);
    expect(names.filter((name) => !/-(view|edit|admin|flavor-reader|host-admin)$/.test(name))).toEqual([]);
  });

  test('are bound to the ServiceAccount that the pods run as', async () => {
    const manifests = await render({ serviceAccount: { create: false, name: 'own' } });
    expect(manifests.some(({ kind }) => kind === 'ServiceAccount')).toBe(false);
    expect(findDeployment(manifests).spec.template.spec.serviceAccountName).toBe('own');
    const subjects = manifests.filter(({ kind }) => kind.endsWith('RoleBinding')).flatMap((binding) => binding['subjects']);
    expect(subjects).toEqual(subjects.map(() => ({ kind: 'ServiceAccount', name: 'own', namespace: NAMESPACE })));
  });
});

test('a network policy lets in probes and metrics, and out to names, APIs, images and hypervisors', async () => {
  const manifests = await render({
    networkPolicy: {
      enabled: true,
      hypervisorCIDRs: ['192.0.2.0/24'],
      metricsFrom: [{ namespaceSelector: { matchLabels: { name: 'monitoring' } } }],
    },
  });
  expect(find(manifests, 'NetworkPolicy')['spec']).toMatchObject({
    ingress: [
      { ports: [tcp('health')] },
      { ports: [tcp('metrics')], from: [{ namespaceSelector: { matchLabels: { name: 'monitoring' } } }] },
    ],
    egress: [
      { ports: [{ port: 53, protocol: 'UDP' }, tcp(53)] },
      { ports: [tcp(443), tcp(6443), tcp(80)] },
      { ports: [tcp(22), tcp(443), tcp(16509), tcp(16514)], to: [{ ipBlock: { cidr: '192.0.2.0/24' } }] },
    ],
  });
});

test('a long release name leaves room for suffixes', async () => {
  const manifests = await render({ fullnameOverride: 'h'.repeat(40) });
  expect(manifests.map(({ metadata }) => metadata.name.length).filter((length) => length > 63)).toEqual([]);
});

describe('values', () => {
  test.each<[string, Values, string]>([
    ['a value that is not there', { replica: 1 }, "additional properties 'replica' not allowed"],
    ['one in the wrong place', { images: { tag: 'v1' } }, "additional properties 'tag' not allowed"],
    ['a duration without a unit', { tick: '10' }, "at '/tick'"],
    ['a number as a duration', { tick: 10 }, 'want string'],
    ['an unheard-of level', { logLevel: 'loud' }, "at '/logLevel'"],
    ['a namespace that is none', { namespaces: ['Team_A'] }, "at '/namespaces/0'"],
    ['another network by name', { images: { allowedCIDRs: ['localhost'] } }, "at '/images/allowedCIDRs/0'"],
    ['no transfers at all', { images: { transfersPerHost: 0 } }, "at '/images/transfersPerHost'"],
    ['a network by name', { images: { deniedCIDRs: ['localhost'] } }, "at '/images/deniedCIDRs/0'"],
    ['a cluster id with blanks', { clusterId: 'my cluster' }, "at '/clusterId'"],
    ['more than one word for a switch', { crds: { install: 'yes' } }, 'want boolean'],
  ])('%s is refused', async (_, values, message) => {
    const { code, stderr } = await tryRender(values);
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
  });

  interface ValuesSchema {
    readonly description?: string;
    readonly properties?: Readonly<Record<string, ValuesSchema>>;
  }
  const rows = (path: string, schema: ValuesSchema, value: unknown): readonly string[] =>
    schema.properties === undefined
      ? [`| \`${path}\` | \`${JSON.stringify(value)}\` | ${schema.description} |`]
      : Object.entries(schema.properties)
          .filter(([name]) => name !== 'global')
          .flatMap(([name, child]) => rows(path === '' ? name : `${path}.${name}`, child, (value as Values | undefined)?.[name]));

  test('are in values.yaml, values.schema.json and the README alike', () => {
    const values = parse(read('values.yaml')) as Values;
    const readme = read('README.md').replaceAll(/ +/g, ' ');
    const table = rows('', JSON.parse(read('values.schema.json')) as ValuesSchema, values);
    expect(table.filter((row) => row.includes('undefined'))).toEqual([]);
    expect(table.filter((row) => !readme.includes(row))).toEqual([]);
  });
});
