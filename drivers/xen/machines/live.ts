/** Changes to a machine that runs: its cards, and its mark. */
import type { Drift, MachineInterface, MachineSpec } from '../../contract.ts';
import type { Target } from '../../owner.ts';
import { isXapi } from '../errors.ts';
import { markOf } from '../mark.ts';
import { run } from '../session/tasks.ts';
import type { Kept } from '../session/objects.ts';
import type { Site } from '../site.ts';
import type { Left } from '../time.ts';
import { readIdle, refused, type Vm } from './fresh.ts';
import { firstFree, isVif, wantedVif } from './in-line.ts';
import { runOf, writeMark, writeSpec } from './marking.ts';
import { isOn } from './power.ts';
import { specOf } from './spec-entry.ts';
import { cardTagOf } from './tags.ts';
import { vifsOf } from './view.ts';

/** The mark first: a card that the guest holds on to keeps nothing else waiting. */
export async function updateLive(site: Site, target: Target, wanted: MachineSpec, drifts: readonly Drift[], left: Left): Promise<void> {
  const fields = drifts.filter(({ effect }) => effect === 'Live').map(({ field }) => field);
  const vm = await readIdle(site, target, left);
  if (fields.length === 0) return;
  if (!isOn(vm)) throw refused(vm, 'change');
  if (fields.includes('owner')) await writeMark(site, vm, { ...runOf(markOf(vm.other_config)), ...wanted.owner }, left);
  const names = fields.flatMap((field) => /^interfaces\[([^\]]+)\]/.exec(field)?.[1] ?? []);
  if (names.length === 0) return;
  // What is asked for is in the definition whatever the guest does.
  await planCards(site, vm, wanted.interfaces, left);
  const failures: unknown[] = [];
  for (const name of new Set(names)) {
    const card = wanted.interfaces.find((one) => one.name === name);
    await meet(site, vm, name, card, left).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

async function planCards(site: Site, vm: Vm, interfaces: readonly MachineInterface[], left: Left): Promise<void> {
  const entry = specOf(vm.other_config);
  if (entry !== undefined) await writeSpec(site, vm, { applied: false, plan: { ...entry.plan, interfaces } }, left);
}

/** A card of another MAC or network is another card. */
async function meet(site: Site, vm: Vm, name: string, card: MachineInterface | undefined, left: Left): Promise<void> {
  const named = vifsOf(site, vm).filter((vif) => cardTagOf(vif.other_config)?.name === name);
  const record = card && wantedVif(site, vm, card);
  const kept = record && named.find((vif) => isVif(vif, record));
  for (const vif of named) if (vif !== kept) await takeOut(site, vif, left);
  if (kept?.currently_attached === true || record === undefined) return;
  const device = firstFree(new Set(vifsOf(site, vm).map((vif) => vif.device)));
  const ref = kept?.ref ?? (await site.rpc.create('VIF', { ...record, device }, left));
  await run(site.pool, 'VIF.plug', { self: ref }, left);
}

async function takeOut(site: Site, vif: Kept<'VIF'>, left: Left): Promise<void> {
  try {
    if (vif.currently_attached) await run(site.pool, 'VIF.unplug', { self: vif.ref }, left);
  } catch (error) {
    if (!isXapi(error, 'DEVICE_ALREADY_DETACHED')) throw error;
  }
  await site.rpc.destroy('VIF', vif.ref, left);
  await site.pool.sync(left);
}
