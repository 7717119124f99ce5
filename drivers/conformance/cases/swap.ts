/** Volumes of machines onto other disks, running or off: all of them, as it runs and as it is defined, or not at all. */
import { powerOff, startPaused } from '../acts/machine.ts';
import { jobBegins } from '../acts/hands.ts';
import { endSwap, seeDisksOfVolumes, seeRoot, sizeOf, swapRoot, swapVolume } from '../acts/swap.ts';
import { attachVolume, detachVolume, grow, keepSecret, makeVolume, otherMachineWith, usersOf } from '../acts/volumes.ts';
import { copyDisk, createDisk, MiB } from '../acts/storage.ts';
import { aborted } from '../acts/waiting.ts';
import type { Act, Case, Given } from '../case.ts';

const data = [makeVolume('data'), attachVolume('data')] as const;
const other = makeVolume('other');
const swap = swapVolume('data', 'other');
const ON: readonly Given[] = ['Running', 'Paused'];
const MOVED = { answer: () => ['data on other: Both'] };
const KEPT = { answer: () => ['data on data: Both'] };
/** And the other one is as large. */
const onBase: Act = {
  name: 'the disk of volume based is made on a base',
  run: async (scene) => {
    const sizeBytes = Math.max(2 * MiB, scene.stage.harness.image.virtualSizeBytes);
    await createDisk('volume-based', sizeBytes, { baseKey: scene.stage.baseKey }).run(scene);
    await scene.driver.growDisk(scene.disk('volume-data'), sizeBytes, scene.target(), scene.call());
  },
};

const through: readonly Case[] = ON.flatMap((given): readonly Case[] => [
  { given, when: [...data, other, swap, seeDisksOfVolumes], outcome: { ...MOVED, events: ['Definition'] } },
  { name: 'nobody has the old one', given, when: [...data, other, swap, usersOf('data')], outcome: { answer: () => [] } },
]);

const more: readonly Case[] = [
  { name: 'once is enough', given: 'Running', when: [...data, other, swap, swap, seeDisksOfVolumes], outcome: MOVED },
  { name: 'and back', given: 'Running', when: [...data, other, swap, swapVolume('data', 'data'), seeDisksOfVolumes], outcome: KEPT },
  {
    name: 'the next run has the new one',
    given: 'Running',
    when: [...data, other, swap, powerOff, startPaused('run-3'), seeDisksOfVolumes],
    outcome: MOVED,
  },
  {
    name: 'both of them grown',
    given: 'Running',
    when: [...data, other, grow('data', 3), grow('other', 3), swap, seeDisksOfVolumes],
    outcome: MOVED,
  },
  {
    name: 'its disk is one that somebody copied there',
    given: 'Running',
    when: [...data, copyDisk('volume-other', MiB), swap, seeDisksOfVolumes],
    outcome: MOVED,
  },
  {
    name: 'on SCSI',
    given: 'Running',
    when: [makeVolume('scsi'), attachVolume('scsi'), other, swapVolume('scsi', 'other'), seeDisksOfVolumes],
    outcome: { answer: () => ['scsi on other: Both'] },
  },
  { name: 'there is none to end', given: 'Running', when: [...data, endSwap('data'), seeDisksOfVolumes], outcome: KEPT },
  { name: 'what is through stays so', given: 'Running', when: [...data, other, swap, endSwap('data'), seeDisksOfVolumes], outcome: MOVED },
  { name: 'of a machine that is off', given: 'Stopped', when: [...data, endSwap('data')], outcome: {} },
  { name: 'of a machine that is gone', given: 'Nothing', when: [endSwap('data')], outcome: {} },
];

const failing = (label: 'Conflict' | 'NotFound' | 'InvalidSpec' | 'Unknown' | 'Unsupported', reason: string) => ({
  fails: { label, reason },
});

