/** Volume: a disk with a life of its own, which instances are given and give back. */
import { Type } from 'typebox';
import { atomicList } from './schema/collections.ts';
import { conditions, observedGeneration } from './schema/condition.ts';
import { quantity } from './schema/number.ts';
import { AGE, READY, REASON, type KindDefinition, type NamespacedResource } from './schema/resource.ts';
import { secretKeyRef } from './schema/references.ts';
import type { Rule } from './schema/rule.ts';
import type { Read } from './schema/static.ts';
import { enumOf, hypervisorName, labelName, objectName, word } from './schema/text.ts';
import { MAX_VOLUME_LENGTH, MAX_VOLUME_USERS, VOLUME_ACCESS_MODES, VOLUME_DELETION_POLICIES, VOLUME_PHASES } from './vocabulary.ts';

const stays = (field: string): Rule => ({
  rule: `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`,
  message: `${field} cannot be changed: make another Volume`,
  fieldPath: `.${field}`,
});

export const VolumeSpec = Type.Object(
  {
    size: Type.Optional(
      quantity(
        'Size of the disk, at least 1Mi. It may grow, also while an instance uses it; it cannot shrink.',
        {
          rule: "quantity(string(self)).compareTo(quantity('1Mi')) >= 0",
          message: 'size must be at least 1Mi',
        },
        {
          rule: 'quantity(string(self)).compareTo(quantity(string(oldSelf))) >= 0',
          message: 'a Volume cannot shrink',
        },
      ),
    ),
    existing: Type.Optional(
      labelName(
        'A disk that exists already, instead of one of a size: its name in the disks of spec.pools of the Hypervisor. It is used as it is, and never formatted, grown or deleted. Cannot be changed.',
      ),
    ),
    imageName: Type.Optional(
      objectName('Image of this namespace that the disk begins with. Absent, and no sourceVolumeName: it is blank. Cannot be changed.'),
    ),
    sourceVolumeName: Type.Optional(
      objectName(
        'Volume of this namespace that the disk begins as a copy of: of what it held at the moment when the copy began. Cannot be changed.',
      ),
    ),
    hypervisorName: Type.Optional(
      hypervisorName(
        'The Hypervisor to make it on, at once. Absent: it is made where the first Instance that names it is placed, or, as a copy, where its source is. Cannot be changed.',
      ),
    ),
    pool: Type.Optional(
      labelName('Key in spec.pools of the Hypervisor. Absent: its spec.defaultPool; of a copy, the pool of its source. Cannot be changed.'),
    ),
    accessMode: Type.Optional(
      enumOf(
        VOLUME_ACCESS_MODES,
        'How many Instances may have it at a time: ReadWriteOnce, one; ReadOnlyMany, any number that only read it; ReadWriteMany, any number that also write to it, which takes a file system made for that. Absent means ReadWriteOnce. Cannot be changed.',
      ),
    ),
    encryption: Type.Optional(
      Type.Object(
        { passphraseSecretKeyRef: secretKeyRef('Key of a Secret that holds the passphrase. It is read once, when the disk is made.') },
        {
          description:
            'Encrypts the disk on the host with LUKS. The host keeps the passphrase, and gives it to nobody but the guest’s disk. Absent: not encrypted. Cannot be changed.',
        },
      ),
    ),
    deletionPolicy: Type.Optional(
      enumOf(
        VOLUME_DELETION_POLICIES,
        'What deleting the object does to the disk: Delete removes it with all that is on it; Retain leaves it on the host. May be changed while the object is being deleted. Absent means Delete, or Retain of an existing disk.',
      ),
    ),
  },
  {
    description: 'What the disk should be.',
    'x-kubernetes-validations': [
      {
        rule: 'has(self.size) != has(self.existing)',
        message: 'set exactly one of size and existing',
      },
      stays('existing'),
      {
        rule: "!has(self.existing) || !has(self.imageName) && !has(self.sourceVolumeName) && !has(self.encryption) && (!has(self.deletionPolicy) || self.deletionPolicy == 'Retain')",
        message:
          'a Volume of an existing disk has what is on it, and its disk is never deleted: leave out imageName, sourceVolumeName, encryption and deletionPolicy Delete',
        fieldPath: '.existing',
      },
      stays('imageName'),
      stays('sourceVolumeName'),
      stays('hypervisorName'),
      stays('pool'),
      stays('accessMode'),
      stays('encryption'),
      {
        rule: "!has(self.encryption) || !has(self.imageName) && !has(self.sourceVolumeName) && (!has(self.accessMode) || self.accessMode == 'ReadWriteOnce')",
        message: 'an encrypted Volume begins blank, and is for one Instance at a time',
        fieldPath: '.encryption',
      },
      {
        rule: '!has(self.encryption) || !has(self.size) || !has(oldSelf.size) || self.size == oldSelf.size',
        message: 'an encrypted Volume cannot grow',
        fieldPath: '.size',
      },
      {
        rule: "!has(self.imageName) && !has(self.sourceVolumeName) || !has(self.accessMode) || self.accessMode != 'ReadWriteMany'",
        message: 'a Volume of accessMode ReadWriteMany begins blank',
        fieldPath: '.accessMode',
      },
      {
        rule: '!has(self.imageName) || !has(self.sourceVolumeName)',
        message: 'a Volume begins with an Image or with another Volume, not with both',
        fieldPath: '.sourceVolumeName',
      },
    ],
  },
);
export type VolumeSpec = Read<typeof VolumeSpec>;

