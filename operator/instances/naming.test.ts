import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  MACHINE_NAME_MAX,
  configDriveName,
  configDriveOwner,
  configDrivePrefix,
  diskName,
  diskPrefix,
  ephemeralDiskName,
  incarnationOf,
  isRootDisk,
  macAddress,
  machineName,
  rootIncarnation,
} from './naming.ts';

const UID = '0b0e6f5c-2f5e-4b0e-9c55-7f8a3a4d9a11';
const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,250}[a-z0-9])?$/);
const anything = fc.string({ maxLength: 300 });

test('names read well', () => {
  expect(machineName({ namespace: 'default', name: 'web', uid: UID })).toBe('default.web-0nkbdllan9joqe8ntvk6mdxqp');
  expect(diskName(UID, 'root')).toBe(`${UID}-root-1`);
  expect(configDriveName(UID, '4bf5122f344554c5')).toBe(`${UID}-config-4bf5122f`);
});

test.each([
  ['root-1', '1'],
  ['root-12', '12'],
  ['root-1.3', '1'],
  ['root-1.1.1', '1'],
  ['ephemeral-1', undefined],
  ['config-4bf5122f', undefined],
])('%s is root disk %s, however often it was resized', (told, incarnation) => {
  expect([isRootDisk(`${UID}-${told}`), rootIncarnation(`${UID}-${told}`)]).toEqual([incarnation !== undefined, incarnation]);
});

test('names hold safe characters only, and are not too long', () => {
  fc.assert(
    fc.property(fc.oneof(name, anything), fc.oneof(name, anything), fc.oneof(fc.uuid(), anything), (namespace, each, uid) => {
      const machine = machineName({ namespace, name: each, uid });
      expect(machine).toMatch(/^[A-Za-z0-9-][A-Za-z0-9._-]*$/);
      expect(Buffer.byteLength(machine)).toBeLessThanOrEqual(MACHINE_NAME_MAX);
    }),
  );
  fc.assert(
    fc.property(fc.uuid(), fc.stringMatching(/^[0-9a-f]{64}$/), (uid, hash) => {
      for (const disk of [
        diskName(uid, 'root', 99),
        diskName(uid, 'ephemeral'),
        ephemeralDiskName(uid, 'a-long-one'),
        configDriveName(uid, hash),
      ]) {
        expect(disk).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/);
        expect(disk.startsWith(diskPrefix(uid))).toBe(true);
      }
      expect(configDriveName(uid, hash).startsWith(configDrivePrefix(uid))).toBe(true);
    }),
  );
});

test.each([
  [diskName(UID, 'root', 12), 12],
  [`${diskName(UID, 'ephemeral', 3)}.1`, 3],
  [ephemeralDiskName(UID, 'data', 2), 2],
  [ephemeralDiskName(UID, '1', 4), 4],
  [ephemeralDiskName(UID, 'a-1', 5), 5],
  [`${UID}-ephemeral-data`, undefined],
  [`${UID}-config-4bf5122f`, undefined],
])('%s is of incarnation %s', (disk, incarnation) => {
  expect(incarnationOf(disk, UID)).toBe(incarnation);
});

test('a config drive says whom it was made for, and no other disk does', () => {
  expect(configDriveOwner(configDriveName(UID, '4bf5122f344554c5'))).toBe(UID);
  for (const other of [diskName(UID, 'root'), `${UID}-config-`, `${UID}-config-4bf5122f-1`, 'web-config-4bf5122f', 'debian.qcow2'])
    expect(configDriveOwner(other)).toBeUndefined();
});

test('two Instances never share a name, however alike they are called', () => {
  fc.assert(
    fc.property(name, name, fc.uuid(), fc.uuid(), (namespace, each, a, b) => {
      fc.pre(a !== b);
      expect(machineName({ namespace, name: each, uid: a })).not.toBe(machineName({ namespace, name: each, uid: b }));
      expect(diskName(a, 'root').startsWith(diskPrefix(b))).toBe(false);
    }),
  );
  const last = UID.replace(/1$/, '2');
  expect(machineName({ namespace: 'n'.repeat(63), name: 'x'.repeat(253), uid: UID })).not.toBe(
    machineName({ namespace: 'n'.repeat(63), name: 'x'.repeat(253), uid: last }),
  );
});

test('MAC addresses are locally administered, unicast, and follow from machine and interface', () => {
  fc.assert(
    fc.property(fc.uuid(), name, (uid, each) => {
      expect(macAddress(uid, each)).toMatch(/^[0-9a-f]2(:[0-9a-f]{2}){5}$/);
      expect(macAddress(uid, each)).toBe(macAddress(uid, each));
    }),
  );
  expect(macAddress(UID, 'eth0')).not.toBe(macAddress(UID, 'eth1'));
});
