/** Condition VolumesReady: whether the machine has the volumes that are asked for, and no others. Pure. */
import type { ConditionInput } from '../../kernel/status/conditions.ts';
import { VOLUME_BEING_COPIED } from '../plan/volume-copied.ts';
import type { World } from '../plan/types.ts';
import { isLeftOut, namesOf } from '../plan/volumes.ts';

/** Undefined: there are none, but maybe the root disk, of which only what keeps it away is told. */
export function volumesReady({ volumes, missing }: World): ConditionInput | undefined {
  const root = missing.find(({ kind, reason }) => kind === 'Volume' && reason !== VOLUME_BEING_COPIED);
  if (root !== undefined) return state('False', root.reason, `the root disk: waits until ${root.until}`);
  if (volumes.length === 0) return undefined;
  const left = volumes.find(isLeftOut);
  if (left?.hindrance !== undefined) return state('False', left.hindrance.reason, `${left.name}: waits until ${left.hindrance.until}`);
  const leaving = volumes.filter(({ wanted }) => !wanted);
  if (leaving.length > 0) return state('False', 'Detaching', namesOf(leaving));
  const coming = volumes.filter(({ plugged }) => plugged !== 'Yes');
  return coming.length > 0 ? state('False', 'Attaching', namesOf(coming)) : state('True', 'Attached', namesOf(volumes));
}

const state = (status: 'True' | 'False', reason: string, message: string): ConditionInput => ({
  type: 'VolumesReady',
  status,
  reason,
  message,
});
