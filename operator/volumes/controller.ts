/** The Volume controller: makes disks where they are needed, lets them grow, removes them, and says who has them. */
import type { Instance } from '../../crds/instance.ts';
import type { Volume } from '../../crds/volume.ts';
import { DISK_BEING_MADE, DriverError } from '../../drivers/labels.ts';
import type { Hosts } from '../hypervisors/host.ts';
import type { FairSlots } from '../images/transfers/fair-slots.ts';
import type { BaseImages } from '../instances/ports.ts';
import { secretsOf } from '../secrets.ts';
import { copiesOfVolumes } from '../instances/volumes/copies.ts';
import { askedVolumes, listedVolumes, namedVolumes } from '../instances/volumes/claims.ts';
import { isNotNow } from '../instances/steps/run.ts';
import { keyOf } from '../kernel/api/object.ts';
import type { Controller } from '../kernel/controller/controller.ts';
import type { ReconcileContext } from '../kernel/controller/reconcile.ts';
import { DONE, requeueAfter, type Result } from '../kernel/controller/result.ts';
import type { Lease } from '../kernel/lease/lease.ts';
import type { Manager } from '../kernel/manager/types.ts';
import { endPass, isCurrent } from '../kernel/status/writer.ts';
import { isStatusOnly, objectOf } from '../kernel/watch/cache.ts';
import type { Readiness } from '../reporting/readiness.ts';
import { transitionEvents } from '../reporting/transitions.ts';
import { HYPERVISORS, IMAGES, INSTANCES, VOLUMES } from '../resources.ts';
import { ExistingDisks } from './existing.ts';
import { VolumeMemory } from './memory.ts';
import { observeVolume, usersOf } from './observe.ts';
import { planVolume } from './plan.ts';
import { volumeStatus } from './report.ts';
import type { VolumeServices } from './services.ts';
import { addCaptures } from '../snapshots/snapshots.ts';
import { waiting, type StepInput, type StepOutcome } from './step-input.ts';
import { VOLUME_STEPS } from './steps.ts';

export interface VolumeControllerOptions {
  readonly clusterId: string;
  readonly hosts: Hosts;
  readonly bases: BaseImages;
  /** Of the hosts, for all that keeps them busy for long. */
  readonly turns: FairSlots;
}

const WRITER = 'volumes';
/** Finalizer, place, look, disk, growth and the report: more means that plan and steps disagree. */
const MAX_ROUNDS = 10;
/** After the host had no time for it, or did not answer a call: its session finds out which. */
const LOOK_AGAIN_MS = 5_000;
const MAKING_AGAIN_MS = 5_000;

export function addVolumeController(manager: Manager, lease: Lease, options: VolumeControllerOptions): Controller {
  const { clusterId, hosts, bases, turns } = options;
  const volumes = manager.cache(VOLUMES);
  const instances = manager.cache(INSTANCES);
  const services: VolumeServices = {
    clock: manager.clock,
    clusterId,
    volumes,
    images: manager.cache(IMAGES),
    hypervisors: manager.cache(HYPERVISORS),
    usersOf: instances.index(listedVolumes),
    naming: instances.index(askedVolumes),
    hosts,
    bases,
    copiesOf: volumes.index(copiesOfVolumes),
    copies: addCaptures(manager, 'volume-copies', turns),
    secrets: secretsOf(manager.client),
    writer: manager.writer(VOLUMES, WRITER),
    events: manager.events(WRITER),
    memory: new VolumeMemory(),
    existing: new ExistingDisks(volumes, manager.cache(HYPERVISORS)),
    startedAt: manager.clock.now(),
  };
  volumes.onChange(({ kind, previous }) => {
    if (kind !== 'Deleted') return;
    services.memory.forget(previous.metadata.uid);
    services.existing.forget(previous.metadata.uid);
  });
  const controller = manager.controller({ name: WRITER, gate: lease, reconcile: (key, context) => reconcile(services, key, context) });
  addWakeUps(manager, controller, services);
  manager.debug('volumes', () => ({ remembered: services.memory.size }));
  return controller;
}

