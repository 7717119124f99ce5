import { expect, test } from '@jest/globals';
import type { InstanceStatus } from '../../crds/instance.ts';
import { transitions } from './transitions.ts';

const ready = (status: 'True' | 'False' | 'Unknown', reason: string): InstanceStatus => ({
  conditions: [{ type: 'Ready', status, reason, message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }],
});
const running = ready('True', 'Running');

test.each([
  ['a host that went silent', ready('Unknown', 'HostUnreachable'), ['Warning HostUnreachable']],
  ['being left alone as asked', ready('Unknown', 'Disabled'), ['Normal Disabled']],
  ['a wait', ready('False', 'FlavorNotFound'), ['Normal FlavorNotFound']],
  ['nothing new', running, []],
])('the Event for %s', (_, after, expected) => {
  expect(transitions(running, after).map(({ type, reason }) => `${type} ${reason}`)).toEqual(expected);
});

const reachable = (status: 'True' | 'Unknown' | undefined, of: InstanceStatus): InstanceStatus => ({
  ...of,
  conditions: [
    ...(of.conditions ?? []),
    ...(status === undefined
      ? []
      : [{ type: 'HostReachable', status, reason: 'any', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' } as const]),
  ],
  hypervisorName: 'kvm1',
});
const silent = reachable('Unknown', ready('Unknown', 'HostUnreachable'));
const answered = reachable('True', running);

test('an Event says in words what was reached', () => {
  expect(transitions(running, ready('True', 'Stopped')).map(({ note }) => note)).toEqual(['Stopped, as asked']);
});

test.each<[string, InstanceStatus | undefined, InstanceStatus, readonly string[]]>([
  ['the host answers again', silent, answered, ['Normal HostAnswered: Hypervisor kvm1 answers again']],
  ['nothing turned', answered, answered, []],
  ['it is still silent', silent, silent, []],
  ['it was found on another host', { ...silent, hypervisorName: 'kvm2' }, answered, []],
  ['the first contact', undefined, answered, []],
  ['the first contact after placement', reachable(undefined, ready('False', 'Spawn')), answered, []],
  [
    'it answers, and something else is wrong now',
    silent,
    reachable('True', ready('False', 'FlavorNotFound')),
    ['Normal HostAnswered: Hypervisor kvm1 answers again', 'Normal FlavorNotFound: FlavorNotFound'],
  ],
])('the return of a host is told once: %s', (_, before, after, expected) => {
  expect(transitions(before, after).map(({ type, reason, note }) => `${type} ${reason}: ${note}`)).toEqual(expected);
});
