/** Making machines, bringing them in line, and removing them. */
import type { MachineSpec } from '../../contract.ts';
import { configAsCdrom, define, powerOff, startPaused, undefine } from '../acts/machine.ts';
import { somebody } from '../acts/hands.ts';
import { drift, inspectDisks } from '../acts/reading.ts';
import { createDisk, deleteDisk, listDisks, MiB } from '../acts/storage.ts';
import type { Case } from '../case.ts';
import type { Scene } from '../scene.ts';

/** As a rebuild does: the disk that it booted from is exchanged for another, which has the same place. */
const newRoot = (scene: Scene): Partial<MachineSpec> => ({
  disks: [
    { ...scene.disk('new'), role: 'root' },
    { ...scene.disk('config'), role: 'config' },
  ],
});
const anotherRoot = define('with another root disk', newRoot);

const rescueDisk = createDisk('rescue', MiB);
const rescued = (scene: Scene): Partial<MachineSpec> => ({
  owner: scene.owner({ role: 'rescue' }),
  disks: [...scene.spec().disks, { ...scene.disk('rescue'), role: 'rescue' }],
});
const asRescue = define('as a rescue machine', rescued);
const twoCpus = define('with two CPUs', () => ({ vcpus: 2 }));

export const definitionCases: readonly Case[] = [
  {
    name: 'it is not started, and carries the mark',
    given: 'Disks',
    when: [define()],
    outcome: { machine: { power: 'Stopped', persistent: true, busy: false, vcpus: 1, owner: { role: 'main' } }, events: ['Definition'] },
  },
  { given: 'Disks', when: [define(), define()], outcome: { machine: { power: 'Stopped', vcpus: 1 } } },
  { name: 'it is brought in line', given: 'Stopped', when: [twoCpus, twoCpus], outcome: { machine: { power: 'Stopped', vcpus: 2 } } },
  {
    name: 'the next run takes what was defined last',
    given: 'Stopped',
    when: [twoCpus, startPaused()],
    outcome: { machine: { power: 'Paused', vcpus: 2 } },
  },
  {
    name: 'what runs goes on as it is, and its run stays in the mark',
    given: 'Running',
    when: [twoCpus],
    outcome: { machine: { power: 'Running', vcpus: 1, owner: { runId: 'run-1', bootHash: 'hash-1' } } },
  },
  {
    name: 'the mark becomes what is asked, but for the run',
    given: 'Paused',
    when: [define('with an operation', (scene) => ({ owner: scene.owner({ operation: 'Resize', bootHash: 'hash-2' }) }))],
    outcome: { machine: { power: 'Paused', owner: { operation: 'Resize', runId: 'run-1', bootHash: 'hash-2' } } },
  },
  {
    name: 'a config drive that is a CD-ROM starts, and is seen as one',
    given: 'Disks',
    when: [define('with a CD-ROM', configAsCdrom), startPaused(), inspectDisks],
    outcome: { machine: { power: 'Paused' }, answer: () => ['root', 'config as a CD-ROM'] },
  },
  {
    name: 'a disk that becomes a CD-ROM, and a disk again',
    given: 'Stopped',
    when: [define('with a CD-ROM', configAsCdrom), define(), inspectDisks],
    outcome: { answer: () => ['root', 'config'] },
  },
  {
    name: 'as a rescue machine it has never run',
    given: 'Running',
    when: [powerOff, rescueDisk, asRescue, asRescue, drift('as a rescue machine', rescued)],
    outcome: { machine: { power: 'Stopped', owner: { role: 'rescue', runId: undefined, bootHash: undefined } }, answer: () => [] },
  },
  {
    name: 'the run of a rescue machine stays in its mark',
    given: 'Stopped',
    when: [rescueDisk, asRescue, startPaused(), asRescue],
    outcome: { machine: { power: 'Paused', owner: { role: 'rescue', runId: 'run-2' } } },
  },
  {
    name: 'a rescue machine becomes what it was, and has never run as that',
    given: 'Stopped',
    when: [rescueDisk, asRescue, startPaused(), powerOff, define(), drift('none', () => ({}))],
    outcome: { machine: { power: 'Stopped', owner: { role: 'main', runId: undefined } }, answer: () => [] },
  },
  {
    name: 'the saved state stays',
    needs: 'SuspendToDisk',
    given: 'Suspended',
    when: [define()],
    outcome: { machine: { power: 'Suspended' } },
  },
  {
    name: 'it is brought in line',
    given: 'Stopped',
    when: [createDisk('new', MiB), anotherRoot, drift('none', newRoot)],
    outcome: { answer: () => [] },
  },
  {
    name: 'the next run takes the new one, and nothing holds the old one',
    given: 'Stopped',
    when: [createDisk('new', MiB), anotherRoot, deleteDisk('root'), startPaused()],
    outcome: { machine: { power: 'Paused' }, disks: { root: undefined, new: MiB } },
  },
  {
    name: 'a lost definition is seen',
    asks: 'RunsWithoutDefinition',
    given: 'Running',
    when: [somebody('undefine')],
    outcome: { machine: { power: 'Running', persistent: false } },
  },
  {
    name: 'a lost definition comes back without a restart',
    asks: 'RunsWithoutDefinition',
    given: 'Running',
    when: [somebody('undefine'), define()],
    outcome: { machine: { power: 'Running', persistent: true, owner: { runId: 'run-1' } } },
  },
  {
    name: 'and stays when the run ends',
    asks: 'RunsWithoutDefinition',
    given: 'Running',
    when: [somebody('undefine'), define(), powerOff],
    outcome: { machine: { power: 'Stopped', persistent: true } },
  },
  {
    name: 'somebody changed it',
    given: 'Stopped',
    when: [somebody('addCpu'), define(), drift('none', () => ({}))],
    outcome: { answer: () => [] },
  },
  { given: 'Stopped', when: [undefine, undefine], outcome: { machine: 'Gone', events: ['Removed'] } },
  {
    name: 'the disks stay',
    given: 'Stopped',
    when: [undefine, listDisks('')],
    outcome: { machine: 'Gone', answer: () => ['config', 'root'] },
  },
  {
    name: 'a machine that was undefined with a saved state does not wake up with it',
    needs: 'SuspendToDisk',
    given: 'Suspended',
    when: [undefine, define()],
    outcome: { machine: { power: 'Stopped' } },
  },
];
