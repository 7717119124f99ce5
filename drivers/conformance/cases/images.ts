/** Base images: they count when their marker exists, and only content that ended well leaves one. */
import {
  createDisk,
  deleteBase,
  exportBase,
  exportTo,
  findBase,
  imageAsBase,
  importBase,
  importThatIsCutOff,
  listBases,
  MiB,
} from '../acts/storage.ts';
import { aborted, impatiently } from '../acts/waiting.ts';
import type { Act, Case } from '../case.ts';

const findOwn: Act = { name: 'findBase', run: (scene) => findBase(scene.baseKey).run(scene) };
const diskOnOwn: Act = { name: 'createDisk on it', run: (scene) => createDisk('a', MiB, { baseKey: scene.baseKey }).run(scene) };
const whole = importBase('Whole');

export const imageCases: readonly Case[] = [
  { given: 'Nothing', when: [whole], outcome: { answer: imageAsBase, base: {} } },
  { name: 'its marker tells what it is', given: 'Nothing', when: [whole, findOwn], outcome: { answer: imageAsBase } },
  {
    name: 'a complete base is kept, its content not read',
    given: 'Nothing',
    when: [whole, importBase('NeverRead')],
    outcome: { answer: imageAsBase, base: {} },
  },
  { name: 'nobody made it', given: 'Nothing', when: [findOwn], outcome: { answer: () => undefined } },
  { given: 'Nothing', when: [findBase('x', 'conformance-no-such-pool')], outcome: { fails: { label: 'NotFound' } } },
  {
    name: 'larger than the room in the pool: nothing of it is read',
    given: 'Nothing',
    when: [importBase('TooLarge')],
    outcome: { fails: { label: 'InsufficientCapacity', reason: 'OutOfSpace' }, base: 'Missing' },
  },
  {
    name: 'the reason reaches the caller, nothing stays',
    given: 'Nothing',
    when: [importBase('Fails')],
    outcome: { fails: { label: 'InvalidSpec', reason: 'ChecksumMismatch' }, base: 'Missing' },
  },
  {
    name: 'the reason reaches the caller, nothing stays',
    given: 'Nothing',
    when: [importBase('NotVerified')],
    outcome: { fails: { label: 'InvalidSpec', reason: 'ChecksumMismatch' }, base: 'Missing' },
  },
  {
    name: 'it can be tried again',
    given: 'Nothing',
    when: [aborted(importBase('Hangs'))],
    outcome: { fails: { label: 'Unknown', reason: 'Aborted' }, base: 'Missing' },
  },
  { given: 'Nothing', when: [impatiently(importBase('Hangs'))], outcome: { fails: { label: 'Unknown' }, base: 'Missing' } },
  { name: 'what is left does not count', given: 'Nothing', when: [importThatIsCutOff, findOwn], outcome: { answer: () => undefined } },
  { name: 'nor carries a disk', given: 'Nothing', when: [importThatIsCutOff, diskOnOwn], outcome: { fails: { label: 'NotFound' } } },
  { name: 'what is left is replaced', given: 'Nothing', when: [importThatIsCutOff, whole], outcome: { answer: imageAsBase, base: {} } },
  { given: 'Nothing', when: [listBases()], outcome: { answer: () => [] } },
  { given: 'Nothing', when: [listBases('conformance-no-such-pool')], outcome: { fails: { label: 'NotFound' } } },
  { name: 'one base is one key', given: 'Nothing', when: [whole, listBases()], outcome: { answer: () => [''] } },
  { name: 'what is left is listed, too', given: 'Nothing', when: [importThatIsCutOff, listBases()], outcome: { answer: () => [''] } },
  { given: 'Nothing', when: [whole, deleteBase, listBases()], outcome: { answer: () => [] } },
  { given: 'Nothing', when: [whole, deleteBase, deleteBase], outcome: { base: 'Missing' } },
  {
    name: 'it is what was imported',
    given: 'Nothing',
    when: [whole, exportBase],
    outcome: { answer: (scene) => ({ ...imageAsBase(scene), whole: true, same: true }), base: {} },
  },
  { name: 'there is none', given: 'Nothing', when: [exportBase], outcome: { fails: { label: 'NotFound' } } },
  {
    name: 'the reason reaches the caller, the base stays',
    given: 'Nothing',
    when: [whole, exportTo('Refuses')],
    outcome: { fails: { label: 'Transient', reason: 'StoreFull' }, base: {} },
  },
  {
    given: 'Nothing',
    when: [whole, aborted(exportTo('Hangs'))],
    outcome: { fails: { label: 'Unknown', reason: 'Aborted' }, base: {} },
  },
  { given: 'Nothing', when: [whole, impatiently(exportTo('Hangs'))], outcome: { fails: { label: 'HostUnreachable' }, base: {} } },
  { name: 'what is left is deleted too', given: 'Nothing', when: [importThatIsCutOff, deleteBase, whole], outcome: { base: {} } },
];
