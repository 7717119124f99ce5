/** Changes to a machine that runs: its cards, and its mark. */
import type { LibvirtClient } from 'node-libvirt';
import type { Drift, MachineSpec } from '../../contract.ts';
import type { Target } from '../../owner.ts';
import { interfaceOf } from '../domain/interfaces.ts';
import type { Left } from '../time.ts';
import { readIdle, refused } from './fresh.ts';
import { meetInterfaces } from './interface-verbs.ts';
import { runOf, writeMark } from './marking.ts';

/** The mark first: a card that the guest holds on to keeps nothing else waiting. */
export async function updateLive(
  client: LibvirtClient,
  target: Target,
  wanted: MachineSpec,
  drifts: readonly Drift[],
  left: Left,
): Promise<void> {
  const fields = drifts.filter(({ effect }) => effect === 'Live').map(({ field }) => field);
  const fresh = await readIdle(client, target, left);
  if (fields.length === 0) return;
  if (!fresh.active) throw refused(fresh, 'change');
  if (fields.includes('owner')) await writeMark(client, fresh, { ...runOf(fresh.owner), ...wanted.owner }, left);
  const names = new Set(fields.flatMap((field) => interfaceOf(field) ?? []));
  await meetInterfaces(client, fresh, wanted.interfaces, names, left);
}
