/** Looking into machines: what is seen of each state, that it changes nothing, and that no job is waited for. */
import { NO_SCREEN } from '../../insight.ts';
import { jobBegins } from '../acts/hands.ts';
import { bootIsPrinted, namesInDiagnostics, readConsoleLog, readDiagnostics, takeScreenshot } from '../acts/insight.ts';
import { define, powerOff, startPaused } from '../acts/machine.ts';
import type { Case } from '../case.ts';

const CONFLICT = { label: 'Conflict', reason: 'IsStopped' } as const;
const GONE = { label: 'NotFound', reason: 'MachineNotFound' } as const;
const withScreen = define('a graphics card', () => ({ devices: { video: { model: 'VGA' } } }));

const diagnostics: readonly Case[] = [
  {
    given: 'Running',
    when: [namesInDiagnostics],
    outcome: {
      answer: ({ mac }) => ({ cpus: [0], disks: ['root', 'config'], interfaces: [`eth0 ${mac}`], counts: true }),
      machine: { power: 'Running', owner: { runId: 'run-1' } },
    },
  },
  { given: 'Paused', when: [readDiagnostics], outcome: { machine: { power: 'Paused' } } },
  { name: 'nobody waits for a job', given: 'Running', when: [jobBegins, readDiagnostics], outcome: { machine: { busy: true } } },
  { given: 'Stopped', when: [readDiagnostics], outcome: { fails: CONFLICT } },
  { given: 'Nothing', when: [readDiagnostics], outcome: { fails: GONE, machine: 'Gone' } },
];

const consoles: readonly Case[] = [
  {
    given: 'Running',
    when: [bootIsPrinted],
    outcome: { answer: () => 'BOOTED', machine: { power: 'Running', owner: { runId: 'run-1' } } },
  },
  {
    name: 'also of one that is off',
    given: 'Running',
    when: [bootIsPrinted, powerOff, bootIsPrinted],
    outcome: { answer: () => 'BOOTED', machine: { power: 'Stopped' } },
  },
  {
    name: 'only the end',
    given: 'Running',
    when: [bootIsPrinted, readConsoleLog(4)],
    outcome: { answer: () => ({ bytes: 4, truncated: true }) },
  },
  {
    name: 'nobody waits for a job',
    given: 'Running',
    when: [jobBegins, bootIsPrinted],
    outcome: { answer: () => 'BOOTED', machine: { busy: true } },
  },
  { name: 'nothing was printed', given: 'Stopped', when: [readConsoleLog()], outcome: { answer: () => ({ bytes: 0, truncated: false }) } },
  { given: 'Nothing', when: [readConsoleLog()], outcome: { fails: GONE, machine: 'Gone' } },
];

const screens: readonly Case[] = [
  {
    given: 'Stopped',
    when: [withScreen, startPaused(), takeScreenshot],
    outcome: { answer: () => ({ pictures: true }), machine: { power: 'Paused', owner: { runId: 'run-2' } } },
  },
  {
    given: 'Running',
    when: [takeScreenshot],
    outcome: { fails: { label: 'Unsupported', reason: NO_SCREEN }, machine: { power: 'Running' } },
  },
  { given: 'Stopped', when: [withScreen, takeScreenshot], outcome: { fails: CONFLICT } },
  { given: 'Nothing', when: [takeScreenshot], outcome: { fails: GONE, machine: 'Gone' } },
];

export const insightCases: readonly Case[] = [...diagnostics, ...consoles, ...screens];
