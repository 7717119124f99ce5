import { expect, test } from '@jest/globals';
import type { PowerFacts } from './power.ts';
import { planPower } from './power.ts';
import type { ShutdownProgress } from './shutdown.ts';
import { shown } from './testing/world.ts';
import type { PowerState, RestartPolicy } from './types.ts';

const NOW = 1_000_000;
const START = 'Start: write-config-drive, define, start-paused, apply-filters, unpause';

const facts = (over: Partial<PowerFacts>): PowerFacts => ({
  now: NOW,
  power: 'Running',
  powerReason: 'User',
  end: undefined,
  everStarted: true,
  startAsked: 'No',
  shutdown: { kind: 'NotAsked' },
  restarts: undefined,
  ...over,
});

type Row = {
  readonly asked: PowerState;
  readonly policy: RestartPolicy;
  readonly observed: PowerState | 'Unknown';
  readonly why: string;
  readonly expected: string;
};

// One row a decision: the world on the left, what must happen on the right.
test.each<Row>`
  asked          | policy       | observed       | why                 | expected
  ${'Running'}   | ${'OnCrash'} | ${'Running'}   | ${'User'}           | ${'Settled: Running'}
  ${'Running'}   | ${'OnCrash'} | ${'Suspended'} | ${'User'}           | ${'Resume: restore-from-disk'}
  ${'Running'}   | ${'OnCrash'} | ${'Paused'}    | ${'User'}           | ${'Resume: apply-filters, unpause'}
  ${'Running'}   | ${'OnCrash'} | ${'Paused'}    | ${'IOError'}        | ${'Wait: PausedByHost'}
  ${'Running'}   | ${'OnCrash'} | ${'Paused'}    | ${'Migration'}      | ${'Wait: PausedByHost'}
  ${'Running'}   | ${'OnCrash'} | ${'Paused'}    | ${'PostCopyFailed'} | ${'Wait: PausedByHost'}
  ${'Running'}   | ${'OnCrash'} | ${'Paused'}    | ${'FromSnapshot'}   | ${'Wait: PausedByHost'}
  ${'Running'}   | ${'OnCrash'} | ${'Paused'}    | ${'SomethingNew'}   | ${'Wait: PausedByHost'}
  ${'Running'}   | ${'OnCrash'} | ${'Unknown'}   | ${''}               | ${'Wait: PowerUnknown'}
  ${'Running'}   | ${'OnCrash'} | ${'Stopped'}   | ${'Destroyed'}      | ${START}
  ${'Running'}   | ${'Never'}   | ${'Stopped'}   | ${'Destroyed'}      | ${START}
  ${'Running'}   | ${'Never'}   | ${'Stopped'}   | ${'Requested'}      | ${START}
  ${'Running'}   | ${'Never'}   | ${'Stopped'}   | ${'FromSnapshot'}   | ${START}
  ${'Running'}   | ${'OnCrash'} | ${'Stopped'}   | ${'StartFailed'}    | ${START}
  ${'Running'}   | ${'OnCrash'} | ${'Stopped'}   | ${'Migrated'}       | ${'Wait: EndUnexplained'}
  ${'Running'}   | ${'OnCrash'} | ${'Stopped'}   | ${'Saved'}          | ${'Wait: EndUnexplained'}
  ${'Running'}   | ${'Always'}  | ${'Stopped'}   | ${'SomethingNew'}   | ${'Wait: EndUnexplained'}
  ${'Running'}   | ${'OnCrash'} | ${'Stopped'}   | ${'Crashed'}        | ${START}
  ${'Running'}   | ${'Always'}  | ${'Stopped'}   | ${'Crashed'}        | ${START}
  ${'Running'}   | ${'Never'}   | ${'Stopped'}   | ${'Crashed'}        | ${'Blocked: Crashed'}
  ${'Running'}   | ${'OnCrash'} | ${'Stopped'}   | ${'HostRestart'}    | ${START}
  ${'Running'}   | ${'Never'}   | ${'Stopped'}   | ${'HostRestart'}    | ${'Blocked: HostRestart'}
  ${'Running'}   | ${'OnCrash'} | ${'Stopped'}   | ${'GuestShutdown'}  | ${'Settled: GuestShutdown'}
  ${'Running'}   | ${'Never'}   | ${'Stopped'}   | ${'GuestShutdown'}  | ${'Settled: GuestShutdown'}
  ${'Running'}   | ${'Always'}  | ${'Stopped'}   | ${'GuestShutdown'}  | ${START}
  ${'Stopped'}   | ${'Always'}  | ${'Stopped'}   | ${'GuestShutdown'}  | ${'Settled: Stopped'}
  ${'Stopped'}   | ${'Always'}  | ${'Stopped'}   | ${'Migrated'}       | ${'Settled: Stopped'}
  ${'Stopped'}   | ${'Always'}  | ${'Running'}   | ${'User'}           | ${'Stop: signal-shutdown'}
  ${'Stopped'}   | ${'OnCrash'} | ${'Suspended'} | ${'User'}           | ${'Stop: discard-saved-state'}
  ${'Stopped'}   | ${'OnCrash'} | ${'Paused'}    | ${'User'}           | ${'Stop: power-off'}
  ${'Stopped'}   | ${'OnCrash'} | ${'Paused'}    | ${'IOError'}        | ${'Stop: power-off'}
  ${'Stopped'}   | ${'OnCrash'} | ${'Paused'}    | ${'PMSuspended'}    | ${'Stop: power-off'}
  ${'Stopped'}   | ${'OnCrash'} | ${'Paused'}    | ${'Watchdog'}       | ${'Stop: power-off'}
  ${'Stopped'}   | ${'OnCrash'} | ${'Paused'}    | ${'Crashed'}        | ${'Stop: power-off'}
  ${'Stopped'}   | ${'OnCrash'} | ${'Paused'}    | ${'FromSnapshot'}   | ${'Stop: power-off'}
  ${'Stopped'}   | ${'OnCrash'} | ${'Paused'}    | ${'PostCopyFailed'} | ${'Stop: power-off'}
  ${'Stopped'}   | ${'OnCrash'} | ${'Paused'}    | ${'PostCopy'}       | ${'Wait: PausedByHost'}
  ${'Stopped'}   | ${'OnCrash'} | ${'Paused'}    | ${'Snapshot'}       | ${'Wait: PausedByHost'}
  ${'Stopped'}   | ${'OnCrash'} | ${'Paused'}    | ${'SomethingNew'}   | ${'Wait: PausedByHost'}
  ${'Stopped'}   | ${'OnCrash'} | ${'Paused'}    | ${'Migration'}      | ${'Wait: PausedByHost'}
  ${'Stopped'}   | ${'OnCrash'} | ${'Unknown'}   | ${''}               | ${'Wait: PowerUnknown'}
  ${'Paused'}    | ${'OnCrash'} | ${'Running'}   | ${'User'}           | ${'Pause: pause'}
  ${'Paused'}    | ${'OnCrash'} | ${'Paused'}    | ${'User'}           | ${'Settled: Paused'}
  ${'Paused'}    | ${'Never'}   | ${'Stopped'}   | ${'Crashed'}        | ${'Blocked: Crashed'}
  ${'Paused'}    | ${'OnCrash'} | ${'Stopped'}   | ${'Requested'}      | ${START}
  ${'Paused'}    | ${'OnCrash'} | ${'Paused'}    | ${'IOError'}        | ${'Wait: PausedByHost'}
  ${'Paused'}    | ${'OnCrash'} | ${'Suspended'} | ${'User'}           | ${'Resume: restore-from-disk'}
  ${'Suspended'} | ${'OnCrash'} | ${'Running'}   | ${'User'}           | ${'Suspend: suspend-to-disk'}
  ${'Suspended'} | ${'OnCrash'} | ${'Paused'}    | ${'User'}           | ${'Resume: apply-filters, unpause'}
  ${'Suspended'} | ${'OnCrash'} | ${'Suspended'} | ${'User'}           | ${'Settled: Suspended'}
`('$asked/$policy, observed $observed because $why -> $expected', ({ asked, policy, observed, why, expected }) => {
  const end = observed === 'Stopped' ? { reason: why, observedAt: NOW, runId: 'run' } : undefined;
  expect(shown(planPower({ powerState: asked, restartPolicy: policy }, facts({ power: observed, powerReason: why, end })))).toBe(expected);
});

