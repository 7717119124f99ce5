/** What every part of the Volume controller is given. */
import type { Hypervisor } from '../../crds/hypervisor.ts';
import type { Image } from '../../crds/image.ts';
import type { Instance } from '../../crds/instance.ts';
import type { Volume } from '../../crds/volume.ts';
import type { Hosts } from '../hypervisors/host.ts';
import type { BaseImages, Captures, Secrets } from '../instances/ports.ts';
import type { Clock } from '../kernel/clock.ts';
import type { EventRecorder } from '../kernel/events/recorder.ts';
import type { ObjectWriter } from '../kernel/status/writer.ts';
import type { Cache, Index } from '../kernel/watch/cache.ts';
import type { ExistingDisks } from './existing.ts';
import type { VolumeMemory } from './memory.ts';

export interface VolumeServices {
  readonly clock: Clock;
  readonly clusterId: string;
  readonly volumes: Cache<Volume>;
  readonly images: Cache<Image>;
  readonly hypervisors: Cache<Hypervisor>;
  /** Instances by the UID of each Volume that their status lists. */
  readonly usersOf: Index<Instance>;
  /** Instances by the key of each Volume that their spec names. */
  readonly naming: Index<Instance>;
  readonly hosts: Hosts;
  /** Volumes by the key of the one that they begin as a copy of. */
  readonly copiesOf: Index<Volume>;
  readonly bases: BaseImages;
  readonly copies: Captures;
  readonly secrets: Secrets;
  readonly writer: ObjectWriter<Volume>;
  readonly events: EventRecorder;
  readonly memory: VolumeMemory;
  readonly existing: ExistingDisks;
  /** Epoch milliseconds when this process began. */
  readonly startedAt: number;
}
