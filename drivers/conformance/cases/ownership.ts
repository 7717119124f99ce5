/** Nothing is done to a machine that does not carry our mark, whatever the verb. */
import { somebody } from '../acts/hands.ts';
import { adopt, define, MARK_CHECKED, setMark, startPaused } from '../acts/machine.ts';
import type { Case, Given } from '../case.ts';

const NOT_OURS = { label: 'Conflict', reason: 'NotOurs' } as const;
const EXISTS = { label: 'Conflict', reason: 'InstanceExists' } as const;
const STRANGERS: readonly Given[] = ['Foreign', 'OtherUid', 'OtherCluster', 'Retained'];

const checked: readonly Case[] = STRANGERS.flatMap((given) =>
  MARK_CHECKED.map((act) => ({ given, when: [act], outcome: { fails: NOT_OURS, machine: { power: 'Stopped' } } as const })),
);

const defining: readonly Case[] = STRANGERS.map((given) => ({
  name: 'a machine of that name',
  given,
  when: [define('under another id', (scene) => ({ ...(scene.spec().machineId !== undefined && { machineId: crypto.randomUUID() }) }))],
  outcome: { fails: EXISTS, machine: { power: 'Stopped' } },
}));

const definingSameId: readonly Case[] = STRANGERS.map((given) => ({
  name: 'a machine of that id',
  ids: 'Chosen',
  given,
  when: [define('under another name', (scene) => ({ name: `${scene.name}-x` }))],
  outcome: { fails: EXISTS, machine: { power: 'Stopped' } },
}));

const marking: readonly Case[] = [
  {
    name: 'the machine is let go',
    given: 'Running',
    when: [setMark('retained', { role: 'retained' }), setMark('retained', { role: 'retained' })],
    outcome: { machine: { power: 'Running', owner: { role: 'retained' } } },
  },
  {
    name: 'another uid takes it over',
    given: 'Stopped',
    when: [setMark('of a new uid', { uid: 'new-uid' }), setMark('of a new uid', { uid: 'new-uid' })],
    outcome: { machine: { owner: { uid: 'new-uid', role: 'main' } } },
  },
  {
    name: 'the whole mark is replaced',
    given: 'Paused',
    when: [setMark('with an operation', { operation: 'Delete' })],
    outcome: { machine: { owner: { operation: 'Delete', runId: undefined, bootHash: undefined } } },
  },
  { given: 'Nothing', when: [setMark('operation', { operation: 'x' })], outcome: { fails: { label: 'NotFound' } } },
  {
    name: 'the run is recorded',
    given: 'Stopped',
    when: [startPaused('run-7')],
    outcome: { machine: { owner: { runId: 'run-7', bootHash: 'hash of run-7' } } },
  },
  {
    name: 'the run that goes on keeps its mark',
    given: 'Running',
    when: [startPaused('run-7')],
    outcome: { machine: { owner: { runId: 'run-1', bootHash: 'hash-1' } } },
  },
];

const adopting: readonly Case[] = [
  ...(['Foreign', 'Retained'] as const).map((given): Case => ({
    name: 'it gets the mark, and can be acted on',
    given,
    when: [adopt, adopt, startPaused('run-10')],
    outcome: { machine: { power: 'Paused', owner: { role: 'main', origin: 'Adopted', runId: 'run-10' } } },
  })),
  {
    name: 'one that runs goes on',
    given: 'Foreign',
    when: [somebody('start'), adopt],
    outcome: { machine: { power: 'Running', owner: { origin: 'Adopted', runId: 'run-9' } }, events: ['Definition'] },
  },
  ...(['Stopped', 'Running', 'OtherUid', 'OtherCluster'] as const).map((given): Case => ({
    given,
    when: [adopt],
    outcome: { fails: NOT_OURS },
  })),
  { given: 'Nothing', when: [adopt], outcome: { fails: { label: 'NotFound' } } },
];

export const ownershipCases: readonly Case[] = [...checked, ...defining, ...definingSameId, ...marking, ...adopting];
