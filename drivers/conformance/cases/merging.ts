/** Disks that take in those that they were made from: the machine goes on, and what is below is needed no more. */
import { captureLive } from '../acts/capture.ts';
import { jobBegins } from '../acts/hands.ts';
import { define, pause, powerOff, suspendToDisk } from '../acts/machine.ts';
import { mergeDisk, mergeUntilDone, runOn } from '../acts/merging.ts';
import { createDisk, deleteDisk } from '../acts/storage.ts';
import type { Act, Case } from '../case.ts';
import type { Scene } from '../scene.ts';

const size = (scene: Scene): number => scene.stage.harness.image.virtualSizeBytes;
const above = (suffix: string, from: string): Act => ({
  name: `createDisk(${suffix}) from ${from}`,
  run: (scene) => createDisk(suffix, size(scene), { from }).run(scene),
});
const ONCE = [above('root.1', 'root'), runOn('root.1')] as const;
const TWICE = [above('root.1', 'root'), above('root.2', 'root.1'), runOn('root.2')] as const;
const RUNS = { machine: { power: 'Running', busy: false } } as const;

export const mergingCases: readonly Case[] = [
  {
    name: 'it goes on',
    given: 'Stopped',
    when: [...ONCE, mergeUntilDone('root.1')],
    outcome: { answer: () => ({ kind: 'Done' }), ...RUNS },
  },
  {
    name: 'nothing stands on it any more',
    given: 'Stopped',
    when: [...ONCE, mergeUntilDone('root.1'), deleteDisk('root')],
    outcome: { disks: { root: undefined }, ...RUNS },
  },
  {
    name: 'nor on any of several',
    given: 'Stopped',
    when: [...TWICE, mergeUntilDone('root.2'), deleteDisk('root.1'), deleteDisk('root')],
    outcome: { disks: { root: undefined, 'root.1': undefined }, ...RUNS },
  },
  {
    name: 'it starts again without them',
    given: 'Stopped',
    when: [...ONCE, mergeUntilDone('root.1'), deleteDisk('root'), powerOff, runOn('root.1')],
    outcome: RUNS,
  },
  { name: 'it begins', given: 'Stopped', when: [...ONCE, mergeDisk('root.1')], outcome: { answer: () => ({ kind: 'Begun' }) } },
  {
    name: 'as a paused machine',
    given: 'Stopped',
    when: [...ONCE, pause, mergeUntilDone('root.1')],
    outcome: { machine: { power: 'Paused' } },
  },
  {
    name: 'not merged: it is stood on',
    given: 'Stopped',
    when: [...ONCE, deleteDisk('root')],
    outcome: { fails: { label: 'Conflict', reason: 'DiskInUse' }, ...RUNS },
  },
  { name: 'it was made from none', given: 'Running', when: [mergeDisk('root')], outcome: { answer: () => ({ kind: 'Done' }), ...RUNS } },
  { name: 'nor this one, which is off', given: 'Stopped', when: [mergeDisk('root')], outcome: { answer: () => ({ kind: 'Done' }) } },
  {
    name: 'off: it waits',
    given: 'Stopped',
    when: [above('root.1', 'root'), asRoot('root.1'), mergeDisk('root.1')],
    outcome: { fails: { label: 'Conflict', reason: 'IsStopped' } },
  },
  {
    name: 'copied meanwhile',
    given: 'Stopped',
    when: [...ONCE, mergeDisk('root.1'), { ...captureLive, run: (scene) => captureOf('root.1', scene) }],
    outcome: { base: {}, ...RUNS },
  },
  {
    name: 'suspended meanwhile',
    given: 'Stopped',
    when: [...ONCE, mergeDisk('root.1'), suspendToDisk],
    outcome: { machine: { power: 'Suspended' } },
  },
  {
    name: 'powered off meanwhile',
    given: 'Stopped',
    when: [...ONCE, mergeDisk('root.1'), powerOff],
    outcome: { machine: { power: 'Stopped' } },
  },
  {
    name: 'a disk of another',
    given: 'Running',
    when: [createDisk('other', 1024 * 1024), mergeDisk('other')],
    outcome: { fails: { label: 'NotFound', reason: 'DiskNotFound' } },
  },
  { given: 'Nothing', when: [mergeDisk('root')], outcome: { fails: { label: 'NotFound' } } },
  { given: 'Running', when: [jobBegins, mergeDisk('root')], outcome: { fails: { label: 'Conflict', reason: 'Busy' } } },
];

function asRoot(suffix: string): Act {
  return define(`on ${suffix}`, (scene) => ({ disks: [{ ...scene.disk(suffix), role: 'root' }] }));
}

function captureOf(suffix: string, scene: Scene): Promise<unknown> {
  const capture = { disk: scene.disk(suffix), pool: scene.pool, key: scene.baseKey, quiesce: 'Never' } as const;
  return scene.driver.captureBase(scene.target(), capture, scene.call());
}
