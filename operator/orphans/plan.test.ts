import { expect, test } from '@jest/globals';
import { AGAIN_MS, planOrphan, SHUTDOWN_MS, type OrphanPlan, type OrphanWorld } from './plan.ts';

const NOW = 1_000_000_000;
const HOUR = 3_600_000;

const running = { power: 'Running', busy: false, adopted: false } as const;
/** Due since a moment ago. */
const world = (over: Partial<OrphanWorld> = {}): OrphanWorld => ({
  now: NOW,
  policy: 'Delete',
  afterMs: HOUR,
  since: NOW - HOUR,
  machine: running,
  abandoned: false,
  named: false,
  canSignal: true,
  signalledAt: undefined,
  ...over,
});
const shown = (plan: OrphanPlan): string =>
  plan.kind === 'Step' ? plan.step : plan.kind === 'Wait' ? `Wait ${plan.dueAt - NOW}` : plan.kind;
const off = (power: 'Stopped' | 'Suspended' | 'Paused' | 'Unknown') => ({ machine: { ...running, power } });

test.each<[string, Partial<OrphanWorld>, string]>([
  ['is due', {}, 'signal'],
  ['is not due', { since: NOW - HOUR + 1 }, 'Wait 1'],
  ['is only to be told of', { policy: 'Report' }, 'Leave'],
  ['is not written down yet', { since: undefined }, 'Leave'],
  ['is gone, or another’s by now', { machine: undefined }, 'Leave'],
  ['was adopted', { machine: { ...running, adopted: true } }, 'Leave'],
  ['was abandoned', { abandoned: true }, 'Leave'],
  ['has an Instance of its name again', { named: true }, 'Leave'],
  ['has a job running on it', { machine: { ...running, busy: true } }, `Wait ${AGAIN_MS}`],
  ['has been asked for a while', { signalledAt: NOW - SHUTDOWN_MS + 1 }, 'signal'],
  ['has not heeded it for a minute', { signalledAt: NOW - SHUTDOWN_MS }, 'power-off'],
  ['cannot be asked', { canSignal: false }, 'power-off'],
  ['is paused', off('Paused'), 'power-off'],
  ['is off', off('Stopped'), 'remove'],
  ['is suspended', off('Suspended'), 'remove'],
  ['is in a state that nobody knows', off('Unknown'), `Wait ${AGAIN_MS}`],
])('to be deleted: one that %s', (_, over, expected) => {
  expect(shown(planOrphan(world(over)))).toBe(expected);
});

test.each<[string, Partial<OrphanWorld>, string]>([
  ['runs', {}, 'signal'],
  ['has not heeded it for a minute', { signalledAt: NOW - SHUTDOWN_MS }, 'power-off'],
  ['is off', off('Stopped'), 'Leave'],
  ['is suspended', off('Suspended'), 'Leave'],
])('to be stopped: one that %s', (_, over, expected) => {
  expect(shown(planOrphan(world({ policy: 'Stop', ...over })))).toBe(expected);
});
