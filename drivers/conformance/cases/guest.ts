/** The agent in a guest: what it tells and does, and that one that is absent or hangs is said to be so, and holds up nobody. */
import { AGENT_NOT_AVAILABLE, AGENT_NOT_RESPONDING, GUEST_REFUSED } from '../../guest.ts';
import { somebody } from '../acts/hands.ts';
import { freezeGuest, pause, powerOff, resetGuestNetwork, setGuestPassword, thawGuest, writeGuestFile } from '../acts/machine.ts';
import { inspect, observe, readGuest } from '../acts/reading.ts';
import type { Act, Case } from '../case.ts';

const starts = somebody('startAgent');
const hangs = somebody('hangAgent');
const ASKING: readonly Act[] = [readGuest, setGuestPassword(), writeGuestFile(), freezeGuest, resetGuestNetwork];
const CONFLICT = { label: 'Conflict' } as const;

/** Of a machine whose guest cannot be asked: each verb, what it fails of. */
const each = (acts: readonly Act[], rest: Omit<Case, 'when'>, before: readonly Act[] = []): readonly Case[] =>
  acts.map((act) => ({ ...rest, when: [...before, act] }));

const unanswered: readonly Case[] = [
  ...each([...ASKING, thawGuest], {
    name: 'there is none',
    given: 'Running',
    outcome: { fails: { label: 'Transient', reason: AGENT_NOT_AVAILABLE }, machine: { power: 'Running' } },
  }),
  ...each(
    [...ASKING, thawGuest],
    { given: 'Running', outcome: { fails: { label: 'Transient', reason: AGENT_NOT_RESPONDING }, machine: { power: 'Running' } } },
    [hangs],
  ),
  ...each(ASKING, { given: 'Stopped', outcome: { fails: CONFLICT, machine: { power: 'Stopped' } } }),
  ...each(ASKING, { given: 'Paused', outcome: { fails: CONFLICT, machine: { power: 'Paused' } } }),
  ...each(ASKING, { given: 'Nothing', outcome: { fails: { label: 'NotFound' }, machine: 'Gone' } }),
  { name: 'nothing is frozen', given: 'Stopped', when: [thawGuest], outcome: { machine: { power: 'Stopped' } } },
  { name: 'nothing is frozen', given: 'Nothing', when: [thawGuest], outcome: { machine: 'Gone' } },
  {
    name: 'the channel is closed',
    needs: 'GuestAgent',
    given: 'Running',
    when: [inspect],
    outcome: { answer: () => ({ guestAgent: 'Disconnected' }) },
  },
  { name: 'nobody waits for it', given: 'Running', when: [hangs, observe], outcome: { answer: () => ({ power: 'Running' }) } },
];

const answered: readonly Case[] = [
  { name: 'it is heard of', given: 'Running', when: [starts], outcome: { events: ['Definition'] } },
  {
    name: 'the channel is open',
    given: 'Running',
    when: [starts, inspect],
    outcome: { answer: () => ({ guestAgent: 'Connected' }) },
  },
  {
    given: 'Running',
    when: [starts, readGuest],
    outcome: { answer: ({ mac }) => ({ frozen: false, interfaces: [{ mac }] }) },
  },
  { given: 'Running', when: [starts, setGuestPassword(), setGuestPassword()], outcome: { machine: { power: 'Running' } } },
  {
    given: 'Running',
    when: [starts, setGuestPassword('nobody-of-that-name')],
    outcome: { fails: { label: 'InvalidSpec', reason: GUEST_REFUSED } },
  },
  { given: 'Running', when: [starts, writeGuestFile(), writeGuestFile()], outcome: { machine: { power: 'Running' } } },
  {
    given: 'Running',
    when: [starts, writeGuestFile('/missing/file')],
    outcome: { fails: { label: 'InvalidSpec', reason: GUEST_REFUSED } },
  },
  { given: 'Running', when: [starts, resetGuestNetwork, resetGuestNetwork], outcome: { machine: { power: 'Running' } } },
  { given: 'Running', when: [starts, freezeGuest, freezeGuest, readGuest], outcome: { answer: () => ({ frozen: true }) } },
  { given: 'Running', when: [starts, freezeGuest, thawGuest, thawGuest, readGuest], outcome: { answer: () => ({ frozen: false }) } },
  {
    name: 'frozen, it is paused like any other',
    given: 'Running',
    when: [starts, freezeGuest, pause],
    outcome: { machine: { power: 'Paused' } },
  },
  {
    name: 'frozen, it ends like any other',
    given: 'Running',
    when: [starts, freezeGuest, powerOff],
    outcome: { machine: { power: 'Stopped' } },
  },
];

export const guestCases: readonly Case[] = [...unanswered, ...answered];
