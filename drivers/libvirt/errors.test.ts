import { expect, test } from '@jest/globals';
import {
  AuthenticationError,
  ConnectError,
  ConnectionLostError,
  DeadlineError,
  ErrorCode,
  InvalidArgumentError,
  LibvirtError,
  ProtocolError,
} from 'node-libvirt';
import { DriverError } from '../labels.ts';
import { toDriverError, type Effect } from './errors.ts';

const reply = (code: keyof typeof ErrorCode, message = 'words of libvirt', int1 = 0): LibvirtError =>
  new LibvirtError({ code: ErrorCode[code], domain: 10, level: 2, message, int1, int2: 0 }, 'domain_create_with_flags');
const shown = (error: unknown, effect: Effect = 'Change', signal?: AbortSignal): string => {
  const { label, reason } = toDriverError(error, 'start machine web-1', effect, signal);
  return label === reason ? label : `${label}/${reason}`;
};

test.each`
  code                       | message                                                                                                                                           | errno | expected
  ${'NO_DOMAIN'}             | ${''}                                                                                                                                             | ${0}  | ${'NotFound/MachineNotFound'}
  ${'NO_STORAGE_POOL'}       | ${''}                                                                                                                                             | ${0}  | ${'NotFound/PoolNotFound'}
  ${'NO_STORAGE_VOL'}        | ${''}                                                                                                                                             | ${0}  | ${'NotFound/DiskNotFound'}
  ${'NO_NETWORK'}            | ${''}                                                                                                                                             | ${0}  | ${'NotFound/NetworkNotFound'}
  ${'DOM_EXIST'}             | ${''}                                                                                                                                             | ${0}  | ${'Conflict/InstanceExists'}
  ${'OPERATION_FAILED'}      | ${"domain 'web-1' already exists with uuid x"}                                                                                                    | ${0}  | ${'Conflict/InstanceExists'}
  ${'OPERATION_INVALID'}     | ${'domain is not running'}                                                                                                                        | ${0}  | ${'Conflict'}
  ${'OPERATION_INVALID'}     | ${"storage pool 'main' is not active"}                                                                                                            | ${0}  | ${'Transient/PoolInactive'}
  ${'INTERNAL_ERROR'}        | ${"pool 'main' has asynchronous jobs running."}                                                                                                   | ${0}  | ${'Transient/PoolBusy'}
  ${'OPERATION_INVALID'}     | ${"network 'lab' is not active"}                                                                                                                  | ${0}  | ${'Transient/NetworkInactive'}
  ${'OPERATION_TIMEOUT'}     | ${'cannot acquire state change lock'}                                                                                                             | ${0}  | ${'Conflict/Busy'}
  ${'XML_ERROR'}             | ${''}                                                                                                                                             | ${0}  | ${'InvalidSpec'}
  ${'CONFIG_UNSUPPORTED'}    | ${''}                                                                                                                                             | ${0}  | ${'InvalidSpec'}
  ${'OPERATION_UNSUPPORTED'} | ${''}                                                                                                                                             | ${0}  | ${'Unsupported'}
  ${'SYSTEM_ERROR'}          | ${'cannot write'}                                                                                                                                 | ${28} | ${'InsufficientCapacity/OutOfSpace'}
  ${'SYSTEM_ERROR'}          | ${'cannot fork'}                                                                                                                                  | ${12} | ${'InsufficientCapacity/OutOfMemory'}
  ${'SYSTEM_ERROR'}          | ${'failed to terminate process 7: Device or resource busy'}                                                                                       | ${16} | ${'Conflict/Busy'}
  ${'SYSTEM_ERROR'}          | ${"Cannot access storage file '/p/x': No such file or directory"}                                                                                 | ${2}  | ${'NotFound/DiskNotFound'}
  ${'SYSTEM_ERROR'}          | ${'cannot open'}                                                                                                                                  | ${13} | ${'Transient'}
  ${'INTERNAL_ERROR'}        | ${"qemu unexpectedly closed the monitor: cannot set up guest memory 'pc.ram': Cannot allocate memory"}                                            | ${0}  | ${'InsufficientCapacity/OutOfMemory'}
  ${'OPERATION_FAILED'}      | ${"Unable to find any firmware to satisfy 'efi'"}                                                                                                 | ${0}  | ${'Unsupported/FirmwareUnsupported'}
  ${'INTERNAL_ERROR'}        | ${'hugetlbfs filesystem is not mounted or disabled by administrator config'}                                                                      | ${0}  | ${'Unsupported/HugePagesUnsupported'}
  ${'INTERNAL_ERROR'}        | ${'Process exited prior to exec: libvirt:  error : cannot limit locked memory of process 65 to 9: Operation not permitted'}                       | ${0}  | ${'Unsupported/LockedMemoryUnsupported'}
  ${'SYSTEM_ERROR'}          | ${'cannot set CPU affinity on process 55: Invalid argument'}                                                                                      | ${22} | ${'Unsupported/HostCpusUnsupported'}
  ${'CONFIG_UNSUPPORTED'}    | ${'NUMA node 7 is unavailable'}                                                                                                                   | ${0}  | ${'Unsupported/HostNodesUnsupported'}
  ${'INTERNAL_ERROR'}        | ${'Child process (tc qdisc add dev vnet0 parent 1:1 handle 2: sfq perturb 10) unexpected exit status 2: Error: Specified qdisc kind is unknown.'} | ${0}  | ${'Unsupported/BandwidthUnsupported'}
  ${'INTERNAL_ERROR'}        | ${'file system may not support O_DIRECT'}                                                                                                         | ${0}  | ${'Unsupported/DirectIOUnsupported'}
  ${'INTERNAL_ERROR'}        | ${'something else'}                                                                                                                               | ${0}  | ${'Transient'}
`('$code ($message) -> $expected', ({ code, message, errno, expected }) => {
  expect(shown(reply(code as keyof typeof ErrorCode, String(message), Number(errno)))).toBe(expected);
});