function addWakeUps(manager: Manager, controller: Controller, { volumes, hosts, bases, copiesOf, copies }: VolumeServices): void {
  const byHost = volumes.index(({ status }) => (status?.hypervisorName === undefined ? [] : [status.hypervisorName]));
  const byImage = volumes.index(({ metadata, spec }) => (spec.imageName === undefined ? [] : [`${metadata.namespace}/${spec.imageName}`]));
  /** Of those that nobody knows a place for yet. */
  const unplaced = volumes.index(({ spec, status }) => (status?.hypervisorName === undefined ? [spec.hypervisorName ?? ''] : []));
  /** Of those that wait for an existing disk, which another may be. */
  const withheld = volumes.index(({ metadata, spec, status }) =>
    spec.existing !== undefined && status?.hypervisorName === undefined ? [metadata.namespace] : [],
  );
  controller.watches(volumes, { when: (change) => !isStatusOnly(change) });
  controller.watches(volumes, {
    when: ({ kind, previous }) => kind === 'Deleted' && previous?.spec.existing !== undefined,
    toKeys: ({ previous }) => withheld.keys(previous?.metadata.namespace ?? ''),
  });
  // Of status, too: a source was made or given back, a copy is done.
  controller.watches(volumes, {
    toKeys: (change) => {
      const volume = objectOf(change);
      return [...copiesOf.keys(keyOf(volume)), ...copiesOfVolumes(volume)];
    },
  });
  controller.watches(manager.cache(INSTANCES), {
    when: ({ previous, current }) => concern(previous) !== concern(current),
    toKeys: ({ previous, current }) => {
      const keys = [previous, current].flatMap((one) => (one === undefined ? [] : namedVolumes(one)));
      return [...new Set(keys.concat(keys.flatMap((key) => copiesOf.keys(key))))];
    },
  });
  controller.watches(manager.cache(IMAGES), {
    when: (change) => !isStatusOnly(change),
    toKeys: ({ previous, current }) => byImage.keys(keyOf(current ?? previous)),
  });
  controller.watches(manager.cache(HYPERVISORS), {
    when: (change) => !isStatusOnly(change),
    toKeys: ({ previous, current }) => {
      const { name } = (current ?? previous).metadata;
      return [...byHost.keys(name), ...unplaced.keys(name), ...unplaced.keys('')];
    },
  });
  hosts.onChange((hostName, machineId) => {
    if (machineId === undefined) for (const key of byHost.keys(hostName)) controller.enqueue(key);
  });
  copies.onChange(({ namespace, name }) => controller.enqueue(`${namespace}/${name}`));
  bases.onChange(({ namespace, name }, hypervisorName) => {
    for (const volume of byImage.get(`${namespace}/${name}`)) {
      if (volume.status?.hypervisorName === hypervisorName && volume.status.capacity === undefined) controller.enqueue(keyOf(volume));
    }
  });
}

/** What of an Instance Volumes have to do with. */
const concern = (instance: Instance | undefined): string =>
  instance === undefined
    ? ''
    : JSON.stringify([
        askedVolumes(instance),
        instance.spec.volumes,
        [instance.metadata.deletionTimestamp, instance.spec.deletionProtection, instance.spec.lock],
        listedVolumes(instance),
        instance.status?.volumes,
        instance.status?.action?.swap,
        instance.status?.hypervisorName,
      ]);

async function reconcile(services: VolumeServices, key: string, context: ReconcileContext): Promise<Result> {
  let volume = services.volumes.get(key);
  for (let round = 0; volume !== undefined && round < MAX_ROUNDS; round += 1) {
    const world = observeVolume(services, volume);
    const plan = planVolume(world);
    if (plan.kind === 'Quiet') return DONE;
    if (plan.kind === 'Report') return report(services, volume, plan.readiness, plan.dueAt, context);
    const outcome = await take(VOLUME_STEPS[plan.step], { services, call: context, world, volume });
    switch (outcome.kind) {
      case 'Done':
        volume = outcome.volume;
        break;
      case 'Pending':
        return report(services, volume, outcome.readiness, outcome.dueAt, context);
      case 'Ended':
        return endPass(outcome.outcome);
      case 'Later':
        return requeueAfter(LOOK_AGAIN_MS);
    }
  }
  if (volume === undefined) return DONE;
  throw new Error(`no end after ${MAX_ROUNDS} rounds: ${key}`);
}

/** A failure of the host's is on record then, and the next round plans with it. */
async function take(step: (input: StepInput) => Promise<StepOutcome>, input: StepInput): Promise<StepOutcome | { readonly kind: 'Later' }> {
  const { services, volume, world, call } = input;
  try {
    return await step(input);
  } catch (error) {
    if (!(error instanceof DriverError) || call.signal.aborted) throw error;
    if (isNotNow(error) || error.label === 'HostUnreachable') return { kind: 'Later' };
    const { label, reason, message } = error;
    if (reason === DISK_BEING_MADE) return waiting(reason, `waits: ${message}`, world.now + MAKING_AGAIN_MS);
    const attempts = (world.failure?.attempts ?? 0) + 1;
    services.memory.note(volume.metadata, { failure: { label, reason, message, at: services.clock.now(), attempts } });
    return { kind: 'Done', volume };
  }
}

async function report(
  services: VolumeServices,
  volume: Volume,
  readiness: Readiness,
  dueAt: number | undefined,
  context: ReconcileContext,
): Promise<Result> {
  const world = observeVolume(services, volume);
  const status = volumeStatus(volume, world, usersOf(services, volume), readiness);
  const written = await services.writer.writeStatus(volume, status, context);
  if (!isCurrent(written)) return endPass(written);
  if (written.kind === 'Written')
    for (const event of transitionEvents(volume.status?.conditions, status.conditions, 'Reconcile'))
      services.events.record(written.object, event);
  if (readiness.reason === 'DisksLost') services.memory.note(volume.metadata, { seen: 'No' });
  return dueAt === undefined ? DONE : requeueAfter(Math.max(0, dueAt - world.now));
}
