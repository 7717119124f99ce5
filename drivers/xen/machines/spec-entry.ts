/**
 * What a machine is to be, in its `other_config`: XAPI has one definition of a machine, which is also what runs, and changes of
 * most of it only while it is off. What is asked for meanwhile is kept here until the next start (`applied: false`). It also
 * tells what of a specification no field of XAPI's does.
 */
import type { MachineSpec } from '../../contract.ts';
import { changeTo, firstEntry, latest, parseRecord, type MapChange, type StringMap } from '../numbered.ts';

/** With the number behind it. */
const KEY = 'hostler.dev/spec.';

export type Plan = Omit<MachineSpec, 'machineId' | 'name' | 'owner'>;

export interface SpecEntry {
  readonly applied: boolean;
  readonly plan: Plan;
}

export const specEntry = (entry: SpecEntry): StringMap => firstEntry(KEY, write(entry));
export const specChange = (config: StringMap, entry: SpecEntry): MapChange => changeTo(config, KEY, write(entry));

/** Undefined of a machine that was not defined by us. */
export const specOf = (config: StringMap): SpecEntry | undefined => latest(config, KEY, read);

export function planOf({ machineId: _id, name: _name, owner: _owner, ...plan }: MachineSpec): Plan {
  return plan;
}

const write = ({ applied, plan }: SpecEntry): string => JSON.stringify({ applied, plan });

/** Written by us: only what was cut off or edited is none. */
function read(text: string): SpecEntry | undefined {
  const fields = parseRecord(text);
  const plan = fields?.['plan'];
  if (typeof plan !== 'object' || plan === null || !('disks' in plan) || !('interfaces' in plan)) return undefined;
  return { applied: fields?.['applied'] === true, plan: plan as Plan };
}
