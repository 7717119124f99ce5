/** What a cache need not keep: managed fields are often half of an object, and nobody here reads them. */
import type { KubeObject } from '../api/object.ts';

export function withoutManagedFields<T extends KubeObject>(object: T): T {
  if (!('managedFields' in object.metadata)) return object;
  // A new object rather than `delete`, which would turn it into a slow and large one.
  const { managedFields: _, ...metadata } = object.metadata as T['metadata'] & { readonly managedFields: unknown };
  return { ...object, metadata };
}
