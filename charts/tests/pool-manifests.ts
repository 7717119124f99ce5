/** HypervisorPools, and Hypervisors of them, good and bad, for manifests.ts: what is tried, the spec, and part of the refusal. */
import { API_VERSION, HYPERVISOR_POOL_LABEL } from '../../crds/vocabulary.ts';

type Row = readonly [what: string, spec: Readonly<Record<string, unknown>>, refusal?: string];

export const xenPool = { endpoints: ['xen1.example.com'], credentialsSecret: { name: 'xen-login' } };
export const xenHost = { poolName: 'lab', hostUUID: '11111111-1111-4111-8111-111111111111' };

const reach = (more: object): Readonly<Record<string, unknown>> => ({ xen: { ...xenPool, ...more } });
const template = (hypervisors: object): Readonly<Record<string, unknown>> => ({ hypervisors });
const FINGERPRINT = Array.from({ length: 32 }, () => 'A0');

export const pools: readonly Row[] = [
  [
    'everything',
    {
      ...reach({ endpoints: ['xen1.example.com', '192.0.2.1:8443', '[2001:db8::1]'], tls: { fingerprints: [FINGERPRINT.join(':')] } }),
      hypervisors: {
        labels: { zone: 'north' },
        networks: { lan: { network: 'LAN' }, dmz: { bridge: 'xapi1' } },
        pools: { fast: { pool: 'SSD' }, shared: { pool: '22222222-2222-4222-8222-222222222222', sharedId: 'nfs-1' } },
        defaultPool: 'fast',
        overcommit: { cpu: '4' },
        reserved: { memory: '4Gi' },
      },
    },
  ],
  ['an authority of its own', reach({ tls: { caSecret: { name: 'xen-ca' } } })],
  ['a fingerprint without colons', reach({ tls: { fingerprints: [FINGERPRINT.join('').toLowerCase()] } })],
  ['a fingerprint that is too short', reach({ tls: { fingerprints: ['A0:A0'] } }), 'spec.xen.tls.fingerprints[0]'],
  [
    'two ways to trust it',
    reach({ tls: { fingerprints: [FINGERPRINT.join(':')], caSecret: { name: 'ca' } } }),
    'exactly one of fingerprints',
  ],
  ['trust in nothing', reach({ tls: {} }), 'exactly one of fingerprints and caSecret'],
  ['nobody to ask', reach({ endpoints: [] }), 'spec.xen.endpoints in body should have at least 1 items'],
  ['a URL', reach({ endpoints: ['https://xen1.example.com'] }), 'spec.xen.endpoints[0] in body should match'],
  ['no credentials', reach({ credentialsSecret: undefined }), 'spec.xen.credentialsSecret: Required value'],
  ['a password', reach({ password: 'secret' }), 'unknown field "spec.xen.password"'],
  ['a label of the operator', template({ labels: { 'hostler.dev/hypervisor-pool': 'x' } }), 'are set by the operator'],
  ['a label that is none', template({ labels: { zone: 'a b' } }), 'spec.hypervisors.labels'],
  [
    'a default pool that is not there',
    template({ pools: { fast: { pool: 'SSD' } }, defaultPool: 'slow' }),
    'defaultPool must be a key of pools',
  ],
  ['a network that is two things', template({ networks: { lan: { network: 'a', bridge: 'b' } } }), 'exactly one of network and bridge'],
];

export const xenHypervisors: readonly Row[] = [
  ['a host of a pool', { driver: 'Xen', libvirt: undefined, xen: xenHost }],
  ['a host of no pool', { driver: 'Xen', libvirt: undefined }, 'set xen for driver Xen, and only then'],
  ['a pool for libvirt', { xen: xenHost }, 'set xen for driver Xen, and only then'],
  ['a host that is none', { driver: 'Xen', libvirt: undefined, xen: { ...xenHost, hostUUID: 'xen1' } }, 'spec.xen.hostUUID'],
];

/** A Hypervisor as a pool makes it, or nearly. */
export const pooledHypervisor = (name: string, labels: object, spec: object = {}) => ({
  apiVersion: API_VERSION,
  kind: 'Hypervisor',
  metadata: { name, labels },
  spec: { driver: 'Xen', xen: xenHost, ...spec },
});

/** A patch of the label that says which pool made it. */
export const poolLabel = (poolName: string | null) => ({ metadata: { labels: { [HYPERVISOR_POOL_LABEL]: poolName } } });