const refused: readonly Case[] = [
  { name: 'saved', given: 'Suspended', when: [swap], outcome: failing('Conflict', 'IsSuspended') },
  { name: 'it has none of that id', given: 'Running', when: [other, swap], outcome: failing('NotFound', 'VolumeNotPlugged') },
  {
    name: 'it gave that one back',
    given: 'Stopped',
    when: [...data, detachVolume('data'), startPaused(), other, swap],
    outcome: failing('NotFound', 'VolumeNotPlugged'),
  },
  { name: 'there is no such disk', given: 'Running', when: [...data, swap], outcome: failing('NotFound', 'DiskNotFound') },
  {
    name: 'another machine has it',
    given: 'Running',
    when: [...data, other, otherMachineWith('other'), swap],
    outcome: failing('Conflict', 'DiskInUse'),
  },
  {
    name: 'it is larger',
    given: 'Running',
    when: [...data, other, grow('other', 3), swap],
    outcome: failing('InvalidSpec', 'VolumeSizeDiffers'),
  },
  {
    name: 'it is not blank',
    given: 'Running',
    when: [...data, onBase, swapVolume('data', 'based')],
    outcome: failing('InvalidSpec', 'VolumeNotBlank'),
  },
  {
    name: 'a job runs on it',
    given: 'Running',
    when: [...data, other, jobBegins, swap],
    outcome: { fails: { label: 'Conflict', reason: 'Busy' } },
  },
  { name: 'nothing is done', given: 'Running', when: [...data, other, aborted(swap, 'before')], outcome: failing('Unknown', 'Aborted') },
];

const OFF = 'Stopped';
const NEXT = { answer: () => ['data on other: Next'] };

const whileOff: readonly Case[] = [
  { given: OFF, when: [...data, other, swap, seeDisksOfVolumes], outcome: NEXT },
  { name: 'nobody has the old one', given: OFF, when: [...data, other, swap, usersOf('data')], outcome: { answer: () => [] } },
  { name: 'once is enough', given: OFF, when: [...data, other, swap, swap, seeDisksOfVolumes], outcome: NEXT },
  {
    name: 'and back',
    given: OFF,
    when: [...data, other, swap, swapVolume('data', 'data'), seeDisksOfVolumes],
    outcome: { answer: () => ['data on data: Next'] },
  },
  { name: 'it starts with the new one', given: OFF, when: [...data, other, swap, startPaused(), seeDisksOfVolumes], outcome: MOVED },
  { name: 'there is no such disk yet', given: OFF, when: [...data, swap, seeDisksOfVolumes], outcome: NEXT },
  {
    name: 'it is larger',
    given: OFF,
    when: [...data, other, swapVolume('data', 'other', 3), sizeOf('other')],
    outcome: { answer: () => [3] },
  },
  {
    name: 'it is not blank',
    given: OFF,
    when: [...data, grow('data', 2), onBase, swapVolume('data', 'based', 64), seeDisksOfVolumes],
    outcome: { answer: () => ['data on based: Next'] },
  },
  {
    name: 'it would be smaller: nothing is done',
    given: OFF,
    when: [...data, other, grow('data', 3), swap],
    outcome: failing('InvalidSpec', 'VolumeSizeDiffers'),
  },
  { name: 'off, and it has none of that id', given: OFF, when: [other, swap], outcome: failing('NotFound', 'VolumeNotPlugged') },
  {
    name: 'off, and another machine has it',
    given: OFF,
    when: [...data, other, otherMachineWith('other'), swap],
    outcome: failing('Conflict', 'DiskInUse'),
  },
  {
    name: 'it is encrypted',
    given: OFF,
    when: [keepSecret('open sesame'), makeVolume('vault'), attachVolume('vault'), other, swapVolume('vault', 'other')],
    outcome: failing('Unsupported', 'VolumeUnfit'),
  },
];

const ROOT = { answer: () => 'other' };

const ofRoot: readonly Case[] = [
  { given: OFF, when: [swapRoot('other'), seeRoot], outcome: ROOT },
  { name: 'once is enough', given: OFF, when: [other, swapRoot('other'), swapRoot('other'), seeRoot], outcome: ROOT },
  { name: 'it boots from it', given: OFF, when: [swapRoot('other'), startPaused(), seeRoot], outcome: ROOT },
  { name: 'as large as asked', given: OFF, when: [swapRoot('other'), sizeOf('other')], outcome: { answer: () => [64] } },
  { given: 'Running', when: [other, swapRoot('other')], outcome: failing('Conflict', 'IsRunning') },
  { given: 'Suspended', when: [swapRoot('other')], outcome: failing('Conflict', 'IsSuspended') },
  {
    name: 'another machine has it',
    given: OFF,
    when: [other, otherMachineWith('other'), swapRoot('other')],
    outcome: failing('Conflict', 'DiskInUse'),
  },
];

export const swapCases: readonly Case[] = [...through, ...more, ...refused, ...whileOff, ...ofRoot];
