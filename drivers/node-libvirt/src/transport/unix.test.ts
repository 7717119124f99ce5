import { expect, test } from '@jest/globals';
import { ConnectError, InvalidArgumentError } from '../errors.ts';
import { connectUnix, defaultSocketPath } from './unix.ts';

const never = new AbortController().signal;

test('a path that the system would cut off is refused, with the limit', async () => {
  const path = `/${'x'.repeat(107)}`;
  await expect(connectUnix(path, never)).rejects.toThrow(InvalidArgumentError);
  await expect(connectUnix(path, never)).rejects.toThrow(/108 bytes, the system allows 107/);
  await expect(connectUnix(path.slice(0, -1), never)).rejects.toThrow(ConnectError);
});

test('the bytes of a path count, not its characters', async () => {
  await expect(connectUnix(`/${'ä'.repeat(54)}`, never)).rejects.toThrow(InvalidArgumentError);
});

test('nobody listens: the path and the reason', async () => {
  await expect(connectUnix('/nowhere/libvirt-sock', never)).rejects.toThrow('Cannot connect to /nowhere/libvirt-sock');
});

test('an aborted signal connects nothing', async () => {
  await expect(connectUnix('/nowhere', AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
});

test('where a daemon listens by default', () => {
  expect(defaultSocketPath({ driver: 'nothing', path: '/system' })).toBe('/run/libvirt/libvirt-sock');
  expect(defaultSocketPath({ driver: 'nothing', path: '/session' })).toMatch(/\/libvirt\/libvirt-sock$/);
});
