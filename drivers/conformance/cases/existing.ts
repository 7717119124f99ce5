/** Disks that exist already, as the units of an iSCSI target: had by machines, and never made, changed or removed. */
import { factsOfExisting, listExisting, listMade, makings, rootDisk, tryAll } from '../acts/existing.ts';
import { define, startPaused } from '../acts/machine.ts';
import {
  attachVolume,
  bootsFrom,
  detachVolume,
  EXISTING,
  otherMachineFrom,
  otherMachineWith,
  seeVolumes,
  usersOf,
  withVolumes,
} from '../acts/volumes.ts';
import type { Case } from '../case.ts';
import type { Scene } from '../scene.ts';

const attach = attachVolume(EXISTING);
const rootOf = ({ stage }: Scene): unknown => ({ pool: stage.harness.existing.pool, name: stage.harness.existing.name });
const theDisk = ({ stage }: Scene): unknown => stage.harness.existing;

export const existingCases: readonly Case[] = [
  { given: 'Nothing', when: [listExisting], outcome: { answer: (scene) => [theDisk(scene)] } },
  { name: 'what was made lies elsewhere', given: 'Disks', when: [listMade], outcome: { answer: () => [] } },
  { given: 'Nothing', when: [factsOfExisting], outcome: { answer: () => ({ disks: 'Existing' }) } },
  ...makings.map((act): Case => ({
    given: 'Nothing',
    when: [act],
    outcome: { fails: { label: 'Unsupported', reason: 'PoolTypeUnsupported' } },
  })),
  {
    name: 'what was refused left it alone',
    given: 'Nothing',
    when: [tryAll, listExisting],
    outcome: { answer: (scene) => [theDisk(scene)] },
  },
  {
    name: 'it is in what runs and in the definition',
    given: 'Running',
    when: [attach, attach, seeVolumes],
    outcome: { answer: () => [`${EXISTING} Both`], events: ['Definition'] },
  },
  { given: 'Stopped', when: [attach, seeVolumes], outcome: { answer: () => [`${EXISTING} Next`] } },
  {
    name: 'the next run has it',
    given: 'Stopped',
    when: [attach, startPaused(), seeVolumes],
    outcome: { answer: () => [`${EXISTING} Both`] },
  },
  {
    name: 'defined with it',
    given: 'Stopped',
    when: [define('with it', withVolumes(EXISTING)), startPaused(), seeVolumes],
    outcome: { answer: () => [`${EXISTING} Both`] },
  },
  {
    name: 'booted from',
    given: 'Stopped',
    when: [define('from it', bootsFrom(EXISTING)), startPaused(), rootDisk],
    outcome: { answer: (scene) => rootOf(scene) },
  },
  {
    name: 'booted from',
    given: 'Stopped',
    when: [define('from it', bootsFrom(EXISTING)), usersOf(EXISTING)],
    outcome: { answer: () => [true] },
  },
  {
    name: 'another machine boots from it',
    given: 'Stopped',
    when: [otherMachineFrom(EXISTING), attach],
    outcome: { fails: { label: 'Conflict', reason: 'DiskInUse' } },
  },
  { given: 'Stopped', when: [attach, detachVolume(EXISTING), seeVolumes], outcome: { answer: () => [] } },
  { given: 'Stopped', when: [usersOf(EXISTING)], outcome: { answer: () => [] } },
  { given: 'Stopped', when: [attach, usersOf(EXISTING)], outcome: { answer: () => [true] } },
  {
    name: 'another machine has it',
    given: 'Stopped',
    when: [otherMachineWith(EXISTING), attach],
    outcome: { fails: { label: 'Conflict', reason: 'DiskInUse' } },
  },
];
