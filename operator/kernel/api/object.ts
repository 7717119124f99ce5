/** Kubernetes objects as the kernel sees them: metadata it understands, the rest it carries. */

/** Metadata of a stored object: whoever reads one from the API server or a cache finds uid and resourceVersion set. */
export interface ObjectMeta {
  readonly name: string;
  /** Absent on cluster-scoped objects. */
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  /** RFC 3339. */
  readonly creationTimestamp?: string;
  /** RFC 3339; set when deletion was asked for and finalizers hold the object. */
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** Metadata of an object that is being created or applied: the server fills in the rest. */
export type NewMeta = Partial<ObjectMeta> & Pick<ObjectMeta, 'name'>;

/** An object as it is sent to create or apply it. apiVersion and kind are added from the resource. */
export type NewObject<T extends KubeObject> = Omit<T, 'apiVersion' | 'kind' | 'metadata' | 'status'> & { readonly metadata: NewMeta };

/** Points at one object of a known kind. */
export interface ObjectRef {
  /** Absent for cluster-scoped kinds. */
  readonly namespace?: string;
  readonly name: string;
}

/** `namespace/name`, or `name` for a cluster-scoped object: what queues and caches go by. */
export function keyOf(object: { readonly metadata: ObjectRef }): string {
  return keyOfRef(object.metadata);
}

export function keyOfRef({ namespace, name }: ObjectRef): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/** The inverse of `keyOf`; names hold no slash. */
export function refOfKey(key: string): ObjectRef {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
