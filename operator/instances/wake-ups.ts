/**
 * What brings an Instance to the queue: its own changes, what it refers to, what happens on hosts, images that arrive.
 *
 * All of them only hasten the next look. Indexes are kept by the caches, so a change costs what it concerns.
 */
import type { Image } from '../../crds/image.ts';
import type { Instance } from '../../crds/instance.ts';
import type { InstanceAction } from '../../crds/instance-action.ts';
import type { InstanceSnapshot } from '../../crds/instance-snapshot.ts';
import { INSTANCE_FINALIZER } from '../../crds/vocabulary.ts';
import { keyOf } from '../kernel/api/object.ts';
import type { Controller } from '../kernel/controller/controller.ts';
import type { Manager } from '../kernel/manager/types.ts';
import { PRIORITY } from '../kernel/queue/priority.ts';
import { findCondition, isTrue } from '../kernel/status/conditions.ts';
import { isStatusOnly, objectOf, type Change, type Index } from '../kernel/watch/cache.ts';
import { distinct } from '../kernel/watch/distinct.ts';
import { FLAVORS, HYPERVISORS, IMAGES, INSTANCE_ACTIONS, INSTANCE_SNAPSHOTS, INSTANCES, NETWORKS, VOLUMES } from '../resources.ts';
import { isInTheWay } from './plan/identity.ts';
import type { InstanceServices } from './services.ts';
import { shelfImages } from './shelf.ts';
import { namedVolumes } from './volumes/claims.ts';
import { copiesOfVolumes } from './volumes/copies.ts';

/** Field manager of the controller, by which it knows its own writes. */
export const WRITER = 'instances';

interface Indexes {
  readonly byMachine: Index<Instance>;
  readonly byHost: Index<Instance>;
  readonly byImage: Index<Instance>;
  /** Those of a host whose guest may be held still for a copy or by an action. */
  readonly heldStill: Index<Instance>;
  /** All that are not Ready, under one value. */
  readonly unsettled: Index<Instance>;
  /** All that somebody else's machine stands in the way of, under one value. */
  readonly heldUp: Index<Instance>;
}
const UNSETTLED = 'unsettled';
const HELD_UP = 'held up';

export function addWakeUps(manager: Manager, controller: Controller, services: InstanceServices): void {
  const { caches, hosts, bases, captures } = services;
  const { instances } = caches;
  const indexes: Indexes = {
    byMachine: instances.index(({ metadata, spec, status }) => {
      const [own, other] = [status?.machineId ?? metadata.uid, spec.adopt?.machineId ?? metadata.uid];
      return own === other ? [own] : [own, other];
    }),
    byHost: instances.index(({ status }) => (status?.hypervisorName === undefined ? [] : [status.hypervisorName])),
    byImage: instances.index(namedImages),
    heldStill: instances.index((instance) => (mayBeHeldStill(instance) ? [instance.status?.hypervisorName ?? ''] : [])),
    unsettled: instances.index(({ status }) => (isTrue(status?.conditions, 'Ready') ? [] : [UNSETTLED])),
    heldUp: instances.index(({ status }) => (isInTheWay(findCondition(status?.conditions, 'Stalled')?.reason ?? '') ? [HELD_UP] : [])),
  };
  watchReferences(manager, controller, caches, indexes);
  controller.watches(manager.cache(INSTANCES), {
    when: concerns,
    priorityOf: (change) => (change.kind === 'Added' && change.initial ? firstPriority(change.current) : PRIORITY.fresh),
  });
  hosts.onChange((hostName, machineId) => {
    if (machineId === undefined) return wakeHost(controller, hostName, indexes);
    const machine = hosts.get(hostName)?.snapshot()?.machines.get(machineId);
    for (const key of keysOfMachine(machine?.owner, machineId, indexes)) controller.enqueue(key);
  });
  captures.onChange(({ namespace, name }) => controller.enqueue(`${namespace}/${name}`));
  bases.onChange(({ namespace, name }, hypervisorName) => {
    for (const instance of indexes.byImage.get(`${namespace}/${name}`)) {
      if (instance.status?.hypervisorName === hypervisorName && !isTrue(instance.status.conditions, 'Ready'))
        controller.enqueue(keyOf(instance));
    }
  });
}

/** Nothing is written in such a guest until it is let go of: after a start of the operator it has the first turn. */
const mayBeHeldStill = ({ status }: Instance): boolean =>
  status?.freeze !== undefined || (status?.action?.phase === 'Running' && status.action.action === 'Snapshot');