test('a code that a newer libvirt has added may be tried again', () => {
  expect(shown(new LibvirtError({ code: 9999, domain: 0, level: 2, message: 'new', int1: 0, int2: 0 }, 'x'))).toBe('Transient');
});

test.each`
  error                                   | read                                      | change
  ${new DeadlineError('late')}            | ${'HostUnreachable/DeadlineExceeded'}     | ${'Unknown/DeadlineExceeded'}
  ${new ConnectionLostError('gone')}      | ${'HostUnreachable'}                      | ${'HostUnreachable'}
  ${new ConnectError('refused')}          | ${'HostUnreachable'}                      | ${'HostUnreachable'}
  ${new ProtocolError('garbage')}         | ${'HostUnreachable'}                      | ${'HostUnreachable'}
  ${new AuthenticationError('who?')}      | ${'HostUnreachable/AuthenticationFailed'} | ${'HostUnreachable/AuthenticationFailed'}
  ${new InvalidArgumentError('too long')} | ${'InvalidSpec'}                          | ${'InvalidSpec'}
  ${new TypeError('a mistake of ours')}   | ${'Unknown'}                              | ${'Unknown'}
  ${'not even an error'}                  | ${'Unknown'}                              | ${'Unknown'}
`('$error.name: reading $read, changing $change', ({ error, read, change }) => {
  expect([shown(error, 'Read'), shown(error, 'Change')]).toEqual([read, change]);
});

test('an abort says nothing about the host', () => {
  expect(shown(new Error('whatever'), 'Read', AbortSignal.abort())).toBe('Unknown/Aborted');
});

test('the message says what could not be done, and the cause keeps the words of libvirt', () => {
  const cause = reply('NO_DOMAIN', 'Domain not found');
  expect(toDriverError(cause, 'start machine web-1', 'Change')).toMatchObject({
    message: 'cannot start machine web-1: Domain not found',
    cause,
  });
});

test('what has a label keeps it', () => {
  const failure = new DriverError('RolledBack', 'as it was');
  expect(toDriverError(failure, 'x', 'Change', AbortSignal.abort())).toBe(failure);
});
