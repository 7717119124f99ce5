/** Disks: made once, found by the beginning of their name, deleted for good. */
import { copyDisk, createDisk, createRootDisk, deleteDisk, listDisks, MiB, readBack, writeDisk } from '../acts/storage.ts';
import type { Case } from '../case.ts';

const NOT_FOUND = { label: 'NotFound' } as const;
const NO_POOL = 'conformance-no-such-pool';

export const storageCases: readonly Case[] = [
  { given: 'Nothing', when: [createDisk('a', MiB), createDisk('a', MiB)], outcome: { disks: { a: MiB } } },
  {
    name: 'another size',
    given: 'Nothing',
    when: [createDisk('a', MiB), createDisk('a', 2 * MiB)],
    outcome: { fails: { label: 'Conflict' }, disks: { a: MiB } },
  },
  { given: 'Nothing', when: [createRootDisk, createRootDisk, listDisks('')], outcome: { answer: () => ['root'] } },
  {
    name: 'larger than its base',
    given: 'Nothing',
    when: [{ ...createDisk('a', 64 * MiB), run: (scene) => createDisk('a', 64 * MiB, { baseKey: scene.stage.baseKey }).run(scene) }],
    outcome: { disks: { a: 64 * MiB } },
  },
  {
    name: 'the base is missing',
    given: 'Nothing',
    when: [createDisk('a', MiB, { baseKey: 'conformance-no-such-base' })],
    outcome: { fails: NOT_FOUND, disks: { a: undefined } },
  },
  {
    name: 'larger than the disk that it is made from',
    given: 'Nothing',
    when: [createDisk('a', MiB), createDisk('a.1', 2 * MiB, { from: 'a' })],
    outcome: { disks: { a: MiB, 'a.1': 2 * MiB } },
  },
  {
    name: 'once more from the same disk',
    given: 'Nothing',
    when: [createDisk('a', MiB), createDisk('a.1', 2 * MiB, { from: 'a' }), createDisk('a.1', 2 * MiB, { from: 'a' })],
    outcome: { disks: { 'a.1': 2 * MiB } },
  },
  {
    name: 'asked to be smaller than the disk that it is made from: nothing is cut off',
    given: 'Nothing',
    when: [createDisk('a', 2 * MiB), createDisk('a.1', MiB, { from: 'a' })],
    outcome: { disks: { 'a.1': 2 * MiB } },
  },
  {
    name: 'there is one of that name, which was made from nothing',
    given: 'Nothing',
    when: [createDisk('a', MiB), createDisk('a.1', MiB), createDisk('a.1', MiB, { from: 'a' })],
    outcome: { fails: { label: 'Conflict' }, disks: { 'a.1': MiB } },
  },
  {
    name: 'from a disk that is missing',
    given: 'Nothing',
    when: [createDisk('a.1', MiB, { from: 'a' })],
    outcome: { fails: NOT_FOUND, disks: { 'a.1': undefined } },
  },
  {
    name: 'not named after the disk that it is made from',
    given: 'Nothing',
    when: [createDisk('a', MiB), createDisk('b', MiB, { from: 'a' })],
    outcome: { fails: { label: 'InvalidSpec' }, disks: { b: undefined } },
  },
  {
    name: 'another one stands on it',
    given: 'Nothing',
    when: [createDisk('a', MiB), createDisk('a.1', MiB, { from: 'a' }), deleteDisk('a')],
    outcome: { fails: { label: 'Conflict' }, disks: { a: MiB, 'a.1': MiB } },
  },
  {
    name: 'after the one that stood on it',
    given: 'Nothing',
    when: [createDisk('a', MiB), createDisk('a.1', MiB, { from: 'a' }), deleteDisk('a.1'), deleteDisk('a')],
    outcome: { disks: { a: undefined, 'a.1': undefined } },
  },
  { given: 'Nothing', when: [createDisk('a', MiB, { pool: NO_POOL })], outcome: { fails: NOT_FOUND } },
  { given: 'Nothing', when: [writeDisk('a', 1, MiB), writeDisk('a', 1, MiB)], outcome: { disks: { a: MiB } } },
  {
    name: 'what was there is replaced',
    given: 'Nothing',
    when: [writeDisk('a', 1, 2 * MiB), writeDisk('a', 2, MiB)],
    outcome: { disks: { a: MiB } },
  },
  { given: 'Nothing', when: [writeDisk('a', 1, MiB), readBack('a')], outcome: { answer: () => [1, 1, 1, 1] } },
  {
    name: 'what was there is replaced',
    given: 'Nothing',
    when: [writeDisk('a', 1, MiB), writeDisk('a', 2, MiB), readBack('a')],
    outcome: { answer: () => [2, 2, 2, 2] },
  },
  {
    name: 'by beginning of the name',
    given: 'Nothing',
    when: [createDisk('ab', MiB), createDisk('ac', MiB), createDisk('b', MiB), listDisks('a')],
    outcome: { answer: () => ['ab', 'ac'] },
  },
  { name: 'there is none', given: 'Nothing', when: [listDisks('a')], outcome: { answer: () => [] } },
  {
    name: 'its file was copied there',
    given: 'Nothing',
    when: [copyDisk('a', MiB), copyDisk('b', MiB), listDisks('', { expected: ['a'] })],
    outcome: { answer: () => ['a', 'b'] },
  },
  {
    name: 'its file was copied there',
    given: 'Nothing',
    when: [copyDisk('a', MiB), listDisks('', { expected: ['a'] }), deleteDisk('a'), listDisks('', { expected: ['a'] })],
    outcome: { answer: () => [] },
  },
  {
    name: 'one of two is nowhere',
    given: 'Nothing',
    when: [createDisk('a', MiB), listDisks('', { expected: ['a', 'b'] })],
    outcome: { answer: () => ['a'] },
  },
  { name: 'of an unknown pool', given: 'Nothing', when: [listDisks('a', { pools: [NO_POOL] })], outcome: { fails: NOT_FOUND } },
  { given: 'Nothing', when: [createDisk('a', MiB), deleteDisk('a'), deleteDisk('a')], outcome: { disks: { a: undefined } } },
  { name: 'one that never was', given: 'Nothing', when: [deleteDisk('a')], outcome: { disks: { a: undefined } } },
];
