import { expect, test } from '@jest/globals';
import { DriverError } from '../labels.ts';
import { ConnectionError, isThereAlready, toDriverError, XapiFailure } from './errors.ts';
import { DeadlineError } from './time.ts';

const labelOf = (error: unknown, effect: 'Read' | 'Change' = 'Change'): string => {
  const { label, reason } = toDriverError(error, 'start machine web-1', effect);
  return label === reason ? label : `${label}/${reason}`;
};

test.each`
  code                                        | params                                           | expected
  ${'OPERATION_BLOCKED'}                      | ${['OpaqueRef:1', 'start']}                      | ${'Conflict/OperationBlocked'}
  ${'VM_BAD_POWER_STATE'}                     | ${['OpaqueRef:1', 'running', 'halted']}          | ${'Conflict/IsStopped'}
  ${'VM_BAD_POWER_STATE'}                     | ${['OpaqueRef:1', 'halted', 'Suspended']}        | ${'Conflict/IsSuspended'}
  ${'VM_BAD_POWER_STATE'}                     | ${[]}                                            | ${'Conflict/IsUnknown'}
  ${'OTHER_OPERATION_IN_PROGRESS'}            | ${['VM', 'OpaqueRef:1', 'start', 'OpaqueRef:2']} | ${'Conflict/Busy'}
  ${'VM_IS_TEMPLATE'}                         | ${['OpaqueRef:1']}                               | ${'Conflict/IsTemplate'}
  ${'VM_LACKS_FEATURE'}                       | ${['OpaqueRef:1']}                               | ${'Unsupported/GuestToolsMissing'}
  ${'VM_FAILED_SHUTDOWN_ACKNOWLEDGMENT'}      | ${['OpaqueRef:1']}                               | ${'Transient/GuestDidNotAcknowledge'}
  ${'VM_SHUTDOWN_TIMEOUT'}                    | ${['OpaqueRef:1', '120']}                        | ${'Transient/GuestDidNotShutDown'}
  ${'VM_NON_SUSPENDABLE'}                     | ${['OpaqueRef:1', 'PCI']}                        | ${'Unsupported/NotSuspendable'}
  ${'VM_HAS_PCI_ATTACHED'}                    | ${['OpaqueRef:1']}                               | ${'Unsupported/NotMovable'}
  ${'VDI_IN_USE'}                             | ${['OpaqueRef:1', 'destroy']}                    | ${'Conflict/DiskInUse'}
  ${'DEVICE_DETACH_REJECTED'}                 | ${['VBD', 'OpaqueRef:1', 'in use']}              | ${'Conflict/NotReleased'}
  ${'HOST_NOT_ENOUGH_FREE_MEMORY'}            | ${['200', '100']}                                | ${'InsufficientCapacity/OutOfMemory'}
  ${'NO_HOSTS_AVAILABLE'}                     | ${[]}                                            | ${'InsufficientCapacity/NoHostAvailable'}
  ${'SR_FULL'}                                | ${['200', '100']}                                | ${'InsufficientCapacity/OutOfSpace'}
  ${'SR_BACKEND_FAILURE_46'}                  | ${['', 'The VDI is not available', '']}          | ${'Transient/DiskUnavailable'}
  ${'SR_BACKEND_FAILURE_9999'}                | ${['', 'strange', '']}                           | ${'Unknown'}
  ${'LICENCE_RESTRICTION'}                    | ${['VIF_locking']}                               | ${'Unsupported/LicenceRestriction'}
  ${'HA_OPERATION_WOULD_BREAK_FAILOVER_PLAN'} | ${[]}                                            | ${'Conflict/RefusedByHighAvailability'}
  ${'HANDLE_INVALID'}                         | ${['VM', 'OpaqueRef:1']}                         | ${'NotFound/MachineNotFound'}
  ${'HANDLE_INVALID'}                         | ${['VBD', 'OpaqueRef:1']}                        | ${'NotFound'}
  ${'UUID_INVALID'}                           | ${['VDI', 'x']}                                  | ${'NotFound/DiskNotFound'}
  ${'SESSION_AUTHENTICATION_FAILED'}          | ${['root', 'no']}                                | ${'HostUnreachable/AuthenticationFailed'}
  ${'HOST_STILL_BOOTING'}                     | ${[]}                                            | ${'HostUnreachable/HostStarting'}
  ${'HOST_IS_LIVE'}                           | ${['OpaqueRef:1']}                               | ${'Conflict/HostIsLive'}
  ${'constructor'}                            | ${[]}                                            | ${'Unknown'}
`('$code $params is $expected', ({ code, params, expected }: Record<string, unknown>) => {
  expect(labelOf(new XapiFailure(code as string, params as string[]))).toBe(expected);
});

test('what is not known is shown with its parameters', () => {
  const { label, message } = toDriverError(new XapiFailure('NEVER_HEARD_OF', ['OpaqueRef:1', 'why']), 'start machine web-1', 'Change');
  expect({ label, message }).toEqual({ label: 'Unknown', message: 'cannot start machine web-1: NEVER_HEARD_OF (OpaqueRef:1, why)' });
});

test('no answer in time: what was to change may have changed, what was to be read was not reached', () => {
  expect(labelOf(new DeadlineError(), 'Change')).toBe('Unknown/DeadlineExceeded');
  expect(labelOf(new DeadlineError(), 'Read')).toBe('HostUnreachable/DeadlineExceeded');
});

test('a connection that broke, and what nobody expected', () => {
  expect(labelOf(new ConnectionError('gone'))).toBe('HostUnreachable');
  expect(labelOf(new TypeError('x'))).toBe('Unknown');
});

test('an aborted verb says so, whatever it failed of', () => {
  const { label, reason } = toDriverError(new XapiFailure('SR_FULL', []), 'start machine web-1', 'Change', AbortSignal.abort());
  expect({ label, reason }).toEqual({ label: 'Unknown', reason: 'Aborted' });
});

test('a verdict that was given already stands', () => {
  const verdict = new DriverError('NotFound', 'gone', { reason: 'MachineNotFound' });
  expect(toDriverError(verdict, 'start machine web-1', 'Change')).toBe(verdict);
});

test('a machine that is already what it was to become', () => {
  const failure = new XapiFailure('VM_BAD_POWER_STATE', ['OpaqueRef:1', 'running', 'Halted']);
  expect(isThereAlready(failure, 'halted')).toBe(true);
  expect(isThereAlready(failure, 'running')).toBe(false);
  expect(isThereAlready(new XapiFailure('OPERATION_BLOCKED', ['OpaqueRef:1', 'x', 'halted']), 'halted')).toBe(false);
});
