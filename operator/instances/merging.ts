/**
 * Merging the disks that resizes left on one another (why, and how: docs/adr/0017): the host is asked how far it is, and begins
 * where nothing goes on. What a disk does not stand on any more is deleted. Nothing of it is on record: a process that knows
 * nothing of a disk looks, and finds it merged, or merges it.
 */
import type { InstanceStatus } from '../../crds/instance.ts';
import type { DiskRef, Machine, Merging } from '../../drivers/contract.ts';
import { isMadeFrom, stemOf, topmostFirst } from '../../drivers/disk-names.ts';
import { DriverError } from '../../drivers/labels.ts';
import { isOwnedBy } from '../../drivers/owner.ts';
import type { Host } from '../hypervisors/host.ts';
import type { Memory, MergingMemory } from './memory.ts';
import { incarnationOf } from './naming.ts';
import type { Pass } from './pass.ts';
import type { Plan } from './plan/types.ts';
import { deleteDisk } from './steps/disks.ts';
import { hostOf, QUICK_MS, reads, targetOf } from './steps/host.ts';
import { owners } from './steps/own-disks.ts';
import { poolsOfTwins } from './steps/pools.ts';

const LOOK_MS = 5_000;
/** What failed, or was broken off, is tried again after this, and after twice as long each time. */
const FIRST_AGAIN_MS = 60_000;
const LONGEST_AGAIN_MS = 900_000;

/** Whether a disk was made from others, which this process has not seen merged. */
export function isLayered(memory: Memory, host: Host | undefined, uid: string, { machineId = uid, disks = [] }: InstanceStatus): boolean {
  if (host?.driver.capabilities.has('MergeDisks') !== true) return false;
  const merged = memory.of(uid).merging?.merged;
  return disks.some(({ volume }) => isResized(volume, [uid, machineId]) && merged?.has(volume) !== true);
}

const isResized = (name: string, of: readonly string[]): boolean =>
  name.includes('.') && of.some((owner) => incarnationOf(name, owner) !== undefined);

/** At the end of a pass: goes on with it where the plan says so. In how many milliseconds to come back for it; infinity: there is nothing to do. */
export async function mergeBeside(pass: Pass, plan: Plan): Promise<number> {
  if (plan.kind !== 'Settled' || plan.beside !== 'Merge') return Number.POSITIVE_INFINITY;
  const { memory, scene, services, call, log } = pass;
  const { uid } = scene.world.identity;
  const now = services.clock.monotonic();
  const before = memory.of(uid).merging ?? NOTHING;
  const { lookAt = now, merged, failures } = before;
  if (lookAt > now) return lookAt - now;
  const later = (ms: number, over: Partial<MergingMemory>): number => {
    memory.note(uid, { merging: { ...before, ...over, lookAt: now + ms } });
    return ms;
  };
  const again = (): number => later(Math.min(FIRST_AGAIN_MS * 2 ** failures, LONGEST_AGAIN_MS), { failures: failures + 1 });
  try {
    const left = await mergeAll(pass, merged);
    if (left === undefined) return Number.POSITIVE_INFINITY;
    // Once it has begun it goes on to its end: a second beginning means that the first was broken off.
    return left === 'Begun' && before.begun ? again() : later(LOOK_MS, { begun: before.begun || left === 'Begun' });
  } catch (error) {
    if (call.signal.aborted || !(error instanceof DriverError)) throw error;
    log.info('Disks could not be merged', { error });
    return again();
  }
}

const NOTHING: MergingMemory = { merged: new Set(), failures: 0, begun: false };

/** What is still to be done; undefined: nothing. */
async function mergeAll(pass: Pass, merged: ReadonlySet<string>): Promise<'Begun' | 'GoesOn' | undefined> {
  const { machineId } = targetOf(pass);
  const machine = await reads(pass, (driver, call) => driver.inspect(machineId, call));
  if (machine === undefined || !isOwnedBy(machine.owner, pass.scene.world.identity)) return 'GoesOn';
  const resized = resizedDisks(pass, machine);
  const states: Merging['kind'][] = [];
  for (const disk of resized) if (!merged.has(disk.name)) states.push((await mergeOne(pass, disk)).kind);
  if (states.includes('Begun')) return 'Begun';
  if (states.includes('GoesOn')) return 'GoesOn';
  pass.memory.note(pass.scene.world.identity.uid, { merging: { ...NOTHING, merged: new Set(resized.map(({ name }) => name)) } });
  return undefined;
}

const resizedDisks = (pass: Pass, { disks }: Machine): readonly DiskRef[] => disks.filter(({ name }) => isResized(name, owners(pass)));

async function mergeOne(pass: Pass, { pool, name }: DiskRef): Promise<Merging> {
  const { call, log, services, instance } = pass;
  const origins = await originsOf(pass, { pool, name });
  if (origins.length === 0) return { kind: 'Done' };
  const merging = await hostOf(pass).act('Build', QUICK_MS, call.signal, (driver, within) =>
    driver.mergeDisk(targetOf(pass), { pool, name }, within),
  );
  if (merging.kind === 'Begun') log.info('The host merges a disk', { disk: name, pool });
  if (merging.kind !== 'Done') return merging;
  // In a pool that another host reaches, a copy of the machine may still stand on them: they go with the Instance.
  if (poolsOfTwins(pass).has(pool)) return merging;
  for (const disk of origins) await deleteDisk(pass, disk, call.signal);
  const note = `disk ${name} was merged with what it was made from: ${origins.map((disk) => disk.name).join(', ')}`;
  services.events.record(instance, { type: 'Normal', reason: 'DisksMerged', action: 'MergeDisks', note });
  return merging;
}

/** What it was made from, in the order in which they can be deleted. */
async function originsOf(pass: Pass, { pool, name }: DiskRef): Promise<readonly DiskRef[]> {
  const namePrefix = stemOf(name);
  const disks = await reads(pass, (driver, call) => driver.listDisks({ pools: [pool], namePrefix }, call));
  return topmostFirst(disks.filter((disk) => isMadeFrom(name, disk.name)));
}
