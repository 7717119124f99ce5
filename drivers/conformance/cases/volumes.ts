/** Volumes: into and out of a machine, while it runs and while it is off. */
import { define, powerOff, startPaused, suspendToDisk, undefine } from '../acts/machine.ts';
import { drift } from '../acts/reading.ts';
import { listDisks } from '../acts/storage.ts';
import {
  askToDetach,
  attachVolume,
  bootsFrom,
  detachVolume,
  forgetSecret,
  grow,
  keepSecret,
  makeVolume,
  otherMachineFrom,
  otherMachineWith,
  seeDisks,
  seeVolumes,
  usersOf,
  withVolumes,
} from '../acts/volumes.ts';
import type { Case, Given } from '../case.ts';

const data = makeVolume('data');
const attach = attachVolume('data');
const ON: readonly Given[] = ['Running', 'Paused'];
/** Not every host plugs into a machine that is paused. */
const asked = (given: Given): Pick<Case, 'asks'> => (given === 'Paused' ? { asks: 'PlugsWhilePaused' } : {});

const whileOn: readonly Case[] = ON.flatMap((given): readonly Case[] => [
  {
    name: 'it is in what runs and in the definition',
    given,
    ...asked(given),
    when: [data, attach, attach, seeVolumes],
    outcome: { answer: () => ['data Both'], events: ['Definition'] },
  },
  {
    name: 'of the machine’s own disks it is none',
    given,
    ...asked(given),
    when: [data, attach, seeDisks],
    outcome: { answer: () => ['config', 'root'] },
  },
  {
    name: 'what the definition got alone is plugged in',
    given,
    ...asked(given),
    when: [data, define('with a volume', withVolumes('data')), attach, seeVolumes],
    outcome: { answer: () => ['data Both'] },
  },
  {
    name: 'the definition alone does not plug it in',
    given,
    when: [data, define('with a volume', withVolumes('data')), seeVolumes],
    outcome: { answer: () => ['data Next'] },
  },
  {
    name: 'the definition alone does not take it away',
    given,
    ...asked(given),
    when: [data, attach, define('without'), seeVolumes],
    outcome: { answer: () => ['data Run'] },
  },
]);

/** Guests that let go of nothing are waited for: one case each. */
const notReleased: readonly Case[] = [
  {
    name: 'whatever the guest does, it is out of the definition',
    given: 'Paused',
    ...asked('Paused'),
    when: [data, attach, askToDetach('data'), powerOff, seeVolumes],
    outcome: { answer: () => [] },
  },
  {
    name: 'asked again and again',
    given: 'Running',
    when: [data, attach, askToDetach('data'), askToDetach('data'), powerOff, detachVolume('data'), seeVolumes],
    outcome: { answer: () => [] },
  },
];

const whileOff: readonly Case[] = [
  { given: 'Stopped', when: [data, attach, attach, seeVolumes], outcome: { answer: () => ['data Next'] } },
  {
    name: 'the next run has it',
    given: 'Stopped',
    when: [data, attach, startPaused(), seeVolumes],
    outcome: { answer: () => ['data Both'] },
  },
  { given: 'Stopped', when: [data, attach, detachVolume('data'), detachVolume('data'), seeVolumes], outcome: { answer: () => [] } },
  { name: 'one that never was', given: 'Running', when: [detachVolume('data')], outcome: {} },
  { name: 'the machine is gone', given: 'Nothing', when: [detachVolume('data')], outcome: {} },
  { name: 'the machine is gone', given: 'Nothing', when: [data, attach], outcome: { fails: { label: 'NotFound' } } },
  {
    name: 'a definition names several',
    given: 'Stopped',
    when: [data, makeVolume('read-only'), define('with two volumes', withVolumes('data', 'read-only')), startPaused(), seeVolumes],
    outcome: { answer: () => ['data Both', 'read-only Both'] },
  },
  {
    name: 'others stay when one goes',
    given: 'Stopped',
    when: [data, makeVolume('more'), attach, attachVolume('more'), detachVolume('data'), startPaused(), seeVolumes],
    outcome: { answer: () => ['more Both'] },
  },
  { name: 'it is no drift', given: 'Stopped', when: [data, attach, drift('none', () => ({}))], outcome: { answer: () => [] } },
  {
    name: 'its disk stays',
    given: 'Stopped',
    when: [data, attach, undefine, listDisks('volume')],
    outcome: { answer: () => ['volume-data'] },
  },
  {
    name: 'suspended',
    needs: 'SuspendToDisk',
    given: 'Running',
    when: [data, suspendToDisk, attach],
    outcome: { fails: { label: 'Conflict' }, machine: { power: 'Suspended' } },
  },
];

const bad: readonly Case[] = [...ON, 'Stopped' as const].flatMap((given): readonly Case[] => [
  { name: 'its disk is not there', given, when: [attach], outcome: { fails: { label: 'NotFound', reason: 'DiskNotFound' } } },
  {
    name: 'another machine has it',
    given,
    when: [data, otherMachineWith('data'), attach],
    outcome: { fails: { label: 'Conflict', reason: 'DiskInUse' } },
  },
]);

const shared: readonly Case[] = ['read-only-shared', 'shared-shared'].map((id) => ({
  name: 'another machine that runs has it, too',
  given: 'Running',
  when: [makeVolume(id), otherMachineWith(id, true), attachVolume(id), seeVolumes],
  outcome: { answer: () => [`${id} Both`] },
}));

