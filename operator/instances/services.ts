/** What every part of the Instance controller is given: caches to read, hosts to act on, one place to write to. */
import type { Flavor } from '../../crds/flavor.ts';
import type { Hypervisor } from '../../crds/hypervisor.ts';
import type { Image } from '../../crds/image.ts';
import type { Instance } from '../../crds/instance.ts';
import type { InstanceAction } from '../../crds/instance-action.ts';
import type { InstanceSnapshot } from '../../crds/instance-snapshot.ts';
import type { Network } from '../../crds/network.ts';
import type { Volume } from '../../crds/volume.ts';
import type { Hosts } from '../hypervisors/host.ts';
import type { ApiCall } from '../kernel/api/client.ts';
import type { ObjectRef } from '../kernel/api/object.ts';
import type { Clock } from '../kernel/clock.ts';
import type { EventRecorder } from '../kernel/events/recorder.ts';
import type { ObjectWriter } from '../kernel/status/writer.ts';
import type { Cache, Index } from '../kernel/watch/cache.ts';
import type { Claims } from '../scheduler/claims.ts';
import type { Promises } from '../scheduler/promises.ts';
import type { NoteAbandoned } from './abandoned.ts';
import type { GuestReadings } from './guest/readings.ts';
import type { BaseImages, Captures, Secrets } from './ports.ts';
import type { VolumeClaims } from './volumes/claims.ts';

export interface InstanceServices {
  readonly clusterId: string;
  readonly clock: Clock;
  readonly caches: InstanceCaches;
  readonly hosts: Hosts;
  readonly bases: BaseImages;
  readonly captures: Captures;
  readonly secrets: Secrets;
  readonly guests: GuestReadings;
  readonly claims: Claims;
  readonly promises: Promises;
  readonly volumeClaims: VolumeClaims;
  /** Milliseconds that the lease has left: no call that changes something may outlast it. */
  readonly leaseLeft: () => number;
  /** Aborts when the lease is lost: another process may act from then on. */
  readonly term: () => AbortSignal;
  /** Of this uid; one that is gone, or is another by now, is done. */
  readonly deleteVolume: (ref: ObjectRef, uid: string, call: ApiCall) => Promise<void>;
  readonly noteAbandoned: NoteAbandoned;
  readonly writer: ObjectWriter<Instance>;
  readonly events: EventRecorder;
  /** When this process began, epoch milliseconds. */
  readonly startedAt: number;
  /** 0 <= x < 1. */
  readonly random: () => number;
  /** A new identity for a run or an operation. */
  readonly newId: () => string;
}

export interface InstanceCaches {
  readonly instances: Cache<Instance>;
  readonly flavors: Cache<Flavor>;
  readonly images: Cache<Image>;
  readonly networks: Cache<Network>;
  readonly volumes: Cache<Volume>;
  readonly hypervisors: Cache<Hypervisor>;
  /** Actions by the key of their Instance. */
  readonly actionsOf: Index<InstanceAction>;
  /** The same of snapshots. */
  readonly snapshotsOf: Index<InstanceSnapshot>;
  /** Instances by the key of each Volume that their spec names. */
  readonly naming: Index<Instance>;
  /** Volumes by the key of the one that they begin as a copy of. */
  readonly copiesOf: Index<Volume>;
}
