/** A controller for kinds that are only judged: a Flavor, a Network, an Image say what is; nothing is made of them by themselves. */
import type { Controller } from '../kernel/controller/controller.ts';
import type { ReconcileContext } from '../kernel/controller/reconcile.ts';
import { DONE, type Result } from '../kernel/controller/result.ts';
import type { KubeObject } from '../kernel/api/object.ts';
import type { Resource } from '../kernel/api/resource.ts';
import type { Lease } from '../kernel/lease/lease.ts';
import type { Manager } from '../kernel/manager/types.ts';
import { type Condition, replaceConditions } from '../kernel/status/conditions.ts';
import { endPass, isCurrent, type StatusOf } from '../kernel/status/writer.ts';
import { isStatusOnly } from '../kernel/watch/cache.ts';
import { type Readiness, readinessConditions } from './readiness.ts';
import { transitionEvents } from './transitions.ts';

interface JudgedStatus {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
}

export interface JudgedObject extends KubeObject {
  readonly status?: JudgedStatus;
}

export interface ReportingOptions<T extends JudgedObject> {
  /** Name of the controller, lower case. */
  readonly name: string;
  readonly resource: Resource<T>;
  /** Pure. Undefined: what was reported stands. */
  readonly judge: (object: T) => Readiness | undefined;
  /** Pure. What else is to stand in status, beside the verdict; undefined is absent, what is not named stays as it is. */
  readonly details?: (object: T) => Readonly<Partial<Record<Exclude<keyof StatusOf<T>, keyof JudgedStatus>, unknown>>>;
}

/** Writes the verdict when it differs from the one reported, and an Event when Ready turned. */
export function addReportingController<T extends JudgedObject>(
  manager: Manager,
  lease: Lease,
  { name, resource, judge, details }: ReportingOptions<T>,
): Controller {
  const cache = manager.cache(resource);
  const writer = manager.writer(resource, name);
  const events = manager.events(name);
  const controller = manager.controller({ name, gate: lease, reconcile });
  controller.watches(cache, { when: (change) => !isStatusOnly(change) });
  return controller;

  async function reconcile(key: string, context: ReconcileContext): Promise<Result> {
    const object = cache.get(key);
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return DONE;
    const readiness = judge(object);
    if (readiness === undefined) return DONE;
    const generation = object.metadata.generation ?? 0;
    const before = object.status?.conditions;
    const conditions = replaceConditions(before ?? [], readinessConditions(readiness), { now: manager.clock.now(), generation });
    const written = await writer.writeStatus(
      object,
      { ...object.status, ...details?.(object), observedGeneration: generation, conditions } as unknown as StatusOf<T>,
      context,
    );
    if (!isCurrent(written)) return endPass(written);
    if (written.kind === 'Written' && before !== undefined) {
      for (const event of transitionEvents(before, conditions, 'Judge')) events.record(written.object, event);
    }
    return DONE;
  }
}
