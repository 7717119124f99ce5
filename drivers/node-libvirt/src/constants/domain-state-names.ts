/** Names for a state and its reason, whose numbers mean something else in every state. */
import {
  DomainBlockedReason,
  DomainCrashedReason,
  DomainNostateReason,
  DomainPausedReason,
  DomainPMSuspendedReason,
  DomainRunningReason,
  DomainShutdownReason,
  DomainShutoffReason,
  DomainState,
} from './domain-state.ts';
import type { ConstantTable } from './table.ts';
import { nameOf } from './table.ts';

const REASONS: ReadonlyMap<number, ConstantTable> = new Map<number, ConstantTable>([
  [DomainState.NOSTATE, DomainNostateReason],
  [DomainState.RUNNING, DomainRunningReason],
  [DomainState.BLOCKED, DomainBlockedReason],
  [DomainState.PAUSED, DomainPausedReason],
  [DomainState.SHUTDOWN, DomainShutdownReason],
  [DomainState.SHUTOFF, DomainShutoffReason],
  [DomainState.CRASHED, DomainCrashedReason],
  [DomainState.PMSUSPENDED, DomainPMSuspendedReason],
]);

/** libvirt's names: `{ state: 'PAUSED', reason: 'IOERROR' }`; `UNKNOWN_<number>` for what this version does not know. */
export function domainStateNames(state: number, reason: number): { readonly state: string; readonly reason: string } {
  return { state: nameOf(DomainState, state), reason: nameOf(REASONS.get(state) ?? {}, reason) };
}
