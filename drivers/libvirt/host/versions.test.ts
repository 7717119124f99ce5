import { expect, test } from '@jest/globals';
import { checkVersions } from './versions.ts';

const failureOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

const version = (text: string) => {
  const [major = 0, minor = 0, release = 0] = text.split('.').map(Number);
  return { major, minor, release };
};
const check = (libvirt: string, qemu: string) => checkVersions({ libvirt: version(libvirt), QEMU: version(qemu) });

test('a host too old is refused, with what it has and what is needed', () => {
  const message = 'the host has libvirt 7.10.0 and QEMU 7.2.22; at least libvirt 8.0.0 and QEMU 6.2.0 are needed';
  expect(failureOf(() => check('7.10.0', '7.2.22'))).toMatchObject({ label: 'Unsupported', reason: 'VersionTooOld', message });
  expect(() => check('9.0.0', '6.1.99')).toThrow('QEMU 6.1.99');
});

test('one that will soon be too old is warned of', () => {
  expect(check('8.0.0', '6.2.0')).toEqual([
    'libvirt 8.0.0 will soon be too old: 9.0.0 or later will be needed',
    'QEMU 6.2.0 will soon be too old: 7.2.0 or later will be needed',
  ]);
  expect(check('9.0.0', '7.2.22')).toEqual([]);
  expect(check('11.1.0', '10.0.0')).toEqual([]);
});
