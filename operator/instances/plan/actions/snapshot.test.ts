import { expect, test } from '@jest/globals';
import { plan } from '../plan.ts';
import { NOW, begun, desired, host, present, shown, world } from '../testing/world.ts';
import type { AskedAction, World } from '../types.ts';

const snapshot = (cold = false, hypervisorName = 'host-a', turn: 'Come' | 'Awaited' | 'Left' = 'Come') =>
  ({
    uid: 'act-1',
    name: 'snap',
    action: 'Snapshot',
    cold,
    quiesce: 'Preferred',
    turn,
    location: { hypervisorName, pool: 'main', volume: 'snapshot-act-1' },
  }) as const satisfies AskedAction;

const LIVE = snapshot();
const COLD = snapshot(true);
const QUEUED = snapshot(false, 'host-a', 'Awaited');
const LEFT = snapshot(false, 'host-a', 'Left');
const BEGIN = 'BeginAction: begin-action';
const COPY = 'Snapshot: capture, end-action';
const END = 'EndAction: end-capture, end-action';
const off = present({ power: 'Stopped', powerReason: 'Requested' });
const failed = (label: string, attempts: number): Partial<World> => ({
  ...begun(LIVE),
  record: {
    ...begun(LIVE).record,
    failure: { operation: 'Snapshot', label, reason: 'CaptureEnded', message: 'it broke', at: NOW - 60_000, attempts, failedOn: [] },
  },
});

/** The plan on one line; of an action that is refused or given up, why. */
function told(over: Partial<World>): string {
  const decided = plan(world(over)).plan;
  const ended = decided.kind === 'Steps' && decided.operation === 'EndAction' ? ` (${decided.outcome?.reason ?? ''})` : '';
  return `${shown(decided)}${ended}`;
}

// The world, and what is done about the snapshot that is asked for.
test.each<[string, Partial<World>, string]>([
  ['not begun', { action: LIVE }, BEGIN],
  ['begun', begun(LIVE), COPY],
  ['begun, and the host is at work on it', { ...begun(LIVE), machine: present({ busy: true }) }, COPY],
  ['begun, and the guest has ended since', { ...begun(LIVE), machine: off }, COPY],
  ['paused', { action: LIVE, machine: present({ power: 'Paused', powerReason: 'IOError' }) }, BEGIN],
  ['suspended', { action: LIVE, machine: present({ power: 'Suspended', powerReason: 'Saved' }) }, BEGIN],
  ['cold, off', { action: COLD, machine: off }, BEGIN],
  ['cold, running', { action: COLD }, 'EndAction: end-action (NotStopped)'],
  ['cold, suspended', { action: COLD, machine: present({ power: 'Suspended' }) }, 'EndAction: end-action (NotStopped)'],
  ['cold, begun, and started by somebody', begun(COLD), `${END} (NotStopped)`],
  ['it waits for its turn', { action: QUEUED }, 'Settled: Running'],
  ['the same, begun by an operator that was killed', begun(QUEUED), 'Settled: Running'],
  ['the same, and the guest is to be off', { action: QUEUED, desired: desired({ powerState: 'Stopped' }) }, 'Stop: signal-shutdown'],
  [
    'the same, begun, and the guest is to be off',
    { ...begun(QUEUED), desired: desired({ powerState: 'Stopped' }) },
    'Stop: signal-shutdown',
  ],
  ['begun by an operator that was killed', begun(LEFT), 'EndCopy: end-capture'],
  ['the same, and the guest is to be off', { ...begun(LEFT), desired: desired({ powerState: 'Stopped' }) }, 'EndCopy: end-capture'],
  ['the same, and silent', { ...begun(LEFT), host: host({ contact: 'Silent' }) }, 'Wait: HostUnreachable'],
  ['its turn has come, and the guest is to be off', { action: LIVE, desired: desired({ powerState: 'Stopped' }) }, BEGIN],
  ['cold, running, it waits for its turn', { action: snapshot(true, 'host-a', 'Awaited') }, 'EndAction: end-action (NotStopped)'],
  ['of a machine that is elsewhere by now', { action: snapshot(false, 'host-b') }, 'EndAction: end-action (MachineMoved)'],
  ['the same, begun', begun(snapshot(false, 'host-b')), `${END} (MachineMoved)`],
  ['failed once', failed('Transient', 1), COPY],
  ['failed too often', failed('Transient', 3), 'EndAction: end-action (CaptureEnded)'],
  ['failed for good', failed('Unsupported', 1), 'EndAction: end-action (CaptureEnded)'],
  ['withdrawn', { ...begun(LIVE), action: undefined }, `${END} (Withdrawn)`],
  ['nothing is reconciled any more', { ...begun(LIVE), desired: desired({ reconcilePolicy: 'Disabled' }) }, `${END} (Disabled)`],
  ['the same, and not begun', { action: LIVE, desired: desired({ reconcilePolicy: 'Disabled' }) }, 'Wait: Disabled'],
  ['its Instance is deleted', { ...begun(LIVE), action: undefined, deleting: true }, `${END} (InstanceDeleting)`],
])('%s', (_, over, expected) => {
  expect(told(over)).toBe(expected);
});

test.each<[string, Partial<World>, string]>([
  ['is wanted when the copy could be begun', { action: QUEUED }, BEGIN],
  ['and when it was begun', begun(QUEUED), COPY],
  ['but not during the pause after a failure', { ...failed('Transient', 1), action: QUEUED, now: NOW - 59_500 }, 'Wait: CaptureEnded'],
  ['nor of a machine that is just put back', { action: QUEUED, machine: { kind: 'NotObserved' } }, 'Wait: Observing'],
])('a turn on the host %s', (_, over, expected) => {
  const { inTurn } = plan(world(over));
  expect(inTurn && shown(inTurn)).toBe(expected);
});

test('nobody waits for a turn that has come', () => {
  expect(plan(world({ action: LIVE })).inTurn).toBeUndefined();
});
