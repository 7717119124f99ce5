/** The InstanceSnapshot controller: accepts, follows the Instance, makes the Image of what was copied, and removes what is not wanted. */
import type { InstanceSnapshot, InstanceSnapshotStatus } from '../../crds/instance-snapshot.ts';
import { SNAPSHOT_FINALIZER } from '../../crds/vocabulary.ts';
import { keyOf, keyOfRef } from '../kernel/api/object.ts';
import type { Controller } from '../kernel/controller/controller.ts';
import type { ReconcileContext } from '../kernel/controller/reconcile.ts';
import { DONE, requeueAfter, type Result } from '../kernel/controller/result.ts';
import type { Lease } from '../kernel/lease/lease.ts';
import type { Manager } from '../kernel/manager/types.ts';
import { endPass, isCurrent } from '../kernel/status/writer.ts';
import { isStatusOnly } from '../kernel/watch/cache.ts';
import type { Hosts } from '../hypervisors/host.ts';
import type { Outcome } from '../actions/outcome.ts';
import type { Captures } from '../instances/ports.ts';
import { transitionEvents } from '../reporting/transitions.ts';
import { HYPERVISORS, IMAGE_STORES, IMAGES, INSTANCE_SNAPSHOTS, INSTANCES } from '../resources.ts';
import type { Sends } from '../stores/sends.ts';
import type { Stores } from '../stores/stores.ts';
import { ImageMaker } from './image.ts';
import { imageNameOf, planSnapshot, type SnapshotPlan } from './plan.ts';
import { SnapshotRemoval } from './removal.ts';
import { isStored, Sending, sendingTo } from './sending.ts';
import { deletingStatus, outcomeStatus } from './status.ts';

const NAME = 'snapshots';
/** What cannot be done now is tried again; changes of what it waits for wake us sooner. */
const AGAIN_MS = 10_000;

export interface SnapshotOptions {
  readonly clusterId: string;
  readonly hosts: Hosts;
  readonly captures: Captures;
  readonly stores: Stores;
  readonly sends: Sends;
}

