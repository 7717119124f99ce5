/**
 * Hosts that were left for another: an unfinished spawn was rolled back there, or the machine was followed. Their last
 * observation may be from before that: whoever went by it would lose what is made elsewhere, or follow two machines back
 * and forth, each by what was seen of it before it was dealt with.
 */
import type { Host } from '../hypervisors/host.ts';
import type { Memory } from './memory.ts';

/** `at`: when nothing more was done there; monotonic milliseconds. */
export function noteLeft(memory: Memory, uid: string, hypervisorName: string, at: number): void {
  memory.note(uid, { left: new Map(memory.of(uid).left).set(hypervisorName, at) });
}

/** Whether the last observation of the host is older than what was done there last. */
export function isOutdated(memory: Memory, uid: string, host: Host): boolean {
  const { left } = memory.of(uid);
  const at = left?.get(host.name);
  if (left === undefined || at === undefined) return false;
  const snapshot = host.snapshot();
  if (snapshot === undefined || snapshot.seenAt <= at) return true;
  const others = new Map([...left].filter(([name]) => name !== host.name));
  memory.note(uid, { left: others.size === 0 ? undefined : others });
  return false;
}
