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
