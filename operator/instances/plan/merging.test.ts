import { expect, test } from '@jest/globals';
import { plan } from './plan.ts';
import { begun, desired, made, NOW, present, START_ACTION, world } from './testing/world.ts';
import type { RecordedResize } from './resize/types.ts';
import type { World } from './types.ts';

const resize = (phase: RecordedResize['phase']): Partial<World> => ({
  desired: desired({ flavorName: 'big', resize: { confirm: 'Manual', confirmAfterMs: 0, hindrance: undefined } }),
  record: made({
    flavorName: phase === 'Reverted' ? 'tiny' : 'big',
    resize: { phase, from: 'tiny', to: 'big', runId: 'run-2', fromRoot: 'root-1', resizedAt: NOW, why: undefined },
  }),
});

function beside(over: Partial<World>): string {
  const decided = plan(world({ layered: true, ...over })).plan;
  return decided.kind === 'Settled' ? `${decided.reason}, ${decided.beside ?? 'nothing'}` : decided.kind;
}

// A guest that runs as asked, on a disk that stands on that of an earlier size: what goes on beside.
test.each<[string, Partial<World>, string]>([
  ['as it is', {}, 'Running, Merge'],
  ['it stands on none', { layered: false }, 'Running, nothing'],
  ['it is off as asked', { desired: desired({ powerState: 'Stopped' }), machine: present({ power: 'Stopped' }) }, 'Stopped, nothing'],
  ['it is paused as asked', { desired: desired({ powerState: 'Paused' }), machine: present({ power: 'Paused' }) }, 'Paused, nothing'],
  ['its resize is not confirmed', resize('AwaitingConfirmation'), 'ResizePending, nothing'],
  ['a resize was reverted: Blocked tells so', resize('Reverted'), 'Blocked'],
  ['a restart is due', { desired: desired({ bootHash: 'new' }) }, 'RestartRequired, Merge'],
  ['it is locked', { desired: desired({ lock: 'audit' }) }, 'Running, nothing'],
  ['it is only watched', { desired: desired({ reconcilePolicy: 'WatchOnly' }) }, 'Running, nothing'],
  ['it is made, and then left alone', { desired: desired({ reconcilePolicy: 'EnsureExists' }) }, 'LeftAlone, nothing'],
  ['a job runs on it', { machine: present({ busy: true }) }, 'Running, nothing'],
  ['its file systems are frozen', { record: made({ frozen: { runId: 'run-1', until: NOW + 60_000 } }) }, 'Running, nothing'],
  ['an action is asked for', { action: START_ACTION }, 'Steps'],
  ['an action is under way', begun(START_ACTION), 'Steps'],
  ['it is deleted', { deleting: true }, 'Steps'],
  ['it crashed', { machine: present({ power: 'Stopped', powerReason: 'Crashed' }) }, 'Steps'],
])('%s', (_, over, expected) => {
  expect(beside(over)).toBe(expected);
});
