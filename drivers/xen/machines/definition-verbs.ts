/** The verbs that make, change and remove definitions. */
import { isDeepStrictEqual } from 'node:util';
import type { MachineSpec } from '../../contract.ts';
import { DriverError, isUndoable } from '../../labels.ts';
import { isOwnedBy, type OwnerMark, type Target } from '../../owner.ts';
import { isXapi, toDriverError } from '../errors.ts';
import { markOf } from '../mark.ts';
import type { Ref } from '../model/model.ts';
import { run } from '../session/tasks.ts';
import { isMachine, type Site } from '../site.ts';
import { ownTime, type Left } from '../time.ts';
import { readOwned, refused, type Vm } from './fresh.ts';
import { requireSupport } from './hardware.ts';
import { bringInLine, hasItsDisks } from './in-line.ts';
import { runOf, startOf, writeMark, writeSpec } from './marking.ts';
import { isOn } from './power.ts';
import { recordOf } from './record.ts';
import { planOf, specOf, type Plan } from './spec-entry.ts';

export async function define(site: Site, spec: MachineSpec, left: Left): Promise<{ readonly machineId: string }> {
  requireSupport(spec);
  await site.pool.sync(left);
  for (const { source } of spec.interfaces) site.network(source);
  const existing = findExisting(site, spec);
  if (existing === undefined) return create(site, spec, left);
  const plan = withKept(planOf(spec), specOf(existing.other_config)?.plan);
  await writeMark(site, existing, { ...keptOf(markOf(existing.other_config), spec.owner), ...spec.owner }, left);
  await definePlan(site, existing, plan, left);
  return { machineId: existing.uuid };
}

/** What the mark goes on saying of its run; of one that has another role now it says nothing. */
const keptOf = (before: OwnerMark | undefined, { role }: OwnerMark): Partial<OwnerMark> =>
  before?.role === role ? { ...startOf(before), ...runOf(before) } : {};

/** Firmware that nobody asks for stays: the guest was installed with it. */
const withKept = (plan: Plan, before: Plan | undefined): Plan =>
  plan.firmware === undefined && before?.firmware !== undefined ? { ...plan, firmware: before.firmware } : plan;

/** One that is off is brought in line at once; of any other, and where a disk is still to come, it is kept for the next start. */
async function definePlan(site: Site, vm: Vm, plan: Plan, left: Left): Promise<void> {
  const entry = specOf(vm.other_config);
  const isKnown = entry !== undefined && isDeepStrictEqual(entry.plan, asWritten(plan));
  if (vm.power_state !== 'Halted') {
    if (!isKnown) await writeSpec(site, vm, { applied: false, plan }, left);
    return;
  }
  if (!hasItsDisks(site, plan)) {
    if (!isKnown || entry.applied) await writeSpec(site, vm, { applied: false, plan }, left);
    return;
  }
  await bringInLine(site, vm, plan, left);
  if (!isKnown || !entry.applied) await writeSpec(site, vm, { applied: true, plan }, left);
}

/** Fields that are there and undefined are not written. */
const asWritten = (plan: Plan): unknown => JSON.parse(JSON.stringify(plan));

async function create(site: Site, spec: MachineSpec, left: Left): Promise<{ readonly machineId: string }> {
  const ref = await site.rpc.create('VM', recordOf(spec, site.host().ref), left);
  try {
    await site.pool.sync(left);
    const vm = site.objects.get('VM', ref);
    if (vm === undefined) throw new DriverError('Unknown', `machine ${spec.name} is gone right after it was made`);
    await definePlan(site, vm, planOf(spec), left);
    return { machineId: vm.uuid };
  } catch (error) {
    throw await undone(site, ref, error, spec, left);
  }
}

const UNDO_MS = 30_000;

async function undone(site: Site, ref: Ref, error: unknown, { name }: MachineSpec, left: Left): Promise<DriverError> {
  const failure = toDriverError(error, `define machine ${name}`, 'Change', left().signal);
  // Where it cannot be undone it is found by its mark, and continued.
  if (isUndoable(failure)) await site.rpc.destroy('VM', ref, ownTime(UNDO_MS)).catch(() => undefined);
  return failure;
}

/** The machine to go on with. Names are unique in the pool: one that is not ours, wherever it is, is somebody else's. */
function findExisting(site: Site, { name, owner }: MachineSpec): Vm | undefined {
  const named = [...site.objects.all('VM')].filter((vm) => vm.name_label === name && isMachine(vm));
  const strange = named.find((vm) => !isOwnedBy(markOf(vm.other_config), owner));
  if (strange !== undefined)
    throw new DriverError('Conflict', `machine ${name} (${strange.uuid}) is in the pool already and is not ours: it is not touched`, {
      reason: 'InstanceExists',
    });
  const elsewhere = named.find((vm) => !site.isHere(vm));
  if (elsewhere !== undefined)
    throw new DriverError('Conflict', `machine ${name} (${elsewhere.uuid}) is on another host of the pool`, { reason: 'OnAnotherHost' });
  return named[0];
}

/** A saved state goes with it: XAPI destroys only what is off. Disks stay. */
export async function undefine(site: Site, target: Target, left: Left): Promise<void> {
  const vm = await readOwned(site, target, left);
  if (vm === undefined) return;
  if (isOn(vm)) throw refused(vm, 'undefine');
  try {
    if (vm.power_state === 'Suspended') await run(site.pool, 'VM.hard_shutdown', { vm: vm.ref }, left);
    await site.rpc.destroy('VM', vm.ref, left);
  } catch (error) {
    if (!isXapi(error, 'HANDLE_INVALID')) throw error;
  }
}
