/** The frame around every kind: metadata as the API server returns it, and what the generator needs to make a CRD. */
import type { TSchema } from 'typebox';
import type { Rule } from './rule.ts';
import type { API_VERSION } from '../vocabulary.ts';

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** Metadata of an object read from the API server; times are RFC 3339 text. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

export interface NamespacedObjectMeta extends ObjectMeta {
  readonly namespace: string;
}

interface Resource<Kind extends string, Meta, Spec, Status> {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: Kind;
  readonly metadata: Meta;
  readonly spec: Spec;
  /** Until the operator has written it for the first time: absent, or only an `observedGeneration` of 0. */
  readonly status?: Status;
}
export type NamespacedResource<Kind extends string, Spec, Status> = Resource<Kind, NamespacedObjectMeta, Spec, Status>;
export type ClusterResource<Kind extends string, Spec, Status> = Resource<Kind, ObjectMeta, Spec, Status>;

/** A column of `kubectl get`; those of priority 1 show with `-o wide`. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date';
  readonly jsonPath: string;
  readonly priority?: 1;
  readonly description?: string;
}

/** One kind, from which its CRD and its page of the reference are made. */
export interface KindDefinition {
  readonly kind: string;
  /** Lower case; the name in URLs and RBAC rules. */
  readonly plural: string;
  readonly scope: 'Namespaced' | 'Cluster';
  readonly shortNames: readonly string[];
  readonly description: string;
  readonly spec: TSchema;
  readonly status: TSchema;
  /** Rules about the whole object; only these see `metadata.name`. */
  readonly rules?: readonly Rule[];
  readonly columns: readonly Column[];
  /** Paths that field selectors may name, `.spec.x` or `.status.x`. */
  readonly selectableFields: readonly string[];
}

/** The columns that every kind begins and ends with. */
export const READY: Column = { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' };
export const REASON: Column = { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason', priority: 1 };
export const AGE: Column = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };
