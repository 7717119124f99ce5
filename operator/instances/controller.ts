/**
 * The Instance controller: observe -> plan -> act -> report, in one pass as far as it goes at once.
 *
 * Thin: what is decided is decided in `plan/`, what is done is done in `steps/`, what is told is told by `report.ts`.
 */
import { randomUUID } from 'node:crypto';
import type { Instance, InstanceStatus } from '../../crds/instance.ts';
import { DriverError } from '../../drivers/labels.ts';
import type { Hosts } from '../hypervisors/host.ts';
import { keyOf } from '../kernel/api/object.ts';
import type { Controller } from '../kernel/controller/controller.ts';
import type { ReconcileContext } from '../kernel/controller/reconcile.ts';
import { DONE, requeueAfter, type Result } from '../kernel/controller/result.ts';
import type { Lease } from '../kernel/lease/lease.ts';
import type { Manager } from '../kernel/manager/types.ts';
import { PRIORITY } from '../kernel/queue/priority.ts';
import { endPass } from '../kernel/status/writer.ts';
import { FLAVORS, HYPERVISORS, IMAGES, INSTANCE_ACTIONS, INSTANCE_SNAPSHOTS, INSTANCES, NETWORKS, VOLUMES } from '../resources.ts';
import { Claims } from '../scheduler/claims.ts';
import { Promises } from '../scheduler/promises.ts';
import { act } from './act.ts';
import { abandonment } from './abandoned.ts';
import { accountFor } from './claims.ts';
import { addressesAwaitedSince, wantsDefinition } from './definition.ts';
import { guestSecretRefs } from './guest-data.ts';
import { askGuest } from './guest/ask.ts';
import { GuestReadings } from './guest/readings.ts';
import { Memory } from './memory.ts';
import { mergeBeside } from './merging.ts';
import { observe } from './observe.ts';
import { removeOldDrivesBeside } from './old-drives.ts';
import { Superseded, type Pass } from './pass.ts';
import { plan, type Decision } from './plan/plan.ts';
import { queueBeside } from './copy-turn.ts';
import { steps, type Looked } from './plan/types.ts';
import type { BaseImages, Captures } from './ports.ts';
import { forGeneration } from './record.ts';
import { comeBackAfter } from './requeue.ts';
import { secretsOf } from '../secrets.ts';
import type { InstanceServices } from './services.ts';
import type { Pending } from './steps/types.ts';
import { tell } from './tell.ts';
import { TurnedAway } from './turned-away.ts';
import { addWakeUps, WRITER } from './wake-ups.ts';
import { askedVolumes, listedVolumes, VolumeClaims } from './volumes/claims.ts';
import { copiesOfVolumes } from './volumes/copies.ts';
import { volumeDeletion } from './volumes/deletion.ts';
import { WantedOfPass } from './wanted.ts';

export interface InstanceControllerOptions {
  readonly clusterId: string;
  readonly hosts: Hosts;
  readonly bases: BaseImages;
  readonly captures: Captures;
  /** Passes under way at once: they wait for hosts and the API most of the time. */
  readonly workers?: number;
}

const DEFAULT_WORKERS = 64;
/** Within this time after a start of the operator every definition is read once. */
const LOOK_WITHIN_MS = 900_000;
/** After the host had no time for it. */
const LOOK_AGAIN_MS = 5_000;
/** Rounds of a pass: looking, claiming, making and seeing are a few; more means that plan and steps disagree. */
const MAX_ROUNDS = 16;

export function addInstanceController(manager: Manager, lease: Lease, options: InstanceControllerOptions): Controller {
  const { clusterId, hosts, bases, captures, workers = DEFAULT_WORKERS } = options;
  const instances = manager.cache(INSTANCES);
  const services: InstanceServices = {
    clusterId,
    clock: manager.clock,
    random: manager.random,
    caches: {
      instances,
      flavors: manager.cache(FLAVORS),
      images: manager.cache(IMAGES),
      networks: manager.cache(NETWORKS),
      volumes: manager.cache(VOLUMES),
      hypervisors: manager.cache(HYPERVISORS),
      actionsOf: manager.cache(INSTANCE_ACTIONS).index(({ metadata, spec }) => [`${metadata.namespace}/${spec.instanceName}`]),
      snapshotsOf: manager.cache(INSTANCE_SNAPSHOTS).index(({ metadata, spec }) => [`${metadata.namespace}/${spec.instanceName}`]),
      naming: instances.index(askedVolumes),
      copiesOf: manager.cache(VOLUMES).index(copiesOfVolumes),
    },
    hosts,
    bases,
    captures,
    secrets: secretsOf(manager.client),
    guests: new GuestReadings(manager.clock, manager.random, (key) => controller.enqueue(key)),
    claims: new Claims(),
    promises: new Promises(),
    volumeClaims: new VolumeClaims(instances.index(listedVolumes)),
    deleteVolume: volumeDeletion(manager.client),
    noteAbandoned: abandonment(manager.client, manager.clock),
    leaseLeft: () => lease.remaining(),
    term: () => lease.term,
    writer: manager.writer(INSTANCES, WRITER),
    events: manager.events(WRITER),
    startedAt: manager.clock.now(),
    newId: randomUUID,
  };
  const memory = new Memory();
  const turnedAway = new TurnedAway((key) => controller.enqueue(key));
  accountFor(instances, services.claims);
  services.caches.hypervisors.onChange(({ kind, previous }) => {
    if (kind === 'Deleted') services.promises.forget(previous.metadata.name);
  });
  instances.onChange(({ kind, previous }) => {
    if (kind !== 'Deleted') return;
    memory.forget(previous.metadata.uid);
    services.guests.forget(previous.metadata.uid);
    turnedAway.forget(keyOf(previous));
  });
  const reconciler = new InstanceReconciler(services, memory, turnedAway);
  const controller = manager.controller({
    name: WRITER,
    gate: lease,
    workers,
    reconcile: (key, context) => reconciler.reconcile(key, context),
  });
  addWakeUps(manager, controller, services);
  manager.debug('instances', () => ({ remembered: memory.size, guests: services.guests.size, turnedAway: turnedAway.size }));
  return controller;
}

class InstanceReconciler {
  readonly #services: InstanceServices;
  readonly #memory: Memory;
  readonly #turnedAway: TurnedAway;

  constructor(services: InstanceServices, memory: Memory, turnedAway: TurnedAway) {
    this.#services = services;
    this.#memory = memory;
    this.#turnedAway = turnedAway;
  }

  async reconcile(key: string, context: ReconcileContext): Promise<Result> {
    const instance = this.#services.caches.instances.get(key);
    if (instance === undefined) return DONE;
    try {
      return await this.#pass(instance, context);
    } catch (error) {
      if (error instanceof Superseded) return endPass({ kind: error.kind });
      throw error;
    }
  }

  async #pass(instance: Instance, context: ReconcileContext): Promise<Result> {
    const pass = this.#begin(instance, context);
    try {
      return await this.#rounds(pass, context);
    } finally {
      const { hypervisorName } = pass.status;
      if (hypervisorName !== undefined && pass.turnedAway) this.#turnedAway.add(hypervisorName, keyOf(instance));
      else if (hypervisorName !== undefined) this.#turnedAway.next(hypervisorName);
    }
  }

  async #rounds(pass: Pass, context: ReconcileContext): Promise<Result> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      if (round > 0) pass.scene = observe(pass);
      const decision = plan(pass.scene.world);
      pass.status = withoutOldEnd(pass.status, decision);
      if (decision.plan.kind !== 'Steps') {
        if (await this.#readDefinition(pass, decision, context)) continue;
        return this.#end(pass, decision);
      }
      const acted = await act(pass, decision.plan);
      if (acted.kind === 'Gone') return DONE;
      if (acted.kind === 'Pending') return this.#end(pass, decision, { ...acted.pending, step: acted.step });
    }
    throw new Error(`no end after ${MAX_ROUNDS} rounds: ${keyOf(pass.instance)}`);
  }

  /** Tells what came of it, and says when to look again. */
  async #end(pass: Pass, decision: Decision, pending?: Pending & { readonly step: string }): Promise<Result> {
    const quiet = pending?.quiet ?? (decision.plan.kind === 'Wait' && decision.plan.quiet);
    if (quiet !== true) {
      // What was done since the world was looked at is in the draft: the record is of now.
      if (pending !== undefined) pass.scene = observe(pass);
      await tell(pass, decision, pending);
    }
    const beside = [await mergeBeside(pass, decision.plan), await removeOldDrivesBeside(pass, decision.plan), queueBeside(pass, decision)];
    return requeueAfter(Math.min(comeBackAfter(pass, decision.plan, pending), askGuest(pass), ...beside));
  }

  /** Before an Instance is called settled: its definition, where it may tell what the state does not. True: it was read. */
  async #readDefinition(pass: Pass, { plan: decided }: Decision, { priority }: ReconcileContext): Promise<boolean> {
    const isAsked = decided.kind === 'Wait' && decided.needsDefinition === true;
    if (decided.kind !== 'Settled' && !isAsked) return false;
    const { scene, memory, services, status, call } = pass;
    const { uid } = scene.world.identity;
    if (!isAsked && !wantsDefinition(pass, priority > PRIORITY.resync)) {
      if (scene.details === undefined)
        memory.note(uid, { lookAt: memory.of(uid).lookAt ?? services.clock.now() + LOOK_WITHIN_MS * services.random() });
      return false;
    }
    try {
      const id = status.machineId ?? uid;
      const afresh = addressesAwaitedSince(pass, services.clock.now()) !== undefined;
      pass.details = await (afresh ? scene.host?.reread(id, call.signal) : scene.host?.machine(id, call.signal));
      memory.note(uid, { lookAt: undefined });
      return pass.details !== undefined;
    } catch (error) {
      // It can wait: the state, which is known, is as it should be.
      if (call.signal.aborted || !(error instanceof DriverError)) throw error;
      memory.note(uid, { lookAt: services.clock.now() + LOOK_AGAIN_MS });
      return false;
    }
  }

  #begin(instance: Instance, context: ReconcileContext): Pass {
    const services = this.#services;
    const memory = this.#memory;
    const status = forGeneration(instance.status ?? {}, instance.metadata.generation);
    const wantedOfPass = new WantedOfPass();
    const looked = { twins: undefined, disks: undefined, secret: secretOf(instance, memory, services), rescue: undefined };
    return {
      services,
      memory,
      call: context,
      log: context.log,
      toldAt: services.clock.monotonic(),
      instance,
      status,
      looked,
      wantedOfPass,
      scene: observe({ services, memory, instance, status, looked, wantedOfPass, details: undefined }),
      plan: steps('Look'),
      freshClaim: false,
      acted: false,
      turnedAway: false,
      details: undefined,
      guestSecrets: new Map(),
      base: undefined,
      rescue: undefined,
      rootDiskBytes: undefined,
      exchangedDisks: undefined,
      configDrive: undefined,
      result: {},
      started: undefined,
    };
  }
}

/** A guest that is on has left the end of an earlier run behind, also where it is switched off in this very pass. */
function withoutOldEnd(status: InstanceStatus, { powerOff }: Decision): InstanceStatus {
  if (powerOff !== undefined || status.powerOff === undefined) return status;
  const { powerOff: _, ...rest } = status;
  return rest;
}

/** A secret that was missing or unfit a moment ago is not asked for again before its time. */
function secretOf({ metadata, spec }: Instance, memory: Memory, { clock }: InstanceServices): Looked['secret'] {
  if (guestSecretRefs(spec).length === 0) return { kind: 'NotNeeded' };
  const { secret } = memory.of(metadata.uid);
  const again = secret === undefined || secret.generation !== metadata.generation || secret.retryAt <= clock.now();
  return again ? { kind: 'NotAsked' } : { kind: 'Unfit', reason: secret.reason, until: secret.until, retryAt: secret.retryAt };
}
