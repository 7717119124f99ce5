/** What is asked of the scheduler, what it knows of hosts, and its answer. Bytes, virtual CPUs, names; no objects of the API. */

import type { HostFeature } from '../../drivers/hardware.ts';

export interface PlacementRequest {
  /** The only host that is asked for. */
  readonly hypervisorName?: string | undefined;
  /** Only hosts of which this holds are considered (`spec.placement.hypervisorSelector`). */
  readonly selects?: ((labels: Readonly<Record<string, string>>) => boolean) | undefined;
  readonly vcpus: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** Keys that must be in `spec.networks` of the Hypervisor. */
  readonly hostNetworks: readonly string[];
  /** Key that must be in `spec.pools`; undefined: its default pool. */
  readonly pool?: string | undefined;
  /** Whether a host reaches the volumes that are made already, and has pools for those that are not. */
  readonly reachesVolumes?: ((hypervisorName: string) => boolean) | undefined;
  /** Where the image lies, and nowhere else: keys of pools by host; undefined: it can be brought anywhere. */
  readonly imagePools?: ReadonlyMap<string, readonly string[]> | undefined;
  /** Formats that the image is there in; empty: not known, and not asked for. */
  readonly imageFormats: readonly string[];
  /** What the host must be able to give. */
  readonly features: readonly HostFeature[];
  /** Hosts on which it failed. */
  readonly excluded: readonly string[];
}

export interface CandidateHost {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly reachable: boolean;
  readonly schedulable: boolean;
  /** What may be given out in all; undefined while the host has not been read. */
  readonly allocatable: Resources | undefined;
  readonly claimed: Resources;
  readonly hostNetworks: ReadonlySet<string>;
  readonly pools: ReadonlyMap<string, PoolRoom>;
  readonly defaultPool: string | undefined;
  readonly imageFormats: readonly string[];
  readonly features: readonly HostFeature[];
}

export interface Resources {
  readonly vcpus: number;
  readonly memoryBytes: number;
}

export interface PoolRoom {
  /** Free as the host last said; undefined: not known. */
  readonly availableBytes: number | undefined;
}

export interface Placement {
  readonly kind: 'Placement';
  readonly hypervisorName: string;
  /** Key of the pool for its disks. */
  readonly pool: string;
}

export interface NoFit {
  readonly kind: 'NoFit';
  /** By filter, how many hosts it refused, in the order of the filters. */
  readonly refused: Readonly<Record<string, number>>;
  /** `0 of 3 Hypervisors fit: 2 have too little memory, 1 does not answer`. */
  readonly explanation: string;
}

/** One reason why a host cannot take an instance. Pure. */
export interface Filter {
  readonly name: string;
  /** After the name of a host: `has too little memory`; and after a number of them: `have too little memory`. */
  readonly refusal: { readonly one: string; readonly many: string };
  passes(request: PlacementRequest, host: CandidateHost): boolean;
}

/** Prefers among the hosts that fit: more is better. None are in use yet: the first by name is taken. */
export interface Weigher {
  readonly name: string;
  weigh(request: PlacementRequest, host: CandidateHost): number;
}
