/** Images in registries and in caches, good and bad, for manifests.ts: what is tried, the spec, and part of the refusal. */
type Row = readonly [what: string, spec: Readonly<Record<string, unknown>>, refusal?: string];

const checksum = { sha256: '0'.repeat(64) };
const artifact = (oci: Readonly<Record<string, unknown>>) => ({ sources: [{ format: 'qcow2', oci, checksum }] });
const referring = (reference: string) => artifact({ reference });
const REFERENCE = 'spec.sources[0].oci.reference';

export const images: readonly Row[] = [
  ['a container disk', referring('registry.example.com/disks/demo:1.0')],
  [
    'everything of an artifact',
    artifact({
      reference: `localhost:5000/a/b/c@sha256:${'0'.repeat(64)}`,
      path: '/disk/demo.qcow2',
      pullSecretName: 'login',
      plainHttp: true,
    }),
  ],
  ['a reference without a registry', referring('demo'), REFERENCE],
  ['a reference with a scheme', referring('https://registry.example.com/demo'), REFERENCE],
  ['a password in a reference', referring('me:secret@registry.example.com/demo'), REFERENCE],
  ['a reference that climbs', referring('registry.example.com/../demo'), REFERENCE],
  ['another digest than SHA-256', referring('registry.example.com/demo@md5:0'), REFERENCE],
  ['a query in a reference', referring('registry.example.com/demo?x=y'), REFERENCE],
  ['an empty path', artifact({ reference: 'registry.example.com/demo', path: '' }), 'oci.path'],
  ['a file that is brought', { sources: [{ format: 'qcow2', upload: {}, checksum }] }],
  ['a file that is brought to a store', { sources: [{ format: 'qcow2', upload: { imageStoreName: 'vault' }, checksum }] }],
  ['a file that is brought without a checksum', { sources: [{ format: 'qcow2', upload: {} }] }, 'needs its checksum'],
  [
    'two files that are brought',
    { sources: ['qcow2', 'raw'].map((format) => ({ format, upload: {}, checksum })) },
    'one file is brought for an Image',
  ],
  ['a cache on all hosts', { preCache: { hypervisorSelector: {} } }],
  ['a cache on some', { preCache: { hypervisorNames: ['a', 'b'], hypervisorSelector: { matchLabels: { site: 'north' } }, pool: 'fast' } }],
  ['a cache nowhere', { preCache: {} }, 'say which: hypervisorNames, hypervisorSelector, or both'],
  [
    'a cache of what a snapshot made',
    { sources: [{ format: 'qcow2', snapshot: { name: 'nightly' } }], preCache: { hypervisorNames: ['a'] } },
    'preCache is for images that are fetched',
  ],
];
