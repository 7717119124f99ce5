/** Steps that end what was between an Instance and a machine: proof that it is gone, letting go, the finalizer. */
import { INSTANCE_FINALIZER } from '../../../crds/vocabulary.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { isOwnedBy } from '../../../drivers/owner.ts';
import { keyOf } from '../../kernel/api/object.ts';
import { isCurrent } from '../../kernel/status/writer.ts';
import { noteLeft } from '../left-behind.ts';
import { Superseded, type Pass } from '../pass.ts';
import { deleteDisks } from './disks.ts';
import { thawFirst } from './freeze.ts';
import { changes, hostOf, QUICK_MS, reads, targetOf, WORK_MS } from './host.ts';

/** The host itself says that no machine of ours is there. */
export async function proveGone(pass: Pass): Promise<undefined> {
  const { identity } = pass.scene.world;
  const { clusterId, namespace, name, uid } = identity;
  const machineIds = [...new Set([uid, pass.status.machineId ?? uid])];
  const found = await reads(pass, (driver, call) => driver.locate({ machineIds, clusterId, namespacedName: { namespace, name } }, call));
  const left = found.find(({ owner }) => isOwnedBy(owner, identity));
  if (left !== undefined) throw new DriverError('Conflict', `machine ${left.machineId} is still there`, { reason: 'StillThere' });
  return undefined;
}

/** The machine stays as it runs, and is nobody's. */
export async function retain(pass: Pass): Promise<undefined> {
  const { state } = pass.scene;
  if (state?.owner === undefined) throw new DriverError('Conflict', 'the owner mark is not known', { reason: 'StillThere' });
  await thawFirst(pass);
  const mark = { ...state.owner, role: 'retained' } as const;
  await changes(pass, 'Build', QUICK_MS, (driver, call) => driver.setMark(targetOf(pass), mark, call));
  return undefined;
}

/** What an unfinished spawn left: a machine that never ran, and disks that nothing refers to. */
export async function removeLeftovers(pass: Pass): Promise<undefined> {
  const { machine } = pass.scene.world;
  if (machine.kind === 'Present' && machine.machine.runId !== undefined) {
    throw new DriverError('Conflict', 'the machine has run meanwhile: it is no left-over', { reason: 'HasRun' });
  }
  if (machine.kind === 'Present') await changes(pass, 'Build', WORK_MS, (driver, call) => driver.undefine(targetOf(pass), call));
  await proveGone(pass);
  await deleteDisks(pass);
  // What was found before is no more, here and in the last observation of this host.
  pass.looked = { ...pass.looked, twins: undefined, disks: undefined };
  noteLeft(pass.memory, pass.scene.world.identity.uid, hostOf(pass).name, pass.services.clock.monotonic());
  return undefined;
}

export async function removeFinalizer(pass: Pass): Promise<undefined> {
  const { services, instance, memory } = pass;
  if (instance.spec.deletionPolicy === 'Abandon') await noteAbandoned(pass);
  const outcome = await services.writer.removeFinalizer(instance, INSTANCE_FINALIZER, pass.call);
  if (outcome.kind === 'Conflict') throw new Superseded(outcome.kind);
  if (isCurrent(outcome)) pass.instance = outcome.object;
  services.claims.forget(keyOf(instance));
  memory.forget(instance.metadata.uid);
  return undefined;
}

/** Before the object goes: afterwards nobody would know. */
async function noteAbandoned({ services, instance, status, call }: Pass): Promise<void> {
  const { uid } = instance.metadata;
  const { hypervisorName, machineId = uid } = status;
  if (hypervisorName !== undefined) await services.noteAbandoned(hypervisorName, [...new Set([uid, machineId])], call);
}