test.each<{ readonly shutdown: ShutdownProgress; readonly expected: string }>`
  shutdown                                 | expected
  ${{ kind: 'NotAsked' }}                  | ${'Stop: signal-shutdown'}
  ${{ kind: 'SignalDue' }}                 | ${'Stop: signal-shutdown'}
  ${{ kind: 'Waiting', until: NOW + 100 }} | ${'Wait: ShuttingDown'}
  ${{ kind: 'Expired' }}                   | ${'Stop: power-off'}
`('stopping a running guest, shutdown $shutdown.kind -> $expected', ({ shutdown, expected }) => {
  expect(shown(planPower({ powerState: 'Stopped', restartPolicy: 'OnCrash' }, facts({ shutdown })))).toBe(expected);
});

// What a person asked for since the last start, against the reason that it is off.
test.each<Omit<Row, 'asked'> & { readonly asked: 'Action' | 'Edit' }>`
  asked       | policy       | why                | expected
  ${'Action'} | ${'OnCrash'} | ${'GuestShutdown'} | ${START}
  ${'Edit'}   | ${'OnCrash'} | ${'GuestShutdown'} | ${START}
  ${'Action'} | ${'Never'}   | ${'Crashed'}       | ${START}
  ${'Edit'}   | ${'Never'}   | ${'HostRestart'}   | ${START}
  ${'Action'} | ${'OnCrash'} | ${'Migrated'}      | ${START}
  ${'Edit'}   | ${'OnCrash'} | ${'Migrated'}      | ${'Wait: EndUnexplained'}
`('$asked starts a guest that is off because $why under $policy -> $expected', ({ asked, policy, why, expected }) => {
  const off = facts({ power: 'Stopped', end: { reason: why, observedAt: NOW, runId: 'run' }, startAsked: asked });
  expect(shown(planPower({ powerState: 'Running', restartPolicy: policy }, off))).toBe(expected);
});

test('a machine that was never started is started, whatever the host says of it', () => {
  const off = facts({ power: 'Stopped', powerReason: 'Unknown', everStarted: false });
  expect(shown(planPower({ powerState: 'Running', restartPolicy: 'Never' }, off))).toBe(START);
});

test('a guest that keeps crashing waits before it is started again', () => {
  const crashed = facts({
    power: 'Stopped',
    end: { reason: 'Crashed', observedAt: NOW, runId: 'run' },
    restarts: { count: 1, lastAt: NOW - 1_000 },
  });
  expect(planPower({ powerState: 'Running', restartPolicy: 'OnCrash' }, crashed)).toEqual({
    kind: 'Wait',
    reason: 'RestartBackOff',
    until: expect.any(String),
    after: NOW + 9_000,
  });
});

test('somebody who destroys it again and again makes it wait for nothing', () => {
  const destroyed = facts({
    power: 'Stopped',
    end: { reason: 'Destroyed', observedAt: NOW, runId: 'run' },
    restarts: { count: 9, lastAt: NOW },
  });
  expect(shown(planPower({ powerState: 'Running', restartPolicy: 'OnCrash' }, destroyed))).toBe(START);
});
