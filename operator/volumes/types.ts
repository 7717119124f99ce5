/** The words of Volume planning: what is known when a pass decides, and what it may answer. All data; times are epoch milliseconds. */
import type { VolumeDeletionPolicy } from '../../crds/vocabulary.ts';
import type { Readiness } from '../reporting/readiness.ts';

export interface VolumeWorld {
  readonly now: number;
  readonly deleting: boolean;
  /** Our finalizer is on the object. */
  readonly finalizer: boolean;
  readonly deletionPolicy: VolumeDeletionPolicy;
  /** 0 of an existing disk, which has the size that it has. */
  readonly sizeBytes: number;
  /** Its disk is there already: it is taken as it is, and left as it is. */
  readonly existing: boolean;
  /** Names of the Instances that have it, or are being given it. */
  readonly users: readonly string[];
  /** Nobody has it, or one alone that may write: only then does everybody who has it see it grow. */
  readonly growable: boolean;
  /** Where status says that it is, or is being made. */
  readonly place: Place | undefined;
  /** Where it would be made now; undefined: nobody needs it yet. */
  readonly wantedAt: WantedPlace | undefined;
  /** Of `place`. */
  readonly host: 'Reachable' | 'Unheard' | 'Silent' | 'Gone' | undefined;
  /** Undefined: it has not been made yet. */
  readonly capacityBytes: number | undefined;
  /** Whether this process has seen the disk, for the spec as it is now. */
  readonly seen: 'No' | 'There' | 'Lost';
  /** Why what it begins with cannot be had; undefined: it can, or is not needed. */
  readonly missing: MissingOrigin | undefined;
  /** Names of the Volumes that are being made as copies of it. */
  readonly copiers: readonly string[];
  /** The last attempt failed, for the spec as it is now. */
  readonly failure: VolumeFailure | undefined;
}

export interface MissingOrigin {
  /** What it begins with. */
  readonly kind: 'Image' | 'Volume';
  readonly reason: string;
  /** What the wait ends with, for people. */
  readonly until: string;
}

export interface Place {
  readonly hypervisorName: string;
  /** Key in its `spec.pools`; undefined: it has none of that key any more. */
  readonly pool: string | undefined;
}

export interface WantedPlace {
  readonly hypervisorName: string;
  /** Undefined: there is no such Hypervisor, or no such pool; `until` says which. */
  readonly poolKey: string | undefined;
  readonly until: string;
  /** Of an existing disk: what the host calls it. */
  readonly disk?: string;
  /** Of an existing disk that cannot be had there: why; it waits for `until`. */
  readonly withheld?: 'DiskNotOffered' | 'DiskClaimed';
}

export interface VolumeFailure {
  readonly label: string;
  readonly reason: string;
  readonly message: string;
  readonly at: number;
  /** At least 1. */
  readonly attempts: number;
}

export type VolumeStep = 'add-finalizer' | 'bind' | 'look' | 'create' | 'claim' | 'grow' | 'delete-disk' | 'remove-finalizer';

export type VolumePlan =
  | { readonly kind: 'Step'; readonly step: VolumeStep }
  /** `dueAt`: when to look again at the latest; absent: something wakes us. */
  | { readonly kind: 'Report'; readonly readiness: Readiness; readonly dueAt?: number }
  /** Over soon: what status says stands until then. */
  | { readonly kind: 'Quiet' };
