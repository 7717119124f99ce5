/** Image: a disk image that root disks are made from. */
import { Type } from 'typebox';
import { ContentLocation } from './image/location.ts';
import { OciArtifact } from './image/oci.ts';
import { ImageUpload, UploadStatus } from './image/upload.ts';
import { PreCache, PreCacheStatus } from './image/pre-cache.ts';
import { atomicList } from './schema/collections.ts';
import { conditions, observedGeneration } from './schema/condition.ts';
import { int64 } from './schema/number.ts';
import { AGE, READY, REASON, type KindDefinition, type NamespacedResource } from './schema/resource.ts';
import type { Read } from './schema/static.ts';
import { CONFIG_DRIVE_DEVICES, CONFIG_DRIVE_FORMATS, CONFIG_DRIVE_LAYOUTS, GUEST_SYSTEMS, IMAGE_FORMATS } from './vocabulary.ts';
import { duration, enumOf, objectName, pattern } from './schema/text.ts';

export const ImageSource = Type.Object(
  {
    format: enumOf(IMAGE_FORMATS, 'Format of the content. It is checked against the content; a file name says nothing.'),
    http: Type.Optional(
      Type.Object(
        {
          url: pattern(
            '^https?://[^\\s/?#@]+(/[^\\s]*)?$',
            2048,
            'Where to fetch it. Addresses within the denied ranges of the installation are refused, also behind a redirect.',
          ),
        },
        { description: 'Fetch it over HTTP or HTTPS.' },
      ),
    ),
    oci: Type.Optional(OciArtifact),
    upload: Type.Optional(ImageUpload),
    snapshot: Type.Optional(
      Type.Object(
        { name: objectName('Name of the InstanceSnapshot, in this namespace.') },
        {
          description:
            'What an InstanceSnapshot copied. Such an Image is made by Hostler when the snapshot is taken; its content is where status.locations says.',
        },
      ),
    ),
    checksum: Type.Optional(
      Type.Object(
        { sha256: pattern('^[0-9a-f]{64}$', 64, 'SHA-256 of the disk image file, 64 lower-case hexadecimal digits.') },
        {
          description:
            'What the content must hash to; anything else is refused. Needed for what is fetched; of what a snapshot copied into a store, status.locations has it.',
        },
      ),
    ),
  },
  {
    'x-kubernetes-validations': [
      {
        rule: '[has(self.http), has(self.oci), has(self.upload), has(self.snapshot)].filter(given, given).size() == 1',
        message: 'say where the content comes from: one of http, oci, upload and snapshot',
      },
      { rule: 'has(self.checksum) || has(self.snapshot)', message: 'what is fetched needs its checksum' },
    ],
  },
);
export type ImageSource = Read<typeof ImageSource>;
export type HttpSource = ImageSource & Required<Pick<ImageSource, 'http' | 'checksum'>>;
export type OciSource = ImageSource & Required<Pick<ImageSource, 'oci' | 'checksum'>>;
export type UploadSource = ImageSource & Required<Pick<ImageSource, 'upload' | 'checksum'>>;
/** One that is fetched. */
export type FetchedSource = HttpSource | OciSource | UploadSource;

export type { ContentLocation, ImageLocation, StoredCopy, StorePlace } from './image/location.ts';
export type { OciArtifact } from './image/oci.ts';
export type { PreCache, PreCacheStatus } from './image/pre-cache.ts';

export const ConfigDrive = Type.Object(
  {
    layout: Type.Optional(
      enumOf(
        CONFIG_DRIVE_LAYOUTS,
        'What is on it: OpenStack, as OpenStack lays it out (label config-2), which cloud-init, Afterburn and cloudbase-init read; NoCloud, the files of cloud-init alone (label cidata); Ignition, as OpenStack, with an Ignition config as user data; Sysprep, as OpenStack, with the user data as the answer file of Windows Setup. Absent means OpenStack.',
      ),
    ),
    format: Type.Optional(enumOf(CONFIG_DRIVE_FORMATS, 'Its file system. Absent means iso9660.')),
    device: Type.Optional(
      enumOf(
        CONFIG_DRIVE_DEVICES,
        'What the guest sees it as: a read-only Disk, or a CDROM. Absent means Disk, with layout Sysprep CDROM.',
      ),
    ),
  },
  {
    description: 'The drive with what guests of this image are told. A change is for the next start of each.',
    'x-kubernetes-validations': [
      {
        rule: "!(has(self.format) && self.format == 'vfat' && has(self.device) && self.device == 'CDROM')",
        message: 'a CDROM is of format iso9660',
        fieldPath: '.format',
      },
      {
        rule: "!(has(self.layout) && self.layout == 'Sysprep') || !((has(self.format) && self.format == 'vfat') || (has(self.device) && self.device == 'Disk'))",
        message: 'Windows Setup looks for its answer file on a CDROM of format iso9660',
        fieldPath: '.layout',
      },
    ],
  },
);
export type ConfigDrive = Read<typeof ConfigDrive>;

