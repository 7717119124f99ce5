/** Copies of a machine's disk: they stand alone, the machine goes on as it is, and one that a disk stands on stays. */
import { captureBase, captureLive, captureOff, captureVolume, copyToBase, endCapture } from '../acts/capture.ts';
import { jobBegins } from '../acts/hands.ts';
import { inspect } from '../acts/reading.ts';
import { createDisk, MiB, deleteBase, deleteDisk, exportBase, findBase, importThatIsCutOff } from '../acts/storage.ts';
import { attachVolume, grow, makeVolume, otherMachineWith, seeVolumes } from '../acts/volumes.ts';
import { aborted } from '../acts/waiting.ts';
import type { Act, Case } from '../case.ts';
import type { Scene } from '../scene.ts';

const size = (scene: Scene): number => scene.stage.harness.image.virtualSizeBytes;
const diskOnIt: Act = {
  name: 'createDisk on it',
  run: (scene) => createDisk('copy', size(scene), { baseKey: scene.baseKey }).run(scene),
};
const findIt: Act = { name: 'findBase', run: (scene) => findBase(scene.baseKey).run(scene) };
const whole = (scene: Scene) => ({ key: scene.baseKey, virtualSizeBytes: size(scene) });
const COMPLETE = {} as const;

const data = makeVolume('data');
const plugged = [data, attachVolume('data')] as const;
const ofMiB = (mebibytes: number) => (scene: Scene) => ({ key: scene.baseKey, virtualSizeBytes: mebibytes * MiB });
const live = (id: string): Act => ({ ...captureVolume(id), needs: 'LiveCapture' });

/** Of volumes: those of a machine, and those that none has. */
const ofVolumes: readonly Case[] = [
  { given: 'Running', when: [...plugged, live('data')], outcome: { answer: ofMiB(1), machine: { power: 'Running', busy: false } } },
  { name: 'and kept by it', given: 'Running', when: [...plugged, live('data'), seeVolumes], outcome: { answer: () => ['data Both'] } },
  {
    name: 'that the guest only reads',
    given: 'Running',
    when: [makeVolume('read-only'), attachVolume('read-only'), live('read-only')],
    outcome: { answer: ofMiB(1) },
  },
  { name: 'that grew', given: 'Running', when: [...plugged, grow('data', 3), live('data')], outcome: { answer: ofMiB(3) } },
  { given: 'Stopped', when: [...plugged, captureVolume('data')], outcome: { answer: ofMiB(1), base: COMPLETE } },
  { given: 'Nothing', when: [data, copyToBase('data')], outcome: { answer: ofMiB(1), base: COMPLETE } },
  { name: 'that grew', given: 'Nothing', when: [data, grow('data', 3), copyToBase('data')], outcome: { answer: ofMiB(3) } },
  { name: 'a complete one is kept', given: 'Nothing', when: [data, copyToBase('data'), copyToBase('data')], outcome: { answer: ofMiB(1) } },
  {
    name: 'what an import left is replaced',
    given: 'Nothing',
    when: [data, importThatIsCutOff, copyToBase('data')],
    outcome: { answer: ofMiB(1) },
  },
  {
    name: 'that is not there',
    given: 'Nothing',
    when: [copyToBase('data')],
    outcome: { fails: { label: 'NotFound', reason: 'DiskNotFound' }, base: 'Missing' },
  },
  ...(['Running', 'Stopped'] as const).map((given): Case => ({
    name: 'that a machine has',
    given,
    when: [...plugged, copyToBase('data')],
    outcome: { fails: { label: 'Conflict', reason: 'DiskInUse' }, base: 'Missing' },
  })),
  {
    name: 'that another machine has',
    given: 'Nothing',
    when: [data, otherMachineWith('data'), copyToBase('data')],
    outcome: { fails: { label: 'Conflict', reason: 'DiskInUse' }, base: 'Missing' },
  },
  {
    name: 'nothing is done',
    given: 'Nothing',
    when: [data, aborted(copyToBase('data'), 'before')],
    outcome: { fails: { label: 'Unknown', reason: 'Aborted' }, base: 'Missing' },
  },
];

