/**
 * How many objects of each kind are in which state: what to alert on without reading conditions.
 *
 * Counted when metrics are read. Every replica has all objects in its caches, and tells the same: take one of them, or the
 * highest.
 */
import { Gauge } from 'prom-client';
import type { KubeObject } from '../kernel/api/object.ts';
import type { Resource } from '../kernel/api/resource.ts';
import type { Manager } from '../kernel/manager/types.ts';
import { type Condition, findCondition } from '../kernel/status/conditions.ts';
import type { Cache } from '../kernel/watch/cache.ts';

/** `Waiting`: it goes on by itself. `Stalled`: it does not, or it failed. */
const STATES = ['Ready', 'Waiting', 'Stalled', 'Deleting'] as const;

export function addObjectMetrics(manager: Manager, resources: readonly Resource[]): void {
  const caches = resources.map((resource): readonly [string, Cache<KubeObject>] => [resource.kind, manager.cache(resource)]);
  const objects = new Gauge({
    name: 'hostler_objects',
    help: 'Objects by kind and state.',
    labelNames: ['kind', 'state'],
    registers: [manager.metrics.registry],
    collect: () => {
      for (const [kind, cache] of caches) {
        const counts = new Map<string, number>(STATES.map((state) => [state, 0]));
        for (const object of cache.values()) {
          const state = stateOf(object);
          counts.set(state, (counts.get(state) ?? 0) + 1);
        }
        for (const [state, count] of counts) objects.set({ kind, state }, count);
      }
    },
  });
}

function stateOf(object: KubeObject): (typeof STATES)[number] {
  const { status } = object as { readonly status?: { readonly conditions?: readonly Condition[] } };
  const is = (type: string): boolean => findCondition(status?.conditions, type)?.status === 'True';
  if (is('Stalled')) return 'Stalled';
  if (object.metadata.deletionTimestamp !== undefined) return 'Deleting';
  return is('Ready') ? 'Ready' : 'Waiting';
}