export const ImageProperties = Type.Object(
  {
    os: Type.Optional(enumOf(GUEST_SYSTEMS, 'The system of the guests. Windows has rules of its own for host names. Absent means Linux.')),
    configDrive: Type.Optional(ConfigDrive),
    adminUser: Type.Optional(
      pattern(
        '^[A-Za-z0-9_.@][A-Za-z0-9_.@ -]{0,254}$',
        255,
        'Who administers guests of this image: whose password SetPassword sets where it names nobody. Absent means root, for a guest of Windows Administrator.',
      ),
    ),
    shutdownTimeout: Type.Optional(duration('How long guests of this image may take to shut down, where the Instance does not say.')),
  },
  { description: 'What is to be known of guests of this image.' },
);
export type ImageProperties = Read<typeof ImageProperties>;

export const ImageSpec = Type.Object(
  {
    sources: atomicList(ImageSource, {
      minItems: 1,
      maxItems: 8,
      description: 'The same disk in one or more formats, in order of preference. Each host takes the first whose format it can boot.',
    }),
    properties: Type.Optional(ImageProperties),
    preCache: Type.Optional(PreCache),
  },
  {
    description: 'Where the image comes from, and what is to be known of it.',
    'x-kubernetes-validations': [
      {
        rule: 'self.sources.filter(source, has(source.upload)).size() <= 1',
        message: 'one file is brought for an Image: make another Image for another format',
        fieldPath: '.sources',
      },
      {
        rule: '!has(self.preCache) || self.sources.all(source, !has(source.snapshot))',
        message: 'what is made by a snapshot stays where it is: preCache is for images that are fetched',
        fieldPath: '.preCache',
      },
    ],
  },
);
export type ImageSpec = Read<typeof ImageSpec>;

export const ImageStatus = Type.Object(
  {
    observedGeneration,
    format: Type.Optional(enumOf(IMAGE_FORMATS, 'Format that the content was found to have.')),
    sha256: Type.Optional(
      pattern('^[0-9a-f]{64}$', 64, 'SHA-256 that the content was found to have. Absent of what a snapshot copied: nobody has read it.'),
    ),
    sizeBytes: Type.Optional(int64('Size of the file in bytes.')),
    virtualSizeBytes: Type.Optional(int64('Size in bytes of the disk that a guest sees; a root disk is at least as large.')),
    locations: Type.Optional(
      atomicList(ContentLocation, {
        maxItems: 256,
        description:
          'Where the content of an Image that was made from a snapshot lies: instances are placed on hosts that reach one of them, and on any where one is in a store. Of an Image that is fetched: where it is kept for spec.preCache.',
      }),
    ),
    preCache: Type.Optional(PreCacheStatus),
    upload: Type.Optional(UploadStatus),
    conditions: conditions(
      'Ready means that no source of the image has been found wanting. Deleting says what keeps an Image that is to be deleted.',
    ),
  },
  {
    description:
      'What is known of the image. What the content was found to be is of the source that was verified, the first of them where there are more; it is absent until an instance needed the image.',
  },
);
export type ImageStatus = Read<typeof ImageStatus>;

export type Image = NamespacedResource<'Image', ImageSpec, ImageStatus>;

export const imageKind: KindDefinition = {
  kind: 'Image',
  plural: 'images',
  scope: 'Namespaced',
  shortNames: ['himg'],
  description:
    'Image is a disk image that the root disks of instances are made from. It is fetched once for each storage pool that needs it, verified, and kept there.',
  spec: ImageSpec,
  status: ImageStatus,
  columns: [
    READY,
    { name: 'Format', type: 'string', jsonPath: '.spec.sources[0].format' },
    { name: 'Disk', type: 'integer', jsonPath: '.status.virtualSizeBytes', description: 'Size in bytes of the disk that a guest sees.' },
    AGE,
    { name: 'File', type: 'integer', jsonPath: '.status.sizeBytes', priority: 1, description: 'Size of the file in bytes.' },
    { name: 'Source', type: 'string', jsonPath: '.spec.sources[0].http.url', priority: 1 },
    REASON,
  ],
  selectableFields: [],
};