export const captureCases: readonly Case[] = [
  { given: 'Stopped', when: [captureOff], outcome: { answer: (scene) => ({ ...whole(scene), quiesced: true }), base: COMPLETE } },
  { name: 'it goes on', given: 'Running', when: [captureLive], outcome: { answer: whole, machine: { power: 'Running', busy: false } } },
  { name: 'it stays as it is', given: 'Paused', when: [captureLive], outcome: { answer: whole, machine: { power: 'Paused' } } },
  { name: 'its saved state stays', given: 'Suspended', when: [captureBase()], outcome: { answer: whole, machine: { power: 'Suspended' } } },
  {
    name: 'on the disks that it had',
    given: 'Running',
    when: [captureLive, inspect],
    outcome: { answer: (scene) => ({ disks: scene.spec().disks }) },
  },
  { name: 'its marker tells what it is', given: 'Stopped', when: [captureBase(), findIt], outcome: { answer: whole } },
  {
    name: 'it can be read',
    asks: 'CopiesAsQcow2',
    given: 'Stopped',
    when: [captureBase(), exportBase],
    outcome: { answer: () => ({ whole: true, head: 'QFI\xfb' }) },
  },
  { name: 'it carries disks', given: 'Running', when: [captureLive, diskOnIt], outcome: { base: COMPLETE } },
  { name: 'a complete one is kept', given: 'Running', when: [captureLive, captureLive], outcome: { answer: whole, base: COMPLETE } },
  { name: 'what an import left is replaced', given: 'Stopped', when: [importThatIsCutOff, captureBase()], outcome: { answer: whole } },
  { given: 'Running', when: [captureOff], outcome: { fails: { label: 'Conflict', reason: 'IsRunning' }, base: 'Missing' } },
  { given: 'Suspended', when: [captureOff], outcome: { fails: { label: 'Conflict', reason: 'IsSuspended' }, base: 'Missing' } },
  {
    name: 'it has no such disk',
    given: 'Running',
    when: [{ ...captureBase('of another disk', (scene) => ({ disk: scene.disk('other') })), needs: 'LiveCapture' }],
    outcome: { fails: { label: 'NotFound' }, base: 'Missing' },
  },
  { given: 'Nothing', when: [captureBase()], outcome: { fails: { label: 'NotFound' }, base: 'Missing' } },
  {
    name: 'a job runs on it',
    given: 'Running',
    when: [jobBegins, captureLive],
    outcome: { fails: { label: 'Conflict', reason: 'Busy' }, base: 'Missing' },
  },
  {
    name: 'nothing is done',
    given: 'Running',
    when: [{ ...aborted(captureBase(), 'before'), needs: 'LiveCapture' }],
    outcome: { fails: { label: 'Unknown', reason: 'Aborted' }, base: 'Missing' },
  },
  { name: 'there is none', given: 'Running', when: [endCapture], outcome: { machine: { power: 'Running' } } },
  { name: 'there is none', given: 'Stopped', when: [endCapture], outcome: { machine: { power: 'Stopped' } } },
  { name: 'nor a machine', given: 'Nothing', when: [endCapture], outcome: {} },
  { name: 'what was made stays', given: 'Stopped', when: [captureBase(), endCapture], outcome: { base: COMPLETE } },
  {
    name: 'a disk stands on it',
    given: 'Stopped',
    when: [captureBase(), diskOnIt, deleteBase],
    outcome: { fails: { label: 'Conflict', reason: 'BaseInUse' }, base: COMPLETE },
  },
  {
    name: 'no disk stands on it any more',
    given: 'Stopped',
    when: [captureBase(), diskOnIt, deleteDisk('copy'), deleteBase],
    outcome: { base: 'Missing' },
  },
  ...ofVolumes,
];
