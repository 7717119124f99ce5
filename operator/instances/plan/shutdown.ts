/**
 * Asking a guest to shut down, over several passes: one signal a pass, never a wait inside a step.
 *
 * How far it has come follows from what status recorded (when the first signal was sent, and how many since) and from
 * `now`. So a crash at any point costs at most one signal more.
 */
import type { Plan } from './types.ts';
import { steps, wait } from './types.ts';

/** Guests miss a signal while they boot: it is repeated. */
export const SIGNAL_INTERVAL_MS = 10_000;

export type ShutdownProgress =
  | { readonly kind: 'NotAsked' | 'SignalDue' | 'Expired' }
  /** A signal is out; `until` is the next one, or the end of patience. */
  | { readonly kind: 'Waiting'; readonly until: number };

export function shutdownProgress(
  recorded: { readonly startedAt: number; readonly signals: number } | undefined,
  timeoutMs: number,
  now: number,
): ShutdownProgress {
  if (timeoutMs <= 0) return { kind: 'Expired' };
  if (recorded === undefined) return { kind: 'NotAsked' };
  const deadline = recorded.startedAt + timeoutMs;
  if (now >= deadline) return { kind: 'Expired' };
  const nextSignal = recorded.startedAt + recorded.signals * SIGNAL_INTERVAL_MS;
  return now >= nextSignal ? { kind: 'SignalDue' } : { kind: 'Waiting', until: Math.min(deadline, nextSignal) };
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
