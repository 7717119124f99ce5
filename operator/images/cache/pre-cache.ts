/**
 * Brings images to hosts that are to have them before anybody asks (spec.preCache), and says in status where they are.
 *
 * Woken by changes of the Image and of the hosts; what is there is looked at again now and then, since people remove files.
 * At rest it writes nothing.
 */
import type { Hypervisor } from '../../../crds/hypervisor.ts';
import type { Image, ImageLocation, ImageStatus } from '../../../crds/image.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { Hosts } from '../../hypervisors/host.ts';
import { imagePlaceOf } from '../../hypervisors/pools.ts';
import type { BaseImages } from '../ports.ts';
import { keyOf, keyOfRef } from '../../kernel/api/object.ts';
import type { Controller } from '../../kernel/controller/controller.ts';
import type { ReconcileContext } from '../../kernel/controller/reconcile.ts';
import { DONE, requeueAfter, type Result } from '../../kernel/controller/result.ts';
import type { Lease } from '../../kernel/lease/lease.ts';
import type { Manager } from '../../kernel/manager/types.ts';
import { PRIORITY } from '../../kernel/queue/priority.ts';
import { endPass, isCurrent } from '../../kernel/status/writer.ts';
import { isStatusOnly } from '../../kernel/watch/cache.ts';
import { HYPERVISORS, IMAGES } from '../../resources.ts';
import { hostLocations } from '../locations.ts';
import { isFetched } from '../source.ts';
import { type CacheTarget, targetsOf } from './targets.ts';

const NAME = 'image-cache';
/** While some of it is not there. A transfer that nobody asks for ends after two minutes. */
const WAIT_MS = 30_000;
/** When all of it is. */
const AUDIT_MS = 900_000;
const LONGEST_MESSAGE = 1024;

type Found = { readonly kind: 'Cached'; readonly location: ImageLocation } | Lacking;
interface Lacking {
  readonly kind: 'Lacking';
  readonly hypervisorName: string;
  readonly why: string;
  /** Where it was, as status says, on a host that cannot be asked: not asked is not gone. */
  readonly location?: ImageLocation | undefined;
}

export function addPreCache(manager: Manager, lease: Lease, hosts: Hosts, bases: BaseImages): Controller {
  const images = manager.cache(IMAGES);
  const hypervisors = manager.cache(HYPERVISORS);
  const writer = manager.writer(IMAGES, NAME);
  const controller = manager.controller({ name: NAME, gate: lease, reconcile });
  controller.watches(images, { when: (change) => !isStatusOnly(change) });
  hypervisors.onChange((change) => {
    if (change.kind !== 'Updated' || !isStatusOnly(change)) wakeAll();
  });
  hosts.onChange((_, machineId) => {
    if (machineId === undefined) wakeAll();
  });
  bases.onChange((image) => {
    if (images.get(keyOfRef(image))?.spec.preCache !== undefined) controller.enqueue(keyOfRef(image));
  });
  return controller;

  function wakeAll(): void {
    for (const image of images.values())
      if (image.spec.preCache !== undefined) controller.enqueue(keyOf(image), { priority: PRIORITY.resync });
  }

  async function reconcile(key: string, context: ReconcileContext): Promise<Result> {
    const image = images.get(key);
    if (image === undefined || image.metadata.deletionTimestamp !== undefined || !image.spec.sources.every(isFetched)) return DONE;
    const { preCache } = image.spec;
    const targets = preCache === undefined ? [] : targetsOf(preCache, hypervisors.values());
    const found = await Promise.all(targets.map((target) => look(image, target, context.signal)));
    const written = await writer.writeStatus(image, statusWith(image, preCache === undefined ? undefined : found), context);
    if (!isCurrent(written)) return endPass(written);
    if (preCache === undefined) return DONE;
    return requeueAfter(found.every(({ kind }) => kind === 'Cached') ? AUDIT_MS : WAIT_MS);
  }

  async function look(image: Image, target: CacheTarget, signal: AbortSignal): Promise<Found> {
    const { hypervisorName } = target;
    if (target.kind === 'None') return { kind: 'Lacking', hypervisorName, why: target.problem };
    const { key, pool } = target;
    const location = hostLocations(image).find((each) => each.hypervisorName === hypervisorName && each.pool === key);
    const host = hosts.get(hypervisorName);
    if (host?.reachability().status !== 'True') return { kind: 'Lacking', hypervisorName, why: 'it does not answer', location };
    try {
      const state = await bases.ensure({ host, ...imagePlaceOf(hypervisors.get(hypervisorName)?.spec, pool), image }, signal);
      if (state.kind === 'Ready') return { kind: 'Cached', location: { hypervisorName, pool: key, volume: state.base.key } };
      return { kind: 'Lacking', hypervisorName, why: state.kind === 'Failed' ? `${state.reason}: ${state.message}` : state.message };
    } catch (error) {
      if (!(error instanceof DriverError) || signal.aborted) throw error;
      return { kind: 'Lacking', hypervisorName, why: error.message, location: error.label === 'HostUnreachable' ? location : undefined };
    }
  }
}

/** Undefined: it is not asked for. */
function statusWith({ status = {} }: Image, found: readonly Found[] | undefined): ImageStatus {
  if (found === undefined) {
    const { locations: _, preCache: __, ...others } = status;
    return others;
  }
  const lacking = found.filter((each) => each.kind === 'Lacking');
  const message = lacking.map(({ hypervisorName, why }) => `${hypervisorName}: ${why}`).join('; ');
  const preCache = {
    wanted: found.length,
    cached: found.length - lacking.length,
    ...(message !== '' && { message: message.slice(0, LONGEST_MESSAGE) }),
  };
  const locations = found.flatMap(({ location }) => (location === undefined ? [] : [location]));
  return { ...status, locations, preCache };
}

/** Whether the Hypervisor is among those that are to have the image. */
export const isCachedOn = ({ spec }: Image, hypervisor: Hypervisor): boolean =>
  spec.preCache !== undefined &&
  targetsOf(spec.preCache, [hypervisor]).some(({ hypervisorName }) => hypervisorName === hypervisor.metadata.name);
