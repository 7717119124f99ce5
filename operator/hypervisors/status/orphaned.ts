/** The condition that tells of machines whose Instance does not exist any more. Pure. */
import type { OrphansSpec } from '../../../crds/hypervisor.ts';
import type { ConditionInput } from '../../kernel/status/conditions.ts';
import { ORPHANS_AFTER, type Orphan } from '../orphans.ts';

/** More are counted, not named. */
const NAMED = 20;

/** What is done to them, and what can be done before; the reason changes with it, so that it is told beforehand. */
const FATES = {
  Report: {
    reason: 'InstanceGone',
    fate: () =>
      'Nothing is done to them: an Instance of that namespace and name takes one over with spec.adopt.machineId; what nobody needs is removed on the host',
  },
  Stop: { reason: 'OrphansStopped', fate: (after: string) => soon(after, 'shut down') },
  Delete: { reason: 'OrphansDeleted', fate: (after: string) => soon(after, 'shut down and removed with its disks') },
} as const;

const soon = (after: string, what: string): string =>
  `Each is ${what} ${after} after it was first told of (status.orphans), but for those that were adopted or abandoned: an Instance of that namespace and name takes one over with spec.adopt.machineId, and keeps it safe as long as it exists`;

/** Undefined: there are none. */
export function orphanedMachines(orphans: readonly Orphan[], asked?: OrphansSpec): ConditionInput | undefined {
  if (orphans.length === 0) return undefined;
  const names = orphans.map(({ machineId, owner: { namespace, name } }) => `${namespace}/${name} (${machineId})`).sort();
  const shown = names.slice(0, NAMED).join(', ') + (names.length > NAMED ? ' and others' : '');
  const carry = orphans.length === 1 ? '1 machine carries' : `${orphans.length} machines carry`;
  const { reason, fate } = FATES[asked?.policy ?? 'Report'];
  const message = `${carry} the mark of an Instance that does not exist: ${shown}. ${fate(asked?.after ?? ORPHANS_AFTER)}`;
  return { type: 'OrphanedMachines', status: 'True', reason, message };
}
