/**
 * What kstatus, and so Flux, makes of an object of a kind that it does not know: its generic rules, in its order.
 *
 * Source: the package's own README (sigs.k8s.io/cli-utils, pkg/kstatus), "Statuses" and "Conditions".
 */
import type { Condition } from '../../kernel/status/conditions.ts';

export interface Judged {
  readonly metadata: { readonly generation: number; readonly deletionTimestamp?: string; readonly finalizers?: readonly string[] };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly Pick<Condition, 'type' | 'status' | 'reason' | 'message'>[];
  };
}

export function kstatus({ metadata, status }: Judged): 'Terminating' | 'InProgress' | 'Failed' | 'Current' {
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (status?.observedGeneration !== undefined && status.observedGeneration !== metadata.generation) return 'InProgress';
  for (const { type, status: holds } of status?.conditions ?? []) {
    if (type === 'Reconciling' && holds === 'True') return 'InProgress';
    if (type === 'Stalled' && holds === 'True') return 'Failed';
  }
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready === undefined || ready.status === 'True' ? 'Current' : 'InProgress';
}
