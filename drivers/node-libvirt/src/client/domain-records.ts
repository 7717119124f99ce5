/** What calls on domains take and give, in plain records. */
import type { DomainRef, Domain } from '../types/references.ts';
import type { TypedParams } from '../types/typed-params.ts';
import type { FlagOptions } from './caller.ts';

/** `state` is one of `DomainState`; what `reason` means depends on it: `domainStateNames` tells. */
export interface StateAndReason {
  readonly state: number;
  readonly reason: number;
}

export interface DomainInfo {
  /** One of `DomainState`. */
  readonly state: number;
  readonly maxMemoryKiB: number;
  readonly memoryKiB: number;
  readonly vcpus: number;
  readonly cpuTimeNs: bigint;
}

export interface DomainStatsOptions extends FlagOptions {
  /** Which groups, of `DomainStats`, or-ed; 0: all that the host can give. */
  readonly stats?: number;
  /** Of which domains; default all that the flags select. */
  readonly domains?: readonly DomainRef[];
}

export interface DomainStatsRecord {
  readonly domain: Domain;
  /** By libvirt's names: `state.state`, `vcpu.current`, `balloon.current`, ...; what is not known is missing. */
  readonly params: TypedParams;
}

export interface JobInfo {
  /** One of `DomainJobType`; `NONE`: no job runs, and the rest is 0. */
  readonly type: number;
  readonly elapsedMs: number;
  /** 0 when unknown. */
  readonly remainingMs: number;
  readonly totalBytes: number;
  readonly processedBytes: number;
  readonly remainingBytes: number;
}

export interface JobStats {
  /** One of `DomainJobType`. */
  readonly type: number;
  readonly params: TypedParams;
}

export interface MetadataChange {
  /** One of `DomainMetadataType`. */
  readonly type: number;
  /** Text, or for `ELEMENT` one XML element; undefined removes it. */
  readonly value: string | undefined;
  /** Of an element: the namespace prefix to store it under. */
  readonly prefix?: string | undefined;
  /** Of an element: its namespace. */
  readonly uri?: string | undefined;
}

export interface GetMetadataOptions extends FlagOptions {
  /** One of `DomainMetadataType`. */
  readonly type: number;
  /** Of an element: its namespace. */
  readonly uri?: string;
}

export interface DomainInterface {
  /** As the host or the guest names it. */
  readonly name: string;
  readonly mac: string | undefined;
  readonly addresses: readonly {
    /** One of `IpAddressType`. */
    readonly type: number;
    readonly address: string;
    readonly prefixLength: number;
  }[];
}