const vault = makeVolume('vault');

/** Keys are made slowly on purpose: one case. */
const encrypted: readonly Case[] = [
  {
    name: 'at a start',
    needs: 'Encryption',
    given: 'Stopped',
    when: [keepSecret('open sesame'), vault, vault, attachVolume('vault'), startPaused(), forgetSecret, forgetSecret, seeVolumes],
    outcome: { answer: () => ['vault Both'] },
  },
  {
    name: 'nobody keeps the secret',
    needs: 'Encryption',
    given: 'Nothing',
    when: [vault],
    outcome: { fails: { label: 'NotFound' }, disks: { 'volume-vault': undefined } },
  },
];

const users: readonly Case[] = [
  { name: 'nobody', given: 'Stopped', when: [data, usersOf('data')], outcome: { answer: () => [] } },
  { name: 'one that is off', given: 'Stopped', when: [data, attach, usersOf('data')], outcome: { answer: () => [true] } },
  { name: 'as it runs', given: 'Running', when: [data, attach, define('without'), usersOf('data')], outcome: { answer: () => [true] } },
  { name: 'another one', given: 'Stopped', when: [data, otherMachineWith('data'), usersOf('data')], outcome: { answer: () => [false] } },
];

const MIB = 1024 * 1024;
const grown = { disks: { 'volume-data': 3 * MIB } };

const growing: readonly Case[] = [
  { name: 'one that no machine has', given: 'Nothing', when: [data, grow('data', 3), grow('data', 3), grow('data', 2)], outcome: grown },
  { name: 'that of a machine that is off', given: 'Stopped', when: [data, attach, grow('data', 3)], outcome: grown },
  { name: 'that of a guest that runs', given: 'Running', when: [data, attach, grow('data', 3), grow('data', 3)], outcome: grown },
  { name: 'that of a guest that is paused', given: 'Paused', ...asked('Paused'), when: [data, attach, grow('data', 3)], outcome: grown },
  { name: 'the machine has another', given: 'Running', when: [data, grow('data', 3)], outcome: grown },
  {
    name: 'one that is not there',
    given: 'Running',
    when: [grow('data', 3)],
    outcome: { fails: { label: 'NotFound', reason: 'DiskNotFound' } },
  },
];

/** A disk with a life of its own that is the root disk of a machine. */
const fromBooted: readonly Case[] = [
  { given: 'Stopped', when: [data, define('from it', bootsFrom('data')), usersOf('data')], outcome: { answer: () => [true] } },
  {
    name: 'it is no volume',
    given: 'Stopped',
    when: [data, define('from it', bootsFrom('data')), seeVolumes],
    outcome: { answer: () => [] },
  },
  {
    name: 'no other machine is given it',
    given: 'Running',
    when: [data, otherMachineFrom('data'), attach],
    outcome: { fails: { label: 'Conflict', reason: 'DiskInUse' } },
  },
  {
    name: 'it grows under the guest',
    given: 'Stopped',
    when: [data, define('from it', bootsFrom('data')), startPaused(), grow('data', 3)],
    outcome: grown,
  },
  {
    name: 'the machine gone, it stays',
    given: 'Stopped',
    when: [data, define('from it', bootsFrom('data')), undefine, listDisks('volume')],
    outcome: { answer: () => ['volume-data'] },
  },
];

const buses: readonly Case[] = [
  ...ON.flatMap((given): readonly Case[] => [
    {
      name: 'on SCSI, one after the other',
      given,
      ...asked(given),
      when: [makeVolume('scsi'), makeVolume('scsi-2'), attachVolume('scsi'), attachVolume('scsi'), attachVolume('scsi-2'), seeVolumes],
      outcome: { answer: () => ['scsi Both', 'scsi-2 Both'] },
    },
  ]),
  {
    name: 'on SCSI, at a start, and after another one of its definition',
    given: 'Stopped',
    when: [makeVolume('scsi'), attachVolume('scsi'), define('with it', withVolumes('scsi')), startPaused(), seeVolumes],
    outcome: { answer: () => ['scsi Both'] },
  },
  {
    name: 'on SATA, at a start',
    given: 'Stopped',
    when: [makeVolume('sata'), makeVolume('scsi'), attachVolume('sata'), attachVolume('scsi'), startPaused(), seeVolumes],
    outcome: { answer: () => ['sata Both', 'scsi Both'] },
  },
  {
    name: 'on SATA, defined with it',
    given: 'Stopped',
    when: [makeVolume('sata'), define('with it', withVolumes('sata')), startPaused(), seeVolumes],
    outcome: { answer: () => ['sata Both'] },
  },
  {
    name: 'on SATA, while it is on',
    asks: 'SataBus',
    given: 'Running',
    when: [makeVolume('sata'), attachVolume('sata')],
    outcome: { fails: { label: 'Unsupported', reason: 'BusNotPluggable' }, machine: { power: 'Running' } },
  },
  {
    name: 'out of SATA, while it is on: it is kept until the end, and out of the definition',
    asks: 'SataBus',
    given: 'Stopped',
    when: [makeVolume('sata'), attachVolume('sata'), startPaused(), askToDetach('sata'), seeVolumes],
    outcome: { answer: () => ['sata Run'] },
  },
];

export const volumeCases: readonly Case[] = [
  ...whileOn,
  ...notReleased,
  ...whileOff,
  ...bad,
  ...shared,
  ...encrypted,
  ...users,
  ...growing,
  ...fromBooted,
  ...buses,
];