export function addSnapshotController(
  manager: Manager,
  lease: Lease,
  { clusterId, hosts, captures, stores, sends }: SnapshotOptions,
): Controller {
  const snapshots = manager.cache(INSTANCE_SNAPSHOTS);
  const instances = manager.cache(INSTANCES);
  const images = manager.cache(IMAGES);
  const hypervisors = manager.cache(HYPERVISORS);
  const byInstance = snapshots.index((snapshot) => [instanceKey(snapshot)]);
  const byImage = snapshots.index((snapshot) => [imageKey(snapshot)]);
  const places = { hosts, hypervisors };
  const stored = { stores, clock: manager.clock };
  const writer = manager.writer(INSTANCE_SNAPSHOTS, NAME);
  const events = manager.events(NAME);
  const maker = new ImageMaker(manager, places, NAME);
  const removal = new SnapshotRemoval(manager.client, { clusterId, instances, images, captures, places, sends, stored });
  const sending = new Sending(sends, places);
  const controller = manager.controller({ name: NAME, gate: lease, reconcile });
  controller.watches(snapshots, { when: (change) => !isStatusOnly(change) });
  controller.watches(instances, { toKeys: ({ current, previous }) => byInstance.keys(keyOf(current ?? previous)) });
  controller.watches(images, { toKeys: ({ current, previous }) => byImage.keys(keyOf(current ?? previous)) });
  controller.watches(hypervisors, { when: (change) => !isStatusOnly(change), toKeys: () => waitingForStore() });
  controller.watches(manager.cache(IMAGE_STORES), { when: (change) => !isStatusOnly(change), toKeys: () => waitingForStore() });
  sends.onChange((snapshot) => controller.enqueue(keyOfRef(snapshot)));
  return controller;

  async function reconcile(key: string, context: ReconcileContext): Promise<Result> {
    const snapshot = snapshots.get(key);
    if (snapshot === undefined) return DONE;
    if (snapshot.metadata.deletionTimestamp !== undefined) return remove(snapshot, context);
    const instance = instances.get(instanceKey(snapshot));
    const image = images.get(imageKey(snapshot));
    return carryOut(
      snapshot,
      planSnapshot(snapshot, {
        instance,
        hypervisor: hypervisors.get(instance?.status?.hypervisorName ?? ''),
        imageOwner: image && (image.metadata.ownerReferences?.[0]?.uid ?? ''),
        choice: stores.choose(snapshot.spec.imageStoreName),
        stored: isStored(snapshot, image),
      }),
      context,
    );
  }

  async function carryOut(snapshot: InstanceSnapshot, plan: SnapshotPlan, context: ReconcileContext): Promise<Result> {
    switch (plan.kind) {
      case 'Nothing':
        return DONE;
      case 'Report':
        return report(snapshot, outcomeStatus(snapshot, plan.outcome, now()), context);
      case 'Accept': {
        const held = await writer.addFinalizer(snapshot, SNAPSHOT_FINALIZER, context);
        if (!isCurrent(held)) return endPass(held);
        const { location, store } = plan;
        return report(held.object, { ...outcomeStatus(held.object, plan.outcome, now()), location, ...(store && { store }) }, context);
      }
      case 'MakeImage': {
        const made = await maker.make(snapshot, plan.location, context);
        if (made.kind === 'Made') return reportMade(snapshot, plan.outcome, made.uid, context);
        const outcome = { ...plan.outcome, phase: made.phase, reason: made.reason, message: made.message };
        return report(snapshot, outcomeStatus(snapshot, outcome, now()), context);
      }
      case 'Send':
        return send(snapshot, plan, context);
      case 'Remove': {
        const removed = await removal.removeCopies(snapshot, plan.location, context.signal);
        if (removed.kind === 'Kept') return requeueAfter(AGAIN_MS);
        const { location: _, store: __, ...rest } = snapshot.status ?? {};
        return report(snapshot, rest, context);
      }
    }
  }

  /** With a store to go to it is not done yet. */
  async function reportMade(snapshot: InstanceSnapshot, outcome: Outcome, imageUid: string, context: ReconcileContext): Promise<Result> {
    const { store } = snapshot.status ?? {};
    if (store === undefined) return report(snapshot, { ...outcomeStatus(snapshot, outcome, now()), imageUid }, context);
    const written = await writer.writeStatus(
      snapshot,
      { ...outcomeStatus(snapshot, { ...outcome, ...sendingTo(store) }, now()), imageUid },
      context,
    );
    return isCurrent(written) ? requeueAfter(0) : endPass(written);
  }

  async function send(
    snapshot: InstanceSnapshot,
    { location, store }: Extract<SnapshotPlan, { kind: 'Send' }>,
    context: ReconcileContext,
  ): Promise<Result> {
    const state = sending.send(snapshot, location, store);
    if (state.kind === 'Sent') {
      const image = images.get(imageKey(snapshot));
      const added = image === undefined ? undefined : await maker.addStored(image, state.copy, context);
      return added === undefined || isCurrent(added) ? requeueAfter(0) : endPass(added);
    }
    const reported = await report(snapshot, outcomeStatus(snapshot, state.outcome, now()), context);
    return state.outcome.phase === 'Failed' ? reported : requeueAfter(AGAIN_MS);
  }

  /** A store, or a pool that is one, came or went, or is another one now. */
  function waitingForStore(): readonly string[] {
    return [...snapshots.values()].filter(mayWaitForStore).map(keyOf);
  }

  async function remove(snapshot: InstanceSnapshot, context: ReconcileContext): Promise<Result> {
    if (snapshot.metadata.finalizers?.includes(SNAPSHOT_FINALIZER) !== true) return DONE;
    const removed = await removal.remove(snapshot, context);
    if (removed.kind === 'Gone') return endPass(await writer.removeFinalizer(snapshot, SNAPSHOT_FINALIZER, context));
    await report(snapshot, deletingStatus(snapshot, removed, now()), context);
    return requeueAfter(AGAIN_MS);
  }

  /** Writes it, and comes back at once where a failed one leaves something to remove. */
  async function report(snapshot: InstanceSnapshot, status: InstanceSnapshotStatus, context: ReconcileContext): Promise<Result> {
    const written = await writer.writeStatus(snapshot, status, context);
    if (!isCurrent(written)) return endPass(written);
    if (written.kind === 'Written')
      for (const event of transitionEvents(snapshot.status?.conditions, status.conditions, 'Snapshot'))
        events.record(written.object, event);
    if (status.phase === 'Failed' && status.location !== undefined) return requeueAfter(0);
    return status.phase === 'Running' && written.kind === 'Unchanged' ? DONE : waiting(status);
  }

  function now(): number {
    return manager.clock.now();
  }
}

/** A host that does not answer wakes nobody here. */
const waiting = ({ phase }: InstanceSnapshotStatus): Result => (phase === 'Running' ? requeueAfter(AGAIN_MS) : DONE);

const mayWaitForStore = ({ status }: InstanceSnapshot): boolean =>
  status?.phase === 'Pending' || (status?.phase === 'Running' && status.store !== undefined);

const instanceKey = ({ metadata, spec }: InstanceSnapshot): string => `${metadata.namespace}/${spec.instanceName}`;
const imageKey = (snapshot: InstanceSnapshot): string => `${snapshot.metadata.namespace}/${imageNameOf(snapshot)}`;
