/**
 * Asking a guest to shut down, over several passes: one signal a pass, never a wait inside a step.
 *
 * How far it has come follows from what status recorded (when the first signal was sent, and how many since) and from
 * `now`. So a crash at any point costs at most one signal more.
 */
import type { Plan, Recorded } from './types.ts';
import { steps, wait } from './types.ts';

/** Guests miss a signal while they boot: it is repeated. */
export const SIGNAL_INTERVAL_MS = 10_000;
/** A stop that is withdrawn takes no signal back. So long after its deadline a guest that still runs is taken not to have heard. */
const LATE_MS = 60_000;

/** `signals` is 0 where the stop was withdrawn: the guest may still heed it, and a stop that is asked for again begins anew. */
export type RecordedShutdown = NonNullable<Recorded['shutdown']>;

export type ShutdownProgress =
  | { readonly kind: 'NotAsked' | 'SignalDue' | 'Expired' }
  /** A signal is out; `until` is the next one, or the end of patience. */
  | { readonly kind: 'Waiting'; readonly until: number };

export function shutdownProgress(recorded: RecordedShutdown | undefined, timeoutMs: number, now: number): ShutdownProgress {
  if (timeoutMs <= 0) return { kind: 'Expired' };
  if (recorded === undefined || recorded.signals === 0) return { kind: 'NotAsked' };
  const deadline = recorded.startedAt + timeoutMs;
  if (now >= deadline) return { kind: 'Expired' };
  const dueAt = recorded.startedAt + recorded.signals * SIGNAL_INTERVAL_MS;
  return now >= dueAt ? { kind: 'SignalDue' } : { kind: 'Waiting', until: Math.min(deadline, dueAt) };
}

/** One signal, or patience, or the end of it. */
export function planShutdown(progress: ShutdownProgress): Plan {
  switch (progress.kind) {
    case 'NotAsked':
    case 'SignalDue':
      return steps('Stop', 'signal-shutdown');
    case 'Waiting':
      return wait('ShuttingDown', 'the guest is off, or the shutdown time-out is over', progress.until);
    case 'Expired':
      return steps('Stop', 'power-off');
  }
}

/** What to record of a signal sent at `now`. Those that an operator missed while it was away are not made up for. */
export function nextSignal(recorded: RecordedShutdown | undefined, now: number): RecordedShutdown {
  if (recorded === undefined || recorded.signals === 0) return { startedAt: now, signals: 1 };
  const { startedAt, signals } = recorded;
  return { startedAt, signals: Math.max(signals, Math.floor((now - startedAt) / SIGNAL_INTERVAL_MS)) + 1 };
}

/** Until when a guest that was asked to shut down by `deadline` and still runs may be on its way down. */
export const mayHeedUntil = (deadline: number): number => deadline + LATE_MS;
