/** A kind for the kernel's own tests. */
import type { KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resource.ts';
import type { Condition } from '../status/conditions.ts';

export interface Widget extends KubeObject {
  readonly spec: { readonly size: number; readonly partName?: string };
  readonly status?: { readonly size?: number; readonly note?: string; readonly conditions?: readonly Condition[] };
}

export const WIDGETS: Resource<Widget> = { group: 'kernel.test', version: 'v1', kind: 'Widget', plural: 'widgets', namespaced: true };

export interface Part extends KubeObject {
  readonly spec: { readonly weight: number };
}

export const PARTS: Resource<Part> = { group: 'kernel.test', version: 'v1', kind: 'Part', plural: 'parts', namespaced: true };

/** A widget as a cache holds it. */
export function widget(name: string, resourceVersion: number, uid = `uid-${name}`, size = 1): Widget {
  return {
    apiVersion: 'kernel.test/v1',
    kind: 'Widget',
    metadata: { namespace: 'a', name, uid, resourceVersion: String(resourceVersion), generation: 1 },
    spec: { size },
  };
}
