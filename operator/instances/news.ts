/** Whether what a host was observed to have is news to an Instance that acted on its machine, and read it since. */
import type { Instance } from '../../crds/instance.ts';
import type { HostSnapshot } from '../hypervisors/host.ts';
import { isSameState } from '../hypervisors/host/observations.ts';
import { isTrue } from '../kernel/status/conditions.ts';
import type { Memory } from './memory.ts';

/**
 * False where the first observation since says what the machine itself said, and nothing is open. What was read is then
 * forgotten: from now on the host's observations count. One pass in three of a spawn is spared so.
 */
export function isNews(memory: Memory, instance: Instance | undefined, hostName: string, snapshot: HostSnapshot | undefined): boolean {
  if (instance === undefined || snapshot === undefined || !isSettledOn(hostName, instance)) return true;
  const { metadata, status } = instance;
  const { read, actedAt, missedAt, twice } = memory.of(metadata.uid);
  if (read?.machine === undefined || missedAt !== undefined || twice !== undefined) return true;
  // What was read before we acted, or after the observation began, is not compared with it.
  if (read.at < (actedAt ?? Number.NEGATIVE_INFINITY) || snapshot.seenAt <= read.at) return true;
  const observed = snapshot.machines.get(status?.machineId ?? metadata.uid);
  if (observed === undefined || !isSameState(read.machine, observed)) return true;
  memory.note(metadata.uid, { read: undefined, actedAt: undefined });
  return false;
}

const isSettledOn = (hostName: string, { metadata, status }: Instance): boolean =>
  metadata.deletionTimestamp === undefined &&
  status?.hypervisorName === hostName &&
  status.observedGeneration === metadata.generation &&
  isTrue(status.conditions, 'Ready');
