/** Deadlines, aborts and connections that end: how the waiting stops, and what it is called. */
import {
  define,
  discardSavedState,
  freezeGuest,
  pause,
  powerOff,
  resetGuestNetwork,
  restoreFromDisk,
  setGuestPassword,
  setMark,
  signalShutdown,
  startPaused,
  suspendToDisk,
  thawGuest,
  undefine,
  unpause,
} from '../acts/machine.ts';
import { captureBase, copyToBase, endCapture } from '../acts/capture.ts';
import { readConsoleLog, readDiagnostics, takeScreenshot } from '../acts/insight.ts';
import { connectionsBreak, goesOn, hostStalls } from '../acts/hands.ts';
import { inspect, locate, observe, readGuest } from '../acts/reading.ts';
import {
  createDisk,
  deleteBase,
  deleteDisk,
  exportBase,
  findBase,
  importBase,
  listBases,
  listDisks,
  MiB,
  writeDisk,
} from '../acts/storage.ts';
import { aborted, close, connect, failing, impatiently, whileClosing, whileConnectionsBreak } from '../acts/waiting.ts';
import type { Act, Case } from '../case.ts';

const READING: readonly Act[] = [
  observe,
  inspect,
  locate('name', ({ name }) => ({ machineIds: [], name })),
  findBase('x'),
  exportBase,
  listBases(),
  listDisks(''),
  readGuest,
  readDiagnostics,
  readConsoleLog(),
  takeScreenshot,
];
const CHANGING: readonly Act[] = [
  define(),
  setMark('operation', { operation: 'x' }),
  undefine,
  startPaused(),
  unpause,
  signalShutdown,
  powerOff,
  pause,
  suspendToDisk,
  restoreFromDisk,
  discardSavedState,
  createDisk('a', MiB),
  writeDisk('a', 1, MiB),
  deleteDisk('root'),
  deleteBase,
  importBase('Whole'),
  setGuestPassword(),
  freezeGuest,
  thawGuest,
  resetGuestNetwork,
  captureBase(),
  copyToBase('root'),
  endCapture,
];
const UNKNOWN = { label: 'Unknown' } as const;
const UNREACHABLE = { label: 'HostUnreachable' } as const;

const deadlines: readonly Case[] = [
  ...READING.map((act): Case => ({ given: 'Nothing', when: [hostStalls, impatiently(act)], outcome: { fails: UNREACHABLE } })),
  ...CHANGING.map((act): Case => ({ given: 'Stopped', when: [hostStalls, impatiently(act)], outcome: { fails: UNKNOWN } })),
  { given: 'Nothing', when: [close, hostStalls, impatiently(connect)], outcome: { fails: UNREACHABLE } },
  {
    name: 'late answers are not taken for others',
    given: 'Stopped',
    when: [
      hostStalls,
      failing(impatiently(inspect)),
      failing(impatiently(observe)),
      goesOn,
      locate('id', ({ machineId }) => ({ machineIds: [machineId] })),
    ],
    outcome: { answer: (scene) => [scene.machineId], machine: { power: 'Stopped' } },
  },
];

const ABORTED = { label: 'Unknown', reason: 'Aborted' } as const;

const aborts: readonly Case[] = [
  { given: 'Nothing', when: [hostStalls, aborted(observe)], outcome: { fails: ABORTED } },
  { given: 'Stopped', when: [hostStalls, aborted(define())], outcome: { fails: ABORTED } },
  { given: 'Running', when: [hostStalls, aborted(powerOff)], outcome: { fails: ABORTED } },
  {
    name: 'nothing is done',
    given: 'Running',
    when: [aborted(powerOff, 'before')],
    outcome: { fails: ABORTED, machine: { power: 'Running' } },
  },
];

const connections: readonly Case[] = [
  { given: 'Nothing', when: [close, close], outcome: {} },
  { given: 'Nothing', when: [close, observe], outcome: { fails: UNREACHABLE } },
  { given: 'Stopped', when: [close, define()], outcome: { fails: UNREACHABLE } },
  { given: 'Stopped', when: [close, connect, inspect], outcome: { machine: { power: 'Stopped' } } },
  { given: 'Nothing', when: [hostStalls, whileClosing(observe)], outcome: { fails: UNREACHABLE } },
  { given: 'Stopped', when: [hostStalls, whileClosing(define())], outcome: { fails: UNREACHABLE } },
  { given: 'Nothing', when: [hostStalls, whileConnectionsBreak(observe)], outcome: { fails: UNREACHABLE, events: ['Disconnected'] } },
  { given: 'Stopped', when: [hostStalls, whileConnectionsBreak(powerOff)], outcome: { fails: UNREACHABLE, events: ['Disconnected'] } },
  {
    name: 'it is not mended by itself',
    given: 'Nothing',
    when: [connectionsBreak, observe],
    outcome: { fails: UNREACHABLE, events: ['Disconnected'] },
  },
  { given: 'Running', when: [connectionsBreak, failing(observe), connect, observe], outcome: { machine: { power: 'Running' } } },
  { name: 'the facts are read again', given: 'Nothing', when: [connect, connect], outcome: {} },
];

export const waitingCases: readonly Case[] = [...deadlines, ...aborts, ...connections];
