/**
 * What stays of an Instance that was deleted with deletionPolicy Abandon: a note in the status of its Hypervisor, written
 * before the object goes, so that its machine is never taken for an orphan to be stopped or removed.
 */
import type { ApiCall, ApiClient } from '../kernel/api/client.ts';
import { isNotFound } from '../kernel/api/errors.ts';
import type { Clock } from '../kernel/clock.ts';
import { timestamp } from '../kernel/status/conditions.ts';
import { HYPERVISORS } from '../resources.ts';

export type NoteAbandoned = (hypervisorName: string, uids: readonly string[], call: ApiCall) => Promise<void>;

/** One key each, so that it needs no version, and meets no other writer. */
export const abandonment =
  (client: Pick<ApiClient, 'mergePatch'>, clock: Pick<Clock, 'now'>): NoteAbandoned =>
  async (hypervisorName, uids, call) => {
    const at = timestamp(clock.now());
    const patch = { status: { abandoned: Object.fromEntries(uids.map((uid) => [uid, at])) } };
    try {
      await client.mergePatch(HYPERVISORS, { name: hypervisorName }, patch, call, {
        subresource: 'status',
        fieldManager: 'hostler/instances',
      });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  };
