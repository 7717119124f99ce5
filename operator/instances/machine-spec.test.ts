import { expect, test } from '@jest/globals';
import { Errors } from 'typebox/value';
import { InstanceDisk } from '../../crds/instance/status.ts';
import type { MachineDisk } from '../../drivers/contract.ts';
import { disksOf } from './machine-spec.ts';

const KEYS: Readonly<Record<string, string>> = { default: 'main' };
const told = (disks: readonly MachineDisk[]) => disksOf(disks, (name) => KEYS[name], '8Gi');
const root: MachineDisk = { role: 'root', pool: 'default', name: 'u-root-1' };

test.each<[string, MachineDisk, object | undefined]>([
  ['in a pool with a key', root, { name: 'root', role: 'root', pool: 'main', volume: 'u-root-1', size: '8Gi' }],
  [
    'in a pool without one',
    { ...root, pool: 'Old_Images' },
    { name: 'root', role: 'root', pool: 'Old_Images', volume: 'u-root-1', size: '8Gi' },
  ],
  ['in no pool', { ...root, pool: '', name: '/srv/web.qcow2' }, { name: 'root', role: 'root', volume: '/srv/web.qcow2', size: '8Gi' }],
  [
    'one of several',
    { role: 'ephemeral', label: 'data', pool: 'default', name: 'u-ephemeral-data-1' },
    { name: 'ephemeral-data', role: 'ephemeral', pool: 'main', volume: 'u-ephemeral-data-1' },
  ],
  ['an empty drive', { role: 'ephemeral', pool: '', name: '' }, undefined],
  ['a name that no disk has', { ...root, name: 'x'.repeat(5_000) }, undefined],
  ['a pool name that no pool has', { ...root, pool: 'x'.repeat(5_000) }, undefined],
])('a disk for status: %s', (_, disk, expected) => {
  const disks = told([disk]);
  expect(disks).toEqual(expected === undefined ? [] : [expected]);
  expect(disks.flatMap((each) => Errors(InstanceDisk, each))).toEqual([]);
});

test('a machine with more disks than a machine has does not make the object grow', () => {
  expect(told(Array.from({ length: 500 }, (_, at) => ({ ...root, name: `d${at}` })))).toHaveLength(64);
});