const firstPriority = (instance: Instance): number => (mayBeHeldStill(instance) ? PRIORITY.urgent : PRIORITY.resync);

/** Keys of the Images that it waits for, or may come to. */
function namedImages(instance: Instance): readonly string[] {
  const { metadata, spec } = instance;
  const named = [spec.imageName, ...(spec.rescue === undefined ? [] : [spec.rescue.imageName])].map(
    (name) => `${metadata.namespace}/${name}`,
  );
  return distinct([...named, ...shelfImages(instance)]);
}

/** What users do to an object. Our own writes, which may be seen before they are answered, are not: status and finalizer. */
function concerns(change: Change<Instance>): boolean {
  if (change.kind !== 'Updated') return change.kind === 'Added';
  const { metadata: before } = change.previous;
  const { metadata: after } = change.current;
  const letGo = before.finalizers?.includes(INSTANCE_FINALIZER) === true && after.finalizers?.includes(INSTANCE_FINALIZER) !== true;
  return (
    before.uid !== after.uid || before.generation !== after.generation || before.deletionTimestamp !== after.deletionTimestamp || letGo
  );
}

function watchReferences(
  manager: Manager,
  controller: Controller,
  { instances }: InstanceServices['caches'],
  { byImage, byHost, unsettled }: Indexes,
): void {
  const byFlavor = instances.index(({ spec }) => [spec.flavorName]);
  const byNetwork = instances.index(({ metadata, spec }) =>
    (spec.networks ?? []).map(({ networkName }) => `${metadata.namespace}/${networkName}`),
  );
  controller.watches(manager.cache(FLAVORS), {
    when: (change) => !isStatusOnly(change),
    toKeys: (change) => byFlavor.keys(keyOf(objectOf(change))),
  });
  controller.watches(manager.cache(IMAGES), {
    when: (change) => !isStatusOnly(change) || placesOf(change.current) !== placesOf(change.previous),
    toKeys: (change) => byImage.keys(keyOf(objectOf(change))),
  });
  controller.watches(manager.cache(NETWORKS), {
    when: (change) => !isStatusOnly(change),
    toKeys: (change) => byNetwork.keys(keyOf(objectOf(change))),
  });
  // Of its status, too: it was made, or another Instance gave it back.
  const byVolume = instances.index(namedVolumes);
  controller.watches(manager.cache(VOLUMES), {
    toKeys: (change) => [keyOf(objectOf(change)), ...copiesOfVolumes(objectOf(change))].flatMap((key) => byVolume.keys(key)),
  });
  controller.watches(manager.cache(HYPERVISORS), {
    when: (change) => !isStatusOnly(change),
    toKeys: (change) => [...byHost.keys(objectOf(change).metadata.name), ...unsettled.keys(UNSETTLED)],
    priorityOf: () => PRIORITY.resync,
  });
  controller.watches(manager.cache(INSTANCE_ACTIONS), { toKeys: (change) => [keyOfInstance(objectOf(change))] });
  controller.watches(manager.cache(INSTANCE_SNAPSHOTS), { toKeys: (change) => [keyOfInstance(objectOf(change))] });
}

const keyOfInstance = ({ metadata, spec }: InstanceAction | InstanceSnapshot): string => `${metadata.namespace}/${spec.instanceName}`;

/** Everything on a host, and all that waits: for room, for a host to be heard, for a machine to be found. */
function wakeHost(controller: Controller, hostName: string, { byHost, heldStill, unsettled }: Indexes): void {
  for (const key of heldStill.keys(hostName)) controller.enqueue(key, { priority: PRIORITY.urgent });
  for (const key of unsettled.keys(UNSETTLED)) controller.enqueue(key);
  for (const key of byHost.keys(hostName)) controller.enqueue(key, { priority: PRIORITY.resync });
}

/**
 * By the id that status knows, by uid, or by what the mark says: a machine that was left over or moved may have another id.
 * One that is nobody's, or is gone, may have stood in somebody's way.
 */
function keysOfMachine(
  owner: { readonly namespace: string; readonly name: string } | undefined,
  machineId: string,
  { byMachine, heldUp }: Indexes,
): readonly string[] {
  const keys = byMachine.keys(machineId);
  if (owner === undefined) return [...keys, ...heldUp.keys(HELD_UP)];
  return keys.length > 0 ? keys : [`${owner.namespace}/${owner.name}`];
}

/** Changes when its content is in another place, or somebody brought it. */
const placesOf = (image: Image | undefined): string => `${image?.status?.locations?.length} ${image?.status?.upload?.sizeBytes}`;
