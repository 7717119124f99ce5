import { expect, test } from '@jest/globals';
import { endOfRun } from './end-of-run.ts';
import type { PowerOff, PowerState } from './types.ts';
import { NOW, machine } from './testing/world.ts';

const run = { id: 'run-1', bootId: 'boot-1', bootHash: 'h' };
const standing = (reason: string, runId = 'run-1'): PowerOff => ({ reason, observedAt: NOW - 5, runId });

type Row = {
  readonly asked: PowerState;
  readonly says: string;
  readonly recorded: PowerOff | undefined;
  readonly boot: string | undefined;
  readonly expected: string;
};

// What the host says of a machine that is off, and what was recorded, against what is recorded now.
test.each<Row>`
  asked        | says               | recorded                                | boot         | expected
  ${'Running'} | ${'GuestShutdown'} | ${undefined}                            | ${'boot-1'}  | ${'GuestShutdown'}
  ${'Running'} | ${'Crashed'}       | ${undefined}                            | ${'boot-1'}  | ${'Crashed'}
  ${'Running'} | ${'Destroyed'}     | ${undefined}                            | ${'boot-1'}  | ${'Destroyed'}
  ${'Running'} | ${'Migrated'}      | ${undefined}                            | ${'boot-1'}  | ${'Migrated'}
  ${'Running'} | ${'Unknown'}       | ${undefined}                            | ${'boot-1'}  | ${'GuestShutdown'}
  ${'Running'} | ${'Unknown'}       | ${undefined}                            | ${'boot-2'}  | ${'HostRestart'}
  ${'Running'} | ${'Unknown'}       | ${undefined}                            | ${undefined} | ${'GuestShutdown'}
  ${'Running'} | ${'Unknown'}       | ${standing('GuestShutdown')}            | ${'boot-2'}  | ${'GuestShutdown, as recorded'}
  ${'Running'} | ${'Unknown'}       | ${standing('Crashed')}                  | ${'boot-2'}  | ${'Crashed, as recorded'}
  ${'Running'} | ${'Unknown'}       | ${standing('Migrated')}                 | ${'boot-2'}  | ${'Migrated, as recorded'}
  ${'Running'} | ${'Unknown'}       | ${standing('GuestShutdown', 'earlier')} | ${'boot-2'}  | ${'HostRestart'}
  ${'Running'} | ${'Crashed'}       | ${standing('GuestShutdown')}            | ${'boot-1'}  | ${'Crashed'}
  ${'Running'} | ${'Destroyed'}     | ${standing('Requested')}                | ${'boot-1'}  | ${'Requested, as recorded'}
  ${'Stopped'} | ${'Destroyed'}     | ${undefined}                            | ${'boot-1'}  | ${'Requested'}
  ${'Stopped'} | ${'GuestShutdown'} | ${standing('GuestShutdown')}            | ${'boot-1'}  | ${'Requested'}
  ${'Stopped'} | ${'Unknown'}       | ${standing('Requested')}                | ${'boot-2'}  | ${'Requested, as recorded'}
  ${'Paused'}  | ${'Crashed'}       | ${undefined}                            | ${'boot-1'}  | ${'Crashed'}
`('asked $asked, the host says $says, recorded $recorded, booted $boot -> $expected', ({ asked, says, recorded, boot, expected }) => {
  const end = endOfRun(
    asked,
    machine({ power: 'Stopped', powerReason: says }),
    { powerOff: recorded, run, shutdown: undefined },
    { bootId: boot },
    NOW,
  );
  expect(`${end?.reason ?? ''}${end === recorded ? ', as recorded' : ''}`).toBe(expected);
  expect(end?.runId).toBe('run-1');
});

test.each(['Running', 'Paused', 'Suspended'] as const)('nothing stands while the machine is %s', (power) => {
  expect(
    endOfRun('Running', machine({ power }), { powerOff: standing('Crashed'), run, shutdown: undefined }, { bootId: 'boot-1' }, NOW),
  ).toBeUndefined();
});

// A guest that was asked to shut down does so after the stop was withdrawn: that was not its own idea.
test.each<{ readonly says: string; readonly boot: string; readonly expected: string }>`
  says               | boot        | expected
  ${'GuestShutdown'} | ${'boot-1'} | ${'Requested'}
  ${'Unknown'}       | ${'boot-1'} | ${'Requested'}
  ${'Unknown'}       | ${'boot-2'} | ${'HostRestart'}
  ${'Crashed'}       | ${'boot-1'} | ${'Crashed'}
  ${'Migrated'}      | ${'boot-1'} | ${'Migrated'}
`('Running is asked again after a signal, the host says $says, booted $boot -> $expected', ({ says, boot, expected }) => {
  const record = { powerOff: undefined, run, shutdown: { startedAt: NOW - 5_000, signals: 0 } };
  expect(endOfRun('Running', machine({ power: 'Stopped', powerReason: says }), record, { bootId: boot }, NOW)?.reason).toBe(expected);
});

test('what is recorded stands while the host does not know the power state', () => {
  const recorded = standing('Crashed');
  expect(
    endOfRun('Running', machine({ power: 'Unknown' }), { powerOff: recorded, run, shutdown: undefined }, { bootId: 'boot-1' }, NOW),
  ).toBe(recorded);
});

// Stopped is asked, and the machine is off: what proves that it is not somewhere else.
test.each<{
  readonly says: string;
  readonly recorded: PowerOff | undefined;
  readonly boot: string | undefined;
  readonly inferred: true | undefined;
}>`
  says           | recorded                     | boot        | inferred
  ${'Destroyed'} | ${undefined}                 | ${'boot-2'} | ${undefined}
  ${'Unknown'}   | ${undefined}                 | ${'boot-1'} | ${undefined}
  ${'Unknown'}   | ${undefined}                 | ${'boot-2'} | ${true}
  ${'Unknown'}   | ${standing('HostRestart')}   | ${'boot-2'} | ${true}
  ${'Unknown'}   | ${standing('GuestShutdown')} | ${'boot-2'} | ${undefined}
  ${'Unknown'}   | ${standing('Migrated')}      | ${'boot-2'} | ${true}
  ${'Migrated'}  | ${undefined}                 | ${'boot-1'} | ${true}
  ${'Unknown'}   | ${standing('Requested')}     | ${'boot-2'} | ${undefined}
`('Stopped is asked, the host says $says, recorded $recorded, booted $boot: inferred $inferred', ({ says, recorded, boot, inferred }) => {
  const off = machine({ power: 'Stopped', powerReason: says });
  const end = endOfRun('Stopped', off, { powerOff: recorded, run, shutdown: undefined }, { bootId: boot }, NOW);
  expect([end?.reason, end?.inferred]).toEqual(['Requested', inferred]);
});
