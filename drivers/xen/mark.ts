/** The owner mark in a machine's `other_config`. There is always one to be read, whenever we are cut off (numbered.ts). */
import type { MachineRole, OwnerMark } from '../owner.ts';
import { changeTo, firstEntry, latest, parseRecord, type MapChange, type StringMap } from './numbered.ts';

/** With the number behind it. */
const KEY = 'hostler.dev/owner.';
const ROLES = ['main', 'rescue', 'orig', 'retained'] as const satisfies readonly MachineRole[];

/** For a new machine. */
export const markEntry = (mark: OwnerMark): StringMap => firstEntry(KEY, write(mark));

/** Undefined: there is none, or none that is complete; then the machine is not ours. */
export const markOf = (config: StringMap): OwnerMark | undefined => latest(config, KEY, read);

export const markChange = (config: StringMap, mark: OwnerMark): MapChange => changeTo(config, KEY, write(mark));

/** Always the same fields in the same order, for people who look at it. */
function write({ clusterId, namespace, name, uid, role, origin, operation, runId, bootHash }: OwnerMark): string {
  return JSON.stringify({ clusterId, namespace, name, uid, role, origin, operation, runId, bootHash });
}

function read(text: string): OwnerMark | undefined {
  const fields = parseRecord(text);
  const value = (key: keyof OwnerMark): string | undefined => {
    const found = fields?.[key];
    return typeof found === 'string' ? found : undefined;
  };
  const [clusterId, namespace, name, uid] = [value('clusterId'), value('namespace'), value('name'), value('uid')];
  const role = ROLES.find((known) => known === value('role'));
  if (clusterId === undefined || namespace === undefined || name === undefined || uid === undefined || role === undefined) return undefined;
  const [operation, runId, bootHash] = [value('operation'), value('runId'), value('bootHash')];
  return {
    clusterId,
    namespace,
    name,
    uid,
    role,
    ...(value('origin') === 'Adopted' ? { origin: 'Adopted' as const } : {}),
    ...(operation === undefined ? {} : { operation }),
    ...(runId === undefined ? {} : { runId }),
    ...(bootHash === undefined ? {} : { bootHash }),
  };
}
