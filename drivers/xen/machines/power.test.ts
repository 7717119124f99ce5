import { expect, test } from '@jest/globals';
import { isBusy, powerOf, taskOf } from './power.ts';

test.each([
  ['Running', { power: 'Running', powerReason: 'Unknown' }],
  ['Paused', { power: 'Paused', powerReason: 'User' }],
  ['Halted', { power: 'Stopped', powerReason: 'Unknown' }],
  ['Suspended', { power: 'Suspended', powerReason: 'Saved' }],
  ['Dreaming', { power: 'Unknown', powerReason: 'Unknown' }],
] as const)('%s is %j: no reason is made up', (power_state, expected) => {
  expect(powerOf({ power_state: power_state as 'Running' })).toEqual(expected);
});

test('a guest that takes its time to shut down keeps nobody from switching it off', () => {
  expect(isBusy({ current_operations: { 'OpaqueRef:t': 'clean_shutdown' } })).toBe(false);
  expect(isBusy({ current_operations: { 'OpaqueRef:t': 'pool_migrate' } })).toBe(true);
});

test('an operation that is under way is known by its task', () => {
  const vm = { current_operations: { 'OpaqueRef:t': 'start_on', 'OpaqueRef:u': 'data_source_op' } } as const;
  expect(taskOf(vm, 'start_on', 'start')).toBe('OpaqueRef:t');
  expect(taskOf(vm, 'suspend')).toBeUndefined();
});
