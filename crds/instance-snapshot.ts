/** InstanceSnapshot: what the root disk of an Instance holds at one moment, taken once like a Job, as an Image. */
import { Type } from 'typebox';
import { conditions, observedGeneration } from './schema/condition.ts';
import { count } from './schema/number.ts';
import { ImageLocation, StorePlace } from './image/location.ts';
import { AGE, READY, REASON, type KindDefinition, type NamespacedResource } from './schema/resource.ts';
import { unchanged } from './schema/rule.ts';
import type { Read } from './schema/static.ts';
import { enumOf, objectName, timestamp, word } from './schema/text.ts';
import { ACTION_PHASES, QUIESCES, SNAPSHOT_MODES } from './vocabulary.ts';

export const InstanceSnapshotSpec = Type.Object(
  {
    instanceName: objectName('Instance of this namespace whose root disk is copied.'),
    imageName: Type.Optional(objectName('Name of the Image that it becomes, in this namespace. Absent: the name of the InstanceSnapshot.')),
    imageStoreName: Type.Optional(
      objectName('ImageStore that the copy is sent to, so that it outlives the host. Absent: the default one, where there is one.'),
    ),
    mode: Type.Optional(
      enumOf(
        SNAPSHOT_MODES,
        'Live copies the disk as it is at one moment while the guest goes on; one that is off is copied as it lies. Cold refuses unless the guest was shut down: set powerState of the Instance to Stopped first. Absent means Live.',
      ),
    ),
    quiesce: Type.Optional(
      enumOf(
        QUIESCES,
        'Whether the agent of a guest that runs holds its file systems still for the moment of the copy. Preferred tries; Required refuses where it cannot be done; Never leaves the guest alone, and the copy is as after a power cut. Absent means Preferred.',
      ),
    ),
  },
  {
    description: 'What to copy, and how. It cannot be changed: make another InstanceSnapshot.',
    'x-kubernetes-validations': [unchanged('an InstanceSnapshot cannot be changed: make another one')],
  },
);
export type InstanceSnapshotSpec = Read<typeof InstanceSnapshotSpec>;

export const InstanceSnapshotStatus = Type.Object(
  {
    observedGeneration,
    conditions: conditions(
      'Ready means that the Image is there, and its copy in the store where there is to be one; Stalled that the snapshot failed or was refused, and why.',
    ),
    phase: Type.Optional(enumOf(ACTION_PHASES, 'How far it has come. Derived; programs look at the conditions.')),
    instanceUid: Type.Optional(word('UID of the Instance it is of: an Instance made later under the same name is another.', 63)),
    location: Type.Optional(
      ImageLocation('Where its content is, or may be: recorded before anything is made there, and removed when nothing is left.'),
    ),
    store: Type.Optional(
      StorePlace('Where its copy in an ImageStore is, or may be: recorded before anything is sent there, and removed with it.'),
    ),
    imageUid: Type.Optional(word('UID of the Image that it became.', 63)),
    progress: Type.Optional(count('Percent done, where it is known.', { maximum: 100 })),
    startedAt: Type.Optional(timestamp('When it was begun: the content is of that moment or a little later.')),
    finishedAt: Type.Optional(timestamp('When it succeeded or failed.')),
  },
  { description: 'What became of it.' },
);
export type InstanceSnapshotStatus = Read<typeof InstanceSnapshotStatus>;

export type InstanceSnapshot = NamespacedResource<'InstanceSnapshot', InstanceSnapshotSpec, InstanceSnapshotStatus>;

export const instanceSnapshotKind: KindDefinition = {
  kind: 'InstanceSnapshot',
  plural: 'instancesnapshots',
  scope: 'Namespaced',
  shortNames: ['isnap'],
  description:
    'InstanceSnapshot copies the root disk of an Instance into an Image, from which other Instances can be made. It is taken once, like a Job, and cannot be changed; deleting it deletes the Image.',
  spec: InstanceSnapshotSpec,
  status: InstanceSnapshotStatus,
  columns: [
    READY,
    { name: 'Instance', type: 'string', jsonPath: '.spec.instanceName' },
    { name: 'Status', type: 'string', jsonPath: '.status.phase' },
    AGE,
    { name: 'Hypervisor', type: 'string', jsonPath: '.status.location.hypervisorName', priority: 1 },
    REASON,
  ],
  selectableFields: ['.spec.instanceName'],
};
