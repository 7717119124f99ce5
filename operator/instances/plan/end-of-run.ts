/**
 * Why the machine is off: what status is to record in `powerOff`, and what power planning goes by.
 *
 * Hypervisors forget the reason (after a restart of its daemon libvirt says `Unknown`), so it is written down when it
 * is first seen and stands until the next start. Whose doing an end was decides whether the guest is started again.
 */
import { isExplained } from './power.ts';
import type { ObservedHost, ObservedMachine, PowerOff, PowerState, Recorded } from './types.ts';

/** `undefined`: the machine is not off, and nothing is to stand. */
export function endOfRun(
  asked: PowerState,
  machine: ObservedMachine,
  record: Pick<Recorded, 'powerOff' | 'run' | 'shutdown'>,
  host: Pick<ObservedHost, 'bootId'>,
  now: number,
): PowerOff | undefined {
  if (machine.power === 'Unknown') return record.powerOff;
  if (machine.power !== 'Stopped') return undefined;
  const standing = record.powerOff?.runId === machine.runId ? record.powerOff : undefined;
  const seen = reasonOf(asked, machine, standing, record.run?.bootId, host.bootId);
  // It was asked to shut down in this run, and the stop was withdrawn too late for it.
  const reason = seen === 'GuestShutdown' && record.shutdown !== undefined ? 'Requested' : seen;
  if (standing?.reason === reason) return standing;
  const inferred = reason === 'Requested' && leavesOpen(machine, standing, record.run?.bootId, host.bootId);
  return { reason, observedAt: now, runId: machine.runId, ...(inferred ? { inferred } : {}) };
}

/** What there is to go by, but for what was asked, is no proof that the run ended here: the machine may have been moved. */
function leavesOpen(
  { powerReason }: ObservedMachine,
  standing: PowerOff | undefined,
  startedInBoot: string | undefined,
  bootId: string | undefined,
): boolean {
  if (powerReason !== 'Unknown') return !isExplained(powerReason);
  const reason = standing?.reason ?? forgotten(startedInBoot, bootId);
  return !isExplained(reason) || isInferred(reason, startedInBoot);
}

/**
 * Whether a reason that the host does not say itself is a guess only: a host that restarted since forgets that the machine
 * was moved away. Without the boot that the run began in, a forgotten reason reads as the guest's own shutdown.
 */
export const isInferred = (reason: string, startedInBoot: string | undefined): boolean =>
  reason === 'HostRestart' || (reason === 'GuestShutdown' && startedInBoot === undefined);

function reasonOf(
  asked: PowerState,
  machine: ObservedMachine,
  standing: PowerOff | undefined,
  startedInBoot: string | undefined,
  bootId: string | undefined,
): string {
  // Whoever sees a machine off that should be off has what was asked for, whatever the hypervisor says.
  if (asked === 'Stopped' || standing?.reason === 'Requested') return 'Requested';
  // A reason that the host knows and that is another one belongs to a run that nobody saw begin.
  if (machine.powerReason !== 'Unknown') return machine.powerReason;
  return standing?.reason ?? forgotten(startedInBoot, bootId);
}

/** Of an end that nobody saw, and of which the host remembers nothing. */
function forgotten(startedInBoot: string | undefined, bootId: string | undefined): string {
  const hostRestarted = startedInBoot !== undefined && bootId !== undefined && startedInBoot !== bootId;
  return hostRestarted ? 'HostRestart' : 'GuestShutdown';
}
