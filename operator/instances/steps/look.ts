/** Steps that only read: what a plan wants to know before it decides. What they find counts in this pass alone. */
import type { Machine } from '../../../drivers/contract.ts';
import type { Pass } from '../pass.ts';
import { diskName, machineName } from '../naming.ts';
import { twinOf } from '../twins.ts';
import { expectedDisks } from './disks.ts';
import { hostOf, reads } from './host.ts';
import type { Pending } from './types.ts';

/** Asks the host afresh for every machine that has to do with this Instance. */
export async function lookForTwins(pass: Pass): Promise<undefined> {
  const { services, memory, scene } = pass;
  const { identity, record, desired } = scene.world;
  const { clusterId, namespace, name, uid } = identity;
  const id = record.machineId ?? uid;
  const host = hostOf(pass);
  const at = services.clock.monotonic();
  const machineIds = [...new Set([id, uid, ...(desired.adoptMachineId === undefined ? [] : [desired.adoptMachineId])])];
  const found = await reads(pass, (driver, call) =>
    driver.locate({ machineIds, name: machineName(identity), clusterId, namespacedName: { namespace, name } }, call),
  );
  memory.note(uid, { read: { at, machine: found.find(({ machineId }) => machineId === id) } });
  const isLiving = (owner: string): boolean => services.caches.instances.getByUid(owner) !== undefined;
  pass.looked = { ...pass.looked, twins: found.map((machine) => twinOf(host.name, machine, identity, isLiving)) };
  return undefined;
}

/** Which of the disks made for this Instance are there. */
export async function lookForDisks(pass: Pass): Promise<undefined> {
  const { uid } = pass.scene.world.identity;
  const root = pass.status.disks?.find(({ role }) => role === 'root')?.volume ?? diskName(uid, 'root');
  const disks = await expectedDisks(pass, root, [root]);
  pass.looked = { ...pass.looked, disks: { rootExists: disks.some(({ name }) => name === root) } };
  return undefined;
}

const FIRST_MISS_MS = 5_000;
const LONGEST_MISS_MS = 120_000;

/** User data, by name, from the namespace of the Instance. While it is missing: again after 5 s, doubling to 2 min. */
export async function readSecret(pass: Pass): Promise<Pending | undefined> {
  const { services, memory, scene, call } = pass;
  const { namespace, uid } = scene.world.identity;
  const ref = scene.instance.spec.userData?.secretKeyRef;
  if (ref === undefined) return undefined;
  const found = await services.secrets.read(namespace, ref.name, ref.key, call.signal);
  if (found.kind === 'Found') {
    pass.userData = found.value;
    pass.looked = { ...pass.looked, secret: { kind: 'Read' } };
    memory.note(uid, { secret: undefined });
    return undefined;
  }
  const misses = (memory.of(uid).secret?.misses ?? 0) + 1;
  const retryAt = services.clock.now() + Math.min(FIRST_MISS_MS * 2 ** (misses - 1), LONGEST_MISS_MS);
  memory.note(uid, { secret: { misses, retryAt, message: found.message } });
  pass.looked = { ...pass.looked, secret: { kind: 'Missing', until: found.message, retryAt } };
  return undefined;
}

/** The machine by itself, after something was done to it. Undefined: the host says that it is not there. */
export async function inspectAgain(pass: Pass): Promise<Machine | undefined> {
  const { services, memory, scene, status, call } = pass;
  const { uid } = scene.world.identity;
  const at = services.clock.monotonic();
  const machine = await hostOf(pass).reread(status.machineId ?? uid, call.signal);
  memory.note(uid, { read: { at, machine } });
  return machine;
}
