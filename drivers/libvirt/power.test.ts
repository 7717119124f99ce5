import { expect, test } from '@jest/globals';
import { DomainPausedReason as Paused, DomainShutoffReason as Shutoff, DomainState as State } from 'node-libvirt';
import { isActive, isJobPause, powerOf } from './power.ts';

const shown = (state: number, reason: number, managedSave = false): string => {
  const { power, powerReason } = powerOf({ state, reason }, managedSave);
  return `${power} (${powerReason})`;
};

test.each`
  state            | reason                    | expected
  ${'RUNNING'}     | ${1}                      | ${'Running (Booted)'}
  ${'RUNNING'}     | ${5}                      | ${'Running (Unpaused)'}
  ${'RUNNING'}     | ${99}                     | ${'Running (Unknown)'}
  ${'BLOCKED'}     | ${0}                      | ${'Running (Unknown)'}
  ${'PAUSED'}      | ${Paused.USER}            | ${'Paused (User)'}
  ${'PAUSED'}      | ${Paused.IOERROR}         | ${'Paused (IOError)'}
  ${'PAUSED'}      | ${Paused.WATCHDOG}        | ${'Paused (Watchdog)'}
  ${'PAUSED'}      | ${Paused.CRASHED}         | ${'Paused (Crashed)'}
  ${'PAUSED'}      | ${Paused.MIGRATION}       | ${'Paused (Migration)'}
  ${'PAUSED'}      | ${Paused.SAVE}            | ${'Paused (Save)'}
  ${'PAUSED'}      | ${Paused.STARTING_UP}     | ${'Paused (Starting)'}
  ${'PAUSED'}      | ${Paused.POSTCOPY_FAILED} | ${'Paused (PostCopyFailed)'}
  ${'PAUSED'}      | ${99}                     | ${'Paused (Unknown)'}
  ${'SHUTDOWN'}    | ${1}                      | ${'Running (ShuttingDown)'}
  ${'SHUTOFF'}     | ${Shutoff.SHUTDOWN}       | ${'Stopped (GuestShutdown)'}
  ${'SHUTOFF'}     | ${Shutoff.DESTROYED}      | ${'Stopped (Destroyed)'}
  ${'SHUTOFF'}     | ${Shutoff.CRASHED}        | ${'Stopped (Crashed)'}
  ${'SHUTOFF'}     | ${Shutoff.DAEMON}         | ${'Stopped (Crashed)'}
  ${'SHUTOFF'}     | ${Shutoff.FAILED}         | ${'Stopped (StartFailed)'}
  ${'SHUTOFF'}     | ${Shutoff.MIGRATED}       | ${'Stopped (Migrated)'}
  ${'SHUTOFF'}     | ${Shutoff.SAVED}          | ${'Stopped (Saved)'}
  ${'SHUTOFF'}     | ${Shutoff.FROM_SNAPSHOT}  | ${'Stopped (FromSnapshot)'}
  ${'SHUTOFF'}     | ${Shutoff.UNKNOWN}        | ${'Stopped (Unknown)'}
  ${'SHUTOFF'}     | ${99}                     | ${'Stopped (Unknown)'}
  ${'CRASHED'}     | ${1}                      | ${'Paused (Crashed)'}
  ${'PMSUSPENDED'} | ${0}                      | ${'Paused (PMSuspended)'}
  ${'NOSTATE'}     | ${0}                      | ${'Unknown (Unknown)'}
`('$state, reason $reason -> $expected', ({ state, reason, expected }) => {
  expect(shown(State[state as keyof typeof State], Number(reason))).toBe(expected);
});

test.each(Object.values(Shutoff))('with a saved state a machine that is off (%i) is Suspended, whatever the reason', (reason) => {
  expect(shown(State.SHUTOFF, reason, true)).toBe('Suspended (Saved)');
});

test('a saved state says nothing about a machine that runs', () => {
  expect(shown(State.RUNNING, 1, true)).toBe('Running (Booted)');
});

test('only pauses that a job explains are jobs', () => {
  const jobs = Object.entries(Paused).filter(([, reason]) => isJobPause(powerOf({ state: State.PAUSED, reason }, false)));
  expect(jobs.map(([name]) => name)).toEqual(['MIGRATION', 'SAVE', 'DUMP', 'SNAPSHOT', 'STARTING_UP', 'POSTCOPY']);
});

test('everything but off has a process', () => {
  expect(
    Object.entries(State)
      .filter(([, state]) => !isActive({ state, reason: 0 }))
      .map(([name]) => name),
  ).toEqual(['SHUTOFF']);
});
