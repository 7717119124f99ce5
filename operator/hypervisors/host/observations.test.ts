import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { MachineState } from '../../../drivers/contract.ts';
import type { OwnerMark } from '../../../drivers/owner.ts';
import { Observations } from './observations.ts';

const mark: OwnerMark = { clusterId: 'here', namespace: 'a', name: 'x', uid: 'u', role: 'main' };
const machine = (machineId: string, over: Partial<MachineState> = {}): MachineState => ({
  machineId,
  name: machineId,
  power: 'Running',
  powerReason: 'User',
  busy: false,
  persistent: true,
  owner: mark,
  ...over,
});
const seeing = (machines: readonly MachineState[], bootId = 'boot-1') => ({ bootId, machines });
const observations = () => new Observations('here', 1_000);
const take = (seen: Observations, observation: ReturnType<typeof seeing>, at: number) =>
  seen.take(observation, { observedAt: at, seenAt: at });

test('says what changed, and only that', () => {
  const seen = observations();
  expect(take(seen, seeing([machine('a'), machine('b')]), 0)).toEqual({ machineIds: ['a', 'b'], whole: true, foreign: false });
  expect(take(seen, seeing([machine('a'), machine('b')]), 1)).toEqual({ machineIds: [], whole: false, foreign: false });
  expect(take(seen, seeing([machine('b'), machine('a')]), 2).machineIds).toEqual([]);
  expect(take(seen, seeing([machine('a', { power: 'Paused' }), machine('b')]), 3).machineIds).toEqual(['a']);
  expect(take(seen, seeing([machine('a', { power: 'Paused' }), machine('c')]), 4).machineIds).toEqual(['c', 'b']);
  expect(take(seen, seeing([machine('c')], 'boot-2'), 5)).toEqual({ machineIds: ['a'], whole: true, foreign: false });
});

test.each<[string, Partial<MachineState>]>([
  ['power', { power: 'Stopped' }],
  ['its reason', { powerReason: 'IOError' }],
  ['a job', { busy: true }],
  ['a lost definition', { persistent: false }],
  ['a new name', { name: 'z' }],
  ['another run', { owner: { ...mark, runId: 'r' } }],
  ['another owner', { owner: { ...mark, uid: 'v' } }],
  ['being let go', { owner: { ...mark, role: 'retained' } }],
])('notices %s', (_, over) => {
  const seen = observations();
  take(seen, seeing([machine('a')]), 0);
  expect(take(seen, seeing([machine('a', over)]), 1).machineIds).toEqual(['a']);
});

test('at rest keeps the very map, and after a change the very objects that did not change', () => {
  const seen = observations();
  take(seen, seeing([machine('a'), machine('b')]), 0);
  const first = seen.snapshot;
  take(seen, seeing([machine('a'), machine('b')]), 7);
  expect(seen.snapshot?.machines).toBe(first?.machines);
  expect(seen.snapshot?.observedAt).toBe(7);
  take(seen, seeing([machine('a'), machine('b', { busy: true })]), 8);
  expect(seen.snapshot?.machines.get('a')).toBe(first?.machines.get('a'));
});

test('counts in how many observations in a row a machine was missing; close ones count once, and a new connection anew', () => {
  const seen = observations();
  const misses = (...at: readonly number[]): number => {
    for (const time of at) take(seen, seeing([]), time);
    return seen.missedSince('a');
  };
  expect(seen.missedSince('a')).toBe(0);
  take(seen, seeing([machine('a')]), 0);
  expect(seen.missedSince('a')).toBe(0);
  expect(misses(1_000)).toBe(1);
  expect(misses(1_050, 1_999)).toBe(1);
  expect(misses(2_000)).toBe(2);
  take(seen, seeing([machine('a')]), 3_000);
  expect(seen.missedSince('a')).toBe(0);
  expect(misses(4_000, 5_000)).toBe(2);
  seen.reconnected();
  expect(seen.missedSince('a')).toBe(0);
  expect(misses(5_100)).toBe(1);
  expect(misses(6_100)).toBe(2);
});

test('a machine that this process never saw was missing in every observation, and lost ones are forgotten at last', () => {
  const seen = observations();
  take(seen, seeing([machine('a')]), 0);
  for (let time = 1; time <= 40; time += 1) take(seen, seeing([]), time * 1_000);
  expect(seen.missedSince('never')).toBe(41);
  expect(seen.missedSince('a')).toBeGreaterThanOrEqual(40);
});

test('remembers the boot that a machine last ran on', () => {
  const seen = observations();
  take(seen, seeing([machine('a'), machine('b', { power: 'Stopped' })]), 0);
  expect([seen.lastRunningBootId('a'), seen.lastRunningBootId('b')]).toEqual(['boot-1', undefined]);
  take(seen, seeing([machine('a', { power: 'Paused' })]), 1_000);
  take(seen, seeing([], 'boot-2'), 2_000);
  expect(seen.lastRunningBootId('a')).toBe('boot-1');
  take(seen, seeing([machine('a', { power: 'Stopped' })], 'boot-2'), 3_000);
  expect(seen.lastRunningBootId('a')).toBe('boot-1');
  take(seen, seeing([machine('a')], 'boot-2'), 4_000);
  expect(seen.lastRunningBootId('a')).toBe('boot-2');
});

test('tells machines of another cluster, but not those that were let go', () => {
  const seen = observations();
  const other = { ...mark, clusterId: 'old' };
  expect(
    take(seen, seeing([machine('a'), machine('b', { owner: other }), machine('c', { owner: { ...other, role: 'retained' } })]), 0).foreign,
  ).toBe(true);
  expect(seen.foreign()).toEqual(new Map([['old', [other]]]));
  expect(take(seen, seeing([machine('a', { busy: true }), machine('b', { owner: other }), machine('c')]), 1).foreign).toBe(true);
  expect(take(seen, seeing([machine('a', { busy: false }), machine('b', { owner: other }), machine('c')]), 2).foreign).toBe(false);
});

test('whatever was observed: the snapshot is the last observation, and exactly the differences were said', () => {
  const state = fc.record({ power: fc.constantFrom('Running', 'Stopped') as fc.Arbitrary<MachineState['power']>, busy: fc.boolean() });
  const world = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), state);
  fc.assert(
    fc.property(fc.array(world, { minLength: 1, maxLength: 8 }), fc.boolean(), (worlds, sameObjects) => {
      const seen = observations();
      // Some drivers read every machine anew, others give the objects again that did not change.
      const given = new Map<string, MachineState>();
      const give = (id: string, over: Partial<MachineState>): MachineState => {
        const known = given.get(id);
        const made = sameObjects && known?.power === over.power && known?.busy === over.busy ? known : undefined;
        const state = made ?? machine(id, over);
        given.set(id, state);
        return state;
      };
      let before: Record<string, Partial<MachineState>> = {};
      for (const [index, next] of worlds.entries()) {
        const { machineIds } = take(seen, seeing(Object.entries(next).map(([id, over]) => give(id, over))), index * 1_000);
        const ids = new Set([...Object.keys(before), ...Object.keys(next)]);
        const expected = [...ids].filter((id) => before[id]?.power !== next[id]?.power || before[id]?.busy !== next[id]?.busy);
        expect([...machineIds].sort()).toEqual(expected.sort());
        const snapshot = Object.fromEntries([...(seen.snapshot?.machines ?? [])].map(([id, { power, busy }]) => [id, { power, busy }]));
        expect(snapshot).toEqual({ ...next });
        before = next;
      }
    }),
  );
});
