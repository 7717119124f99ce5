/** What is seen of machines, in bulk and one by one, and what is heard of them. */
import { define, pause, powerOff, startPaused, undefine, unpause } from '../acts/machine.ts';
import { connectionsBreak, daemonRestarts, foreignMachineAppears, jobBegins, somebody } from '../acts/hands.ts';
import { bootIdAfter, compareViews, connectedTo, inspect, locate, observe, observeStrangers } from '../acts/reading.ts';
import { connect } from '../acts/waiting.ts';
import { CLUSTER_ID, NAMESPACE } from '../scene.ts';
import type { Case, Given } from '../case.ts';

const STATES: readonly Given[] = ['Stopped', 'Paused', 'Running', 'Suspended', 'Foreign', 'Retained'];

const views: readonly Case[] = STATES.map((given) => ({
  name: 'both tell the same',
  given,
  when: [compareViews],
  outcome: { answer: () => [] },
}));

const located: readonly Case[] = [
  {
    given: 'Stopped',
    when: [locate('id', ({ machineId }) => ({ machineIds: [machineId, 'no-such-id'] }))],
    outcome: { answer: (scene) => [scene.machineId] },
  },
  { given: 'Stopped', when: [locate('name', ({ name }) => ({ machineIds: [], name }))], outcome: { answer: (scene) => [scene.machineId] } },
  {
    given: 'Stopped',
    when: [locate('the name in the mark', ({ name }) => ({ machineIds: [], namespacedName: { namespace: NAMESPACE, name } }))],
    outcome: { answer: (scene) => [scene.machineId] },
  },
  {
    name: 'in our cluster',
    given: 'Stopped',
    when: [
      locate('the name in the mark', ({ name }) => ({
        machineIds: [],
        clusterId: CLUSTER_ID,
        namespacedName: { namespace: NAMESPACE, name },
      })),
    ],
    outcome: { answer: (scene) => [scene.machineId] },
  },
  {
    name: 'in another cluster',
    given: 'Stopped',
    when: [
      locate('the name in the mark', ({ name }) => ({ machineIds: [], clusterId: 'x', namespacedName: { namespace: NAMESPACE, name } })),
    ],
    outcome: { answer: () => [] },
  },
  {
    name: 'found once, by all',
    given: 'Stopped',
    when: [
      locate('everything', ({ machineId, name }) => ({ machineIds: [machineId], name, namespacedName: { namespace: NAMESPACE, name } })),
    ],
    outcome: { answer: (scene) => [scene.machineId] },
  },
  {
    name: 'a machine of another uid is found, so that it can be told',
    given: 'OtherUid',
    when: [locate('the name in the mark', ({ name }) => ({ machineIds: [], namespacedName: { namespace: NAMESPACE, name } }))],
    outcome: { answer: (scene) => [scene.machineId] },
  },
  {
    name: 'a foreign one too',
    given: 'Foreign',
    when: [locate('name', ({ name }) => ({ machineIds: [], name }))],
    outcome: { answer: (scene) => [scene.machineId] },
  },
  { given: 'Nothing', when: [locate('name', ({ name }) => ({ machineIds: [], name }))], outcome: { answer: () => [] } },
];

const seen: readonly Case[] = [
  { name: 'it does not exist', given: 'Nothing', when: [inspect], outcome: { answer: () => undefined } },
  { name: 'it does not exist', given: 'Nothing', when: [observe], outcome: { answer: () => undefined } },
  {
    name: 'it is not there any more',
    given: 'Stopped',
    when: [observe, somebody('undefine'), observe],
    outcome: { answer: () => undefined },
  },
  {
    name: 'others are seen, without an owner',
    given: 'Nothing',
    when: [foreignMachineAppears, observeStrangers],
    outcome: { answer: (scene) => [`${scene.name}-foreign`] },
  },
  { name: 'a machine is busy while a job runs', given: 'Running', when: [jobBegins], outcome: { machine: { busy: true } } },
  { name: 'the facts name them', given: 'Nothing', when: [connectedTo], outcome: { answer: () => ['pool', 'network'] } },
  { given: 'Nothing', when: [bootIdAfter(connectionsBreak)], outcome: { answer: () => 'the same' } },
  { given: 'Nothing', when: [bootIdAfter(daemonRestarts)], outcome: { answer: () => 'another' } },
];

const heard: readonly Case[] = [
  { given: 'Stopped', when: [startPaused()], outcome: { events: ['Power'] } },
  { given: 'Paused', when: [unpause], outcome: { events: ['Power'] } },
  { given: 'Running', when: [pause], outcome: { events: ['Power'] } },
  { given: 'Running', when: [powerOff], outcome: { events: ['Power'] } },
  { given: 'Running', when: [somebody('pause')], outcome: { events: ['Power'] } },
  { given: 'Running', when: [somebody('destroy')], outcome: { events: ['Power'] } },
  { given: 'Paused', when: [somebody('unpause')], outcome: { machine: { power: 'Running' }, events: ['Power'] } },
  { given: 'Stopped', when: [somebody('start')], outcome: { events: ['Power'] } },
  { given: 'Stopped', when: [somebody('undefine')], outcome: { events: ['Removed'] } },
  { given: 'Stopped', when: [undefine, define()], outcome: { events: ['Removed', 'Definition'] } },
  {
    name: 'listening goes on after a new connection',
    given: 'Running',
    when: [daemonRestarts, connect, somebody('pause')],
    outcome: { events: ['Disconnected', 'Power'] },
  },
];

export const observationCases: readonly Case[] = [...views, ...located, ...seen, ...heard];
