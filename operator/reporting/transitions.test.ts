import { expect, test } from '@jest/globals';
import { replaceConditions } from '../kernel/status/conditions.ts';
import { type Readiness, readinessConditions } from './readiness.ts';
import { transitionEvents } from './transitions.ts';

const conditions = (kind: Readiness['kind'], reason: string) =>
  replaceConditions([], readinessConditions({ kind, reason, message: 'why' }), { now: 0, generation: 1 });
const events = (...[before, after]: readonly [ReturnType<typeof conditions> | undefined, ReturnType<typeof conditions>]) =>
  transitionEvents(before, after, 'Judge').map(({ type, reason }) => `${type} ${reason}`);

const settled = conditions('Settled', 'Usable');
const waiting = conditions('Waiting', 'NotFound');
const silent = conditions('Silent', 'HostUnreachable');
const stuck = conditions('Stuck', 'Invalid');

test.each([
  ['a first word that is good', undefined, settled, ['Normal Usable']],
  ['a wait at the beginning, as of things applied in any order', undefined, waiting, ['Normal NotFound']],
  ['the next wait', conditions('Waiting', 'Earlier'), waiting, ['Normal NotFound']],
  ['what was ready and is no more', settled, waiting, ['Warning NotFound']],
  ['the first contact, not made yet', undefined, conditions('Silent', 'Connecting'), ['Normal Connecting']],
  ['a host that never answered', conditions('Silent', 'Connecting'), silent, ['Warning HostUnreachable']],
  ['a host that answers no more', settled, silent, ['Warning HostUnreachable']],
  ['what needs somebody', waiting, stuck, ['Warning Invalid']],
  ['what came right', stuck, settled, ['Normal Usable']],
  ['the same again', stuck, conditions('Stuck', 'Invalid'), []],
])('an Event for %s', (_, before, after, expected) => {
  expect(events(before, after)).toEqual(expected);
});

test('of what is being deleted only that is told', () => {
  const deleting = replaceConditions(
    [],
    [
      ...readinessConditions({ kind: 'Waiting', reason: 'Deleting', message: 'why' }),
      { type: 'Deleting', status: 'True', reason: 'InstancesPresent' },
    ],
    { now: 0, generation: 1 },
  );
  expect(events(settled, deleting)).toEqual(['Normal InstancesPresent']);
});

test('an abnormal condition is a warning, deletion is not', () => {
  const stated = [
    { type: 'SoftwareEmulation', status: 'True', reason: 'NoHardwareVirtualization' },
    { type: 'Deleting', status: 'True', reason: 'InstancesPresent' },
    { type: 'FenceHonoured', status: 'False', reason: 'HostAnswered' },
  ] as const;
  const after = replaceConditions([], stated, { now: 0, generation: 1 });
  expect(events(undefined, after)).toEqual(['Warning NoHardwareVirtualization', 'Normal InstancesPresent', 'Warning HostAnswered']);
});
