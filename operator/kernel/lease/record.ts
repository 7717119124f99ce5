/**
 * The Lease object, and what one observation of it tells.
 *
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/
 */
import type { KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resource.ts';

export interface LeaseObject extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    /** RFC 3339 with microseconds, by the holder's clock: for people, since clocks differ. */
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

export const LEASES: Resource<LeaseObject> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
};

/** A version of the Lease, and when this process first saw it. */
export interface Observation {
  /** Undefined: nobody; it was released, or never held. */
  readonly holder: string | undefined;
  readonly durationMs: number;
  readonly transitions: number;
  readonly acquireTime: string | undefined;
  readonly resourceVersion: string;
  /** Monotonic. The holder renewed it before this, never after. */
  readonly seenAt: number;
}

export function observationOf({ metadata, spec = {} }: LeaseObject, seenAt: number, ownDurationMs: number): Observation {
  const { holderIdentity, leaseDurationSeconds, leaseTransitions = 0, acquireTime } = spec;
  return {
    holder: holderIdentity === undefined || holderIdentity === '' ? undefined : holderIdentity,
    durationMs: leaseDurationSeconds === undefined ? ownDurationMs : leaseDurationSeconds * 1000,
    transitions: leaseTransitions,
    acquireTime,
    resourceVersion: metadata.resourceVersion,
    seenAt,
  };
}

/** metav1.MicroTime. */
export const microTime = (epochMs: number): string => new Date(epochMs).toISOString().replace(/Z$/, '000Z');

/** The spec with which `identity` takes or keeps the lease. */
export function claimSpec(
  identity: string,
  durationMs: number,
  now: number,
  last: Observation | undefined,
): NonNullable<LeaseObject['spec']> {
  const keeps = last?.holder === identity;
  return {
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(durationMs / 1000),
    acquireTime: keeps ? (last.acquireTime ?? microTime(now)) : microTime(now),
    renewTime: microTime(now),
    leaseTransitions: last === undefined || keeps ? (last?.transitions ?? 0) : last.transitions + 1,
  };
}
