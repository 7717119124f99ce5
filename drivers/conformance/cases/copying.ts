/** Pools whose disks are whole copies, as logical volumes are: nothing there stands on anything. */
import {
  captureHere,
  createBlank,
  createFrom,
  createOnBase,
  defineHere,
  deleteBaseHere,
  deleteHere,
  factsHere,
  findHere,
  growHere,
  importHere,
  listHere,
  mergeHere,
  seeDisksHere,
  writeHere,
} from '../acts/copying.ts';
import { startPaused } from '../acts/machine.ts';
import type { Case } from '../case.ts';

const machine = [importHere, createOnBase('root'), writeHere('config', 1), defineHere] as const;

const cases: readonly Omit<Case, 'copying'>[] = [
  { name: 'disks of every kind are made in it', given: 'Nothing', when: [factsHere], outcome: { answer: () => [undefined, undefined] } },
  { given: 'Nothing', when: [createBlank('a', 2), createBlank('a', 2), listHere], outcome: { answer: () => ['a 2'] } },
  {
    name: 'another size',
    given: 'Nothing',
    when: [createBlank('a', 2), createBlank('a', 3)],
    outcome: { fails: { label: 'Conflict', reason: 'DiskExists' } },
  },
  { given: 'Nothing', when: [createOnBase('a')], outcome: { fails: { label: 'NotFound', reason: 'BaseNotFound' } } },
  { given: 'Nothing', when: [createFrom('a.1', 'a')], outcome: { fails: { label: 'NotFound', reason: 'DiskNotFound' } } },
  {
    name: 'a base is there, and is no disk',
    given: 'Nothing',
    when: [importHere, listHere],
    outcome: { answer: () => [] },
  },
  { given: 'Nothing', when: [importHere, findHere], outcome: { answer: () => true } },
  {
    name: 'no disk stands on it',
    given: 'Nothing',
    when: [importHere, createOnBase('a'), deleteBaseHere, listHere],
    outcome: { answer: () => ['a 1'] },
  },
  { given: 'Nothing', when: [importHere, deleteBaseHere, findHere], outcome: { answer: () => false } },
  {
    name: 'nor on another',
    given: 'Nothing',
    when: [createBlank('a'), createFrom('a.1', 'a'), deleteHere('a'), listHere],
    outcome: { answer: () => ['a.1 1'] },
  },
  {
    given: 'Nothing',
    when: [writeHere('a', 1), writeHere('a', 2), deleteHere('a'), deleteHere('a'), listHere],
    outcome: { answer: () => [] },
  },
  {
    given: 'Nothing',
    when: [createBlank('a'), growHere('a', 2)],
    outcome: { fails: { label: 'Unsupported', reason: 'PoolTypeUnsupported' } },
  },
  { name: 'as large already', given: 'Nothing', when: [createBlank('a', 2), growHere('a', 2)], outcome: {} },
  { given: 'Nothing', when: [growHere('a', 2)], outcome: { fails: { label: 'NotFound', reason: 'DiskNotFound' } } },
  {
    name: 'a machine boots from there',
    given: 'Nothing',
    when: [...machine, startPaused(), seeDisksHere],
    outcome: { answer: () => ['root there', 'config there'] },
  },
  { given: 'Nothing', when: [...machine, startPaused(), mergeHere], outcome: { answer: () => ({ kind: 'Done' }) } },
  {
    name: 'under a machine that runs',
    needs: 'LiveCapture',
    given: 'Nothing',
    when: [...machine, startPaused(), deleteBaseHere, captureHere, findHere],
    outcome: { answer: () => true },
  },
  {
    name: 'of one that is off',
    given: 'Nothing',
    when: [...machine, deleteBaseHere, captureHere, findHere],
    outcome: { answer: () => true },
  },
];

export const copyingCases: readonly Case[] = cases.map((one) => Object.assign({}, one, { copying: true as const }));
