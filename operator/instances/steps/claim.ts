/** Steps that write to the object before anything is done on a host: the finalizer, the claim, and its changes. */
import type { InstanceStatus, Resolved } from '../../../crds/instance.ts';
import { formatQuantity } from '../../../crds/quantity.ts';
import { INSTANCE_FINALIZER } from '../../../crds/vocabulary.ts';
import { keyOf } from '../../kernel/api/object.ts';
import { isCurrent } from '../../kernel/status/writer.ts';
import type { Placement } from '../../scheduler/types.ts';
import { findSource } from '../../images/source.ts';
import { diskBytesOf } from '../candidates.ts';
import { claimOf } from '../claims.ts';
import { noteLeft } from '../left-behind.ts';
import { interfacesOf } from '../machine-spec.ts';
import { place } from '../placing.ts';
import { Superseded, taskFor, type Pass } from '../pass.ts';
import { retryDelay } from '../plan/retry.ts';
import { spawnSteps } from '../plan/spawn.ts';
import type { Failure, Twin } from '../plan/types.ts';
import { rootImage, type RootImage } from '../root-image.ts';
import { tellUnderWay } from '../tell.ts';
import { claimedRoot } from './root-volume.ts';
import type { Pending } from './types.ts';

export async function addFinalizer(pass: Pass): Promise<undefined> {
  const outcome = await pass.services.writer.addFinalizer(pass.instance, INSTANCE_FINALIZER, pass.call);
  if (!isCurrent(outcome)) throw new Superseded(outcome.kind);
  pass.instance = outcome.object;
  const { finalizer, identity, record } = pass.scene.world;
  if (!finalizer && record.hypervisorName === undefined) pass.memory.note(identity.uid, { begun: true });
  return undefined;
}

/** Chooses a host and writes it down: from here on a crash finds its own trace. The write is guarded, and never coalesced. */
export async function claim(pass: Pass): Promise<Pending | undefined> {
  const { services, scene } = pass;
  const { record } = scene.world;
  const rootVolume = claimedRoot(pass);
  const holder = rootVolume && services.volumeClaims.holderBeside(rootVolume.volumeUid, pass.instance);
  if (holder !== undefined) return { reason: 'VolumeInUse', message: `waits until Instance ${holder.metadata.name} gives its Volume back` };
  const excluded = record.failure?.operation === 'Spawn' ? record.failure.failedOn : [];
  const answer = await place(pass, excluded);
  // No other host fits: this one is tried again when the pause after its failure is over.
  if (answer.kind === 'NoFit') {
    pass.status = { ...pass.status, origin: 'Created' };
    return { reason: 'NoHypervisorFits', message: answer.explanation, retryAt: retryAt(record.failure, scene.world.now) };
  }
  const key = keyOf(pass.instance);
  const before = claimOf(pass.instance);
  const resolved = resolvedFor(pass, answer, rootImage(pass));
  services.claims.assume(key, {
    hypervisorName: answer.hypervisorName,
    vcpus: scene.wanted.size?.vcpus ?? 0,
    memoryBytes: scene.wanted.size?.memoryBytes ?? 0,
  });
  const pool = services.caches.hypervisors.get(answer.hypervisorName)?.spec.pools?.[answer.pool]?.pool ?? '';
  services.promises.add(answer.hypervisorName, pool, diskBytesOf(scene), services.clock.monotonic());
  try {
    // Another host begins with nothing of what the last one failed of; the faults stay, to keep it excluded.
    const fresh = record.hypervisorName === undefined;
    pass.status = {
      ...pass.status,
      hypervisorName: answer.hypervisorName,
      resolved,
      interfaces: interfacesOf(scene.wanted),
      origin: 'Created',
      ...(rootVolume && { rootVolume }),
    };
    const claimed = rootVolume === undefined ? [] : [rootVolume.volumeUid];
    await services.volumeClaims.during(claimed, pass.instance, () => writeIntent(pass, spawnSteps(scene.world).steps.length));
    pass.freshClaim = fresh;
  } catch (error) {
    services.claims.forget(key, before);
    throw error;
  }
  return undefined;
}

/** Where no host fits, changes of Hypervisors wake us; free space changes without. */
const RETRY_MS = 60_000;

const retryAt = (failure: Failure | undefined, now: number): number =>
  failure === undefined ? now + RETRY_MS : failure.at + retryDelay(failure);

/** The adopted machine's host and id, before its mark is changed. */
export async function claimMachine(pass: Pass, twin: Twin): Promise<undefined> {
  pass.status = {
    ...pass.status,
    hypervisorName: twin.hypervisorName,
    machineId: twin.machineId,
    origin: twin.kind === 'Adoptable' ? 'Adopted' : 'Created',
  };
  await writeIntent(pass, 1);
  return undefined;
}

/** Status names the host where the machine is, before anything is done there. */
export async function follow(pass: Pass, { hypervisorName, machineId }: Twin): Promise<undefined> {
  const { scene, services } = pass;
  services.events.record(pass.instance, {
    type: 'Warning',
    reason: 'MachineMoved',
    action: 'Follow',
    note: `The machine was found on Hypervisor ${hypervisorName}${scene.status.hypervisorName === undefined ? '' : `, no longer on ${scene.status.hypervisorName}`}`,
  });
  pass.status = { ...pass.status, ...withoutBoot(pass.status), hypervisorName, machineId };
  const { uid } = scene.world.identity;
  pass.memory.note(uid, { read: undefined, actedAt: undefined, missedAt: undefined });
  if (scene.status.hypervisorName !== undefined) noteLeft(pass.memory, uid, scene.status.hypervisorName, services.clock.monotonic());
  await writeIntent(pass, 1);
  return undefined;
}

/** The boot that the run began in was that of the host it left: compared with another host's, it says nothing. */
function withoutBoot({ run }: InstanceStatus): Pick<InstanceStatus, 'run'> {
  if (run === undefined) return {};
  const { bootId: _, ...rest } = run;
  return { run: rest };
}

async function writeIntent(pass: Pass, stepCount: number): Promise<void> {
  const { operation } = pass.plan;
  pass.status = { ...pass.status, task: { ...taskFor(pass, operation), stepIndex: 0, stepCount } };
  await tellUnderWay(pass);
  if (pass.memory.of(pass.instance.metadata.uid).begun === true) pass.memory.note(pass.instance.metadata.uid, { begun: undefined });
}

/** What the names in the spec mean on the chosen host. */
export function resolvedFor(
  { services, scene }: Pass,
  { hypervisorName, pool }: Pick<Placement, 'hypervisorName' | 'pool'>,
  from: RootImage | undefined,
): Resolved {
  const { size } = scene.wanted;
  const { image, restored } = from ?? {};
  const source = image && findSource(image, services.hosts.get(hypervisorName)?.driver.imageFormats ?? []);
  return {
    pool,
    ...(size && {
      flavorName: size.flavorName,
      vcpus: size.vcpus,
      memory: formatQuantity(size.memoryBytes),
      rootDisk: formatQuantity(size.rootDiskBytes),
    }),
    ...(image &&
      source && {
        image: {
          name: image.metadata.name,
          uid: image.metadata.uid,
          format: source.format,
          ...(source.checksum && { sha256: source.checksum.sha256 }),
          ...(image.spec.properties === undefined ? {} : { properties: image.spec.properties }),
        },
      }),
    ...(restored && { restored }),
  };
}
