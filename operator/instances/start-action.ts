/** Whether an InstanceAction asks for a start of this Instance that has not been carried out. */
import type { Instance } from '../../crds/instance.ts';
import type { InstanceAction } from '../../crds/instance-action.ts';
import { keyOf } from '../kernel/api/object.ts';
import type { Index } from '../kernel/watch/cache.ts';

/** UID of the oldest accepted `Start` that is not finished. The run that carries it out gets this very id, so it is done once. */
export function startAsked(actionsOf: Index<InstanceAction>, instance: Instance): string | undefined {
  const actions = actionsOf.get(keyOf(instance));
  if (actions.length === 0) return undefined;
  const open = actions.filter(
    ({ spec, status }) => spec.action === 'Start' && status?.phase === 'Running' && status.instanceUid === instance.metadata.uid,
  );
  const [oldest] = open.toSorted((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp));
  return oldest?.metadata.uid;
}