export const VolumeUser = Type.Object({
  instanceName: objectName('The Instance.'),
  name: labelName('Name of the volume within it.'),
});
export type VolumeUser = Read<typeof VolumeUser>;

export const VolumeStatus = Type.Object(
  {
    observedGeneration,
    conditions: conditions('Ready means that the disk is as the spec asks, or that nobody needs it yet.'),
    phase: Type.Optional(enumOf(VOLUME_PHASES, 'One word for people and columns. Derived; programs look at the conditions.')),
    hypervisorName: Type.Optional(
      hypervisorName(
        'Hypervisor that the disk is on, or is being made on. Instances that name the Volume are placed where it can be reached.',
      ),
    ),
    pool: Type.Optional(labelName("Key in that Hypervisor's spec.pools.")),
    disk: Type.Optional(word('Name of the disk in that pool, as the host knows it.', MAX_VOLUME_LENGTH)),
    capacity: Type.Optional(quantity('Size that the disk was made with or has grown to. Absent: it has not been made yet.')),
    attachedTo: Type.Optional(
      atomicList(VolumeUser, {
        maxItems: MAX_VOLUME_USERS,
        description:
          'Instances that have it, or are being given it; the first of them, where there are very many. While there is one the Volume is not deleted.',
      }),
    ),
  },
  { description: 'What is known of the disk.' },
);
export type VolumeStatus = Read<typeof VolumeStatus>;

export type Volume = NamespacedResource<'Volume', VolumeSpec, VolumeStatus>;

export const volumeKind: KindDefinition = {
  kind: 'Volume',
  plural: 'volumes',
  scope: 'Namespaced',
  shortNames: ['hvol'],
  description:
    'Volume is a disk with a life of its own: it outlives the instances that it is attached to, one at a time. It stays on the host and in the pool where it was made, and placement follows it.',
  spec: VolumeSpec,
  status: VolumeStatus,
  rules: [
    {
      rule: '!has(self.spec.sourceVolumeName) || self.spec.sourceVolumeName != self.metadata.name',
      message: 'a Volume cannot begin as a copy of itself',
    },
  ],
  columns: [
    READY,
    { name: 'Status', type: 'string', jsonPath: '.status.phase' },
    { name: 'Capacity', type: 'string', jsonPath: '.status.capacity' },
    { name: 'Instance', type: 'string', jsonPath: '.status.attachedTo[0].instanceName' },
    AGE,
    { name: 'Host', type: 'string', jsonPath: '.status.hypervisorName', priority: 1 },
    { name: 'Pool', type: 'string', jsonPath: '.status.pool', priority: 1 },
    { name: 'Image', type: 'string', jsonPath: '.spec.imageName', priority: 1 },
    REASON,
  ],
  selectableFields: ['.status.hypervisorName', '.status.phase'],
};
