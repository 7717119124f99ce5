/** The controller of shelved instances: makes the InstanceSnapshot that copies the root disk of one, and deletes those that nothing needs. */
import type { Instance } from '../../crds/instance.ts';
import type { InstanceSnapshot } from '../../crds/instance-snapshot.ts';
import { API_VERSION } from '../../crds/vocabulary.ts';
import { isAlreadyExists, isNotFound } from '../kernel/api/errors.ts';
import { keyOf } from '../kernel/api/object.ts';
import type { Controller } from '../kernel/controller/controller.ts';
import type { ReconcileContext } from '../kernel/controller/reconcile.ts';
import { DONE, type Result } from '../kernel/controller/result.ts';
import type { Lease } from '../kernel/lease/lease.ts';
import type { Manager } from '../kernel/manager/types.ts';
import { INSTANCE_SNAPSHOTS, INSTANCES } from '../resources.ts';
import { planShelf } from './plan.ts';
import { isShelf, SHELF_GENERATION_LABEL } from './shelf.ts';

const NAME = 'shelving';

export function addShelvingController(manager: Manager, lease: Lease): Controller {
  const instances = manager.cache(INSTANCES);
  const snapshots = manager.cache(INSTANCE_SNAPSHOTS);
  const shelvesOf = snapshots.index((snapshot) => (isShelf(snapshot) ? [keyOfInstance(snapshot)] : []));
  const controller = manager.controller({ name: NAME, gate: lease, reconcile });
  controller.watches(instances, {
    when: ({ current, previous }) => current?.spec.lifecycle?.state === 'Shelved' || shelvesOf.get(keyOf(current ?? previous)).length > 0,
  });
  controller.watches(snapshots, {
    when: ({ current, previous }) => isShelf(current ?? previous),
    toKeys: ({ current, previous }) => [keyOfInstance(current ?? previous)],
  });
  return controller;

  async function reconcile(key: string, context: ReconcileContext): Promise<Result> {
    const instance = instances.get(key);
    const { take, remove } = planShelf(instance, shelvesOf.get(key));
    if (instance !== undefined && take !== undefined) await make(instance, take, context);
    for (const shelf of remove) await drop(shelf, context);
    return DONE;
  }

  /** Owned by the Instance, so that it goes with it wherever objects are collected. */
  async function make({ metadata }: Instance, name: string, context: ReconcileContext): Promise<void> {
    const { namespace, uid } = metadata;
    const snapshot = {
      metadata: {
        namespace,
        name,
        labels: { [SHELF_GENERATION_LABEL]: String(metadata.generation) },
        ownerReferences: [{ apiVersion: API_VERSION, kind: 'Instance', name: metadata.name, uid, controller: true }],
      },
      spec: { instanceName: metadata.name, mode: 'Cold', quiesce: 'Never' },
    } as const;
    try {
      await manager.client.create(INSTANCE_SNAPSHOTS, snapshot, context, { fieldManager: `hostler/${NAME}` });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }

  async function drop({ metadata }: InstanceSnapshot, context: ReconcileContext): Promise<void> {
    const { namespace, name, uid } = metadata;
    try {
      await manager.client.delete(INSTANCE_SNAPSHOTS, { namespace, name }, context, { uid });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

const keyOfInstance = ({ metadata, spec }: InstanceSnapshot): string => `${metadata.namespace}/${spec.instanceName}`;
