/** ImageStore: where copies of disks live apart from the hosts. */
import { Type } from 'typebox';
import { conditions, observedGeneration } from './schema/condition.ts';
import { operatorSecret } from './schema/references.ts';
import { AGE, READY, REASON, type KindDefinition, type ClusterResource } from './schema/resource.ts';
import type { Read } from './schema/static.ts';
import { pattern, word } from './schema/text.ts';

const HttpStore = Type.Object(
  {
    url: pattern(
      '^https?://[^\\s/?#@]+(/[^\\s?#]*)?$',
      1024,
      'What the names of files are put behind, with a slash between. The server must know PUT, GET, HEAD and DELETE of them. Redirects are not followed.',
    ),
    credentialsSecret: Type.Optional(
      operatorSecret(
        'Secret with keys username and password (Basic), or with key token (Bearer); with s3, keys accessKeyId and secretAccessKey, and sessionToken where there is one. By https only. Absent: nothing.',
      ),
    ),
    s3: Type.Optional(
      Type.Object(
        { region: pattern('^[A-Za-z0-9_-]+$', 63, 'Region that signatures are for: what the server is configured with.') },
        { description: 'Requests are signed as S3 wants them, with the keys in credentialsSecret. The url then ends with the bucket.' },
      ),
    ),
    tls: Type.Optional(
      Type.Object(
        {
          caSecret: operatorSecret('Secret with key ca.crt: who may vouch for the server.'),
        },
        { description: 'For https. The certificate is always verified; absent: by the usual certificate authorities.' },
      ),
    ),
  },
  {
    description: 'A web server that takes files by PUT.',
    'x-kubernetes-validations': [
      {
        rule: "!(has(self.credentialsSecret) || has(self.tls)) || self.url.startsWith('https://')",
        message: 'credentialsSecret and tls are for an https url: a password is not sent in the clear',
        fieldPath: '.url',
      },
      { rule: '!has(self.s3) || has(self.credentialsSecret)', message: 's3 needs credentialsSecret', fieldPath: '.credentialsSecret' },
    ],
  },
);

const SharedPool = Type.Object(
  {
    sharedId: word('The sharedId of its pools, in spec.pools of the Hypervisors.', 253),
  },
  {
    description:
      'A storage pool that several Hypervisors have: copies are made right in it, by the host, and none are sent anywhere. Every host that has it makes instances from them, with their disks in that pool.',
  },
);

export const ImageStoreSpec = Type.Object(
  {
    http: Type.Optional(HttpStore),
    sharedPool: Type.Optional(SharedPool),
    default: Type.Optional(
      Type.Boolean({
        description: 'Whether it takes the copies of all snapshots, backups and shelved instances that name no store. Absent means false.',
      }),
    ),
  },
  {
    description: 'Where the store is.',
    'x-kubernetes-validations': [
      { rule: 'has(self.http) != has(self.sharedPool)', message: 'say where the store is: either http or sharedPool' },
      { rule: 'has(self.http) == has(oldSelf.http)', message: 'a store stays of its kind: make another ImageStore' },
    ],
  },
);
export type ImageStoreSpec = Read<typeof ImageStoreSpec>;

export const ImageStoreStatus = Type.Object(
  {
    observedGeneration,
    conditions: conditions(
      'Ready means that a small file could be put there, read back and removed, when that was last tried; of a sharedPool, that a Hypervisor has it.',
    ),
  },
  { description: 'What is known of the store.' },
);
export type ImageStoreStatus = Read<typeof ImageStoreStatus>;

export type ImageStore = ClusterResource<'ImageStore', ImageStoreSpec, ImageStoreStatus>;

export const imageStoreKind: KindDefinition = {
  kind: 'ImageStore',
  plural: 'imagestores',
  scope: 'Cluster',
  shortNames: ['histore'],
  description:
    'ImageStore is a place apart from the hosts, to which the copies of disks go that snapshots, backups and shelved instances make: they outlive the host, and instances can be made from them on others.',
  spec: ImageStoreSpec,
  status: ImageStoreStatus,
  columns: [
    READY,
    { name: 'Default', type: 'boolean', jsonPath: '.spec.default' },
    { name: 'URL', type: 'string', jsonPath: '.spec.http.url' },
    { name: 'Shared', type: 'string', jsonPath: '.spec.sharedPool.sharedId' },
    AGE,
    REASON,
  ],
  selectableFields: [],
};
