import { expect, test } from '@jest/globals';
import type { MachineSpec } from '../../drivers/contract.ts';
import type { Hardware } from '../../drivers/hardware.ts';
import { misfit } from './hardware-fit.ts';

const MIB = 2 ** 20;
const machine = (hardware: Hardware): MachineSpec => ({
  name: 'web',
  owner: { clusterId: 'c', namespace: 'n', name: 'web', uid: 'u', role: 'main' },
  vcpus: 4,
  memoryBytes: 512 * MIB,
  disks: [],
  interfaces: [],
  ...hardware,
});
const cells = (...numaCells: readonly (readonly [string, number])[]): Hardware => ({
  memory: { numaCells: numaCells.map(([cpus, mib]) => ({ cpus, memoryBytes: mib * MIB })) },
});

test.each<[string, Hardware, RegExp | undefined]>([
  ['nothing asked', {}, undefined],
  ['a topology of as many CPUs', { cpu: { topology: { sockets: 1, cores: 2, threads: 2 } } }, undefined],
  ['a topology of others', { cpu: { topology: { sockets: 2, cores: 2, threads: 2 } } }, /topology has 8 CPUs and the Flavor 4/],
  ['the last CPU pinned', { cpu: { pinning: [{ vcpu: 3, hostCpus: '0' }] } }, undefined],
  ['a CPU pinned that is not there', { cpu: { pinning: [{ vcpu: 4, hostCpus: '0' }] } }, /names CPU 4.*last.* 3/],
  ['two cells', cells(['0-1', 256], ['2-3', 256]), undefined],
  ['cells of single CPUs', cells(['0,2', 128], ['1,3', 384]), undefined],
  ['too little memory', cells(['0-3', 256]), /numaCells have 268435456 bytes and the Flavor 536870912/],
  ['a CPU in no cell', cells(['0-1', 256], ['2', 256]), /0 to 3 exactly once/],
  ['a CPU in two', cells(['0-2', 256], ['2-3', 256]), /0 to 3 exactly once/],
  ['a range the wrong way round', cells(['3-0', 512]), /0 to 3 exactly once/],
])('%s -> %s', (_, hardware, expected) => {
  if (expected === undefined) expect(misfit(machine(hardware))).toBeUndefined();
  else expect(misfit(machine(hardware))).toMatch(expected);
});

const topology = (sockets: number): Hardware => ({ cpu: { topology: { sockets, cores: 2, threads: 2 } } });

test('with room for more, the parts are of all that there may be', () => {
  const maximum = { vcpus: 8, memoryBytes: 1024 * MIB };
  expect(misfit({ ...machine(topology(2)), maximum })).toBeUndefined();
  expect(misfit({ ...machine(topology(1)), maximum })).toMatch(/topology has 4 CPUs and the Flavor 8/);
});
