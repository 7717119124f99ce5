/** What status keeps of machines without their Instance, and of Instances that were abandoned: what no observation tells. Pure. */
import { MAX_ORPHANS, type HypervisorSpec, type HypervisorStatus, type OrphanRecord } from '../../../crds/hypervisor.ts';
import { timestamp } from '../../kernel/status/conditions.ts';
import type { OrphansSeen } from '../orphans.ts';
import type { HostSnapshot } from '../host.ts';

type Records = readonly OrphanRecord[] | undefined;

/**
 * Since when each has been one, under the policy that there is now: another policy begins anew. What was recorded stands
 * while it is not known better, as after a start of the operator.
 */
export function orphanRecordsOf(spec: HypervisorSpec, seen: OrphansSeen | undefined, previous: Records = [], now: number): Records {
  const policy = spec.orphans?.policy ?? 'Report';
  if (policy === 'Report') return undefined;
  const known = previous.filter((one) => one.policy === policy);
  if (seen === undefined) return known.length === 0 ? undefined : known;
  const confirmed = seen.orphans.map(({ machineId, owner: { uid } }): OrphanRecord => {
    const before = known.find((one) => one.machineId === machineId && one.uid === uid);
    return before ?? { machineId, uid, policy, since: timestamp(now) };
  });
  const awaited = known.filter(
    ({ machineId }) => seen.noticed.includes(machineId) && !confirmed.some((one) => one.machineId === machineId),
  );
  const all = [...confirmed, ...awaited].toSorted((a, b) => (`${a.since} ${a.machineId}` < `${b.since} ${b.machineId}` ? -1 : 1));
  return all.length === 0 ? undefined : all.slice(0, MAX_ORPHANS);
}

/** As long as the machine is there: an observation that began after it was abandoned, and has none of that uid, ends it. */
export function abandonedOf(
  previous: HypervisorStatus['abandoned'],
  snapshot: Pick<HostSnapshot, 'observedAt' | 'machines'> | undefined,
): HypervisorStatus['abandoned'] {
  if (previous === undefined || snapshot === undefined) return previous;
  const uids = new Set([...snapshot.machines.values()].map(({ owner }) => owner?.uid));
  const left = Object.entries(previous).filter(([uid, at]) => uids.has(uid) || Date.parse(at) + SECOND_MS > snapshot.observedAt);
  return left.length === 0 ? undefined : Object.fromEntries(left);
}

/** Times of the API are whole seconds. */
const SECOND_MS = 1_000;
