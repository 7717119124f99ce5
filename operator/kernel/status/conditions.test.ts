import { expect, test } from '@jest/globals';
import { type Condition, findCondition, isTrue, removeCondition, replaceConditions, setCondition, timestamp } from './conditions.ts';

const judged = (seconds: number, generation = 1) => ({ now: Date.UTC(2026, 0, 1, 0, 0, seconds), generation });
const condition = (type: string, over: Partial<Condition> = {}): Condition => ({
  type,
  status: 'True',
  reason: 'Fine',
  message: '',
  lastTransitionTime: '2026-01-01T00:00:00Z',
  observedGeneration: 1,
  ...over,
});

test('the time of a condition moves with its status only; reason, message and generation move by themselves', () => {
  const first = setCondition([], { type: 'Ready', status: 'False', reason: 'Building' }, judged(1));
  expect(first).toEqual([condition('Ready', { status: 'False', reason: 'Building', lastTransitionTime: '2026-01-01T00:00:01Z' })]);
  const second = setCondition(first, { type: 'Ready', status: 'False', reason: 'Booting', message: 'soon' }, judged(2, 5));
  expect(second).toMatchObject([{ reason: 'Booting', message: 'soon', observedGeneration: 5, lastTransitionTime: '2026-01-01T00:00:01Z' }]);
  expect(setCondition(second, { type: 'Ready', status: 'True', reason: 'Running' }, judged(3))).toMatchObject([
    { lastTransitionTime: '2026-01-01T00:00:03Z' },
  ]);
});

test('setting one leaves the others and the order as they are', () => {
  const conditions = [condition('A'), condition('B'), condition('C')];
  const next = setCondition(conditions, { type: 'B', status: 'False', reason: 'Broken' }, judged(1));
  expect(next.map(({ type, status }) => `${type}=${status}`)).toEqual(['A=True', 'B=False', 'C=True']);
  expect(conditions[1]?.status).toBe('True');
});

test('replacing states all of them: what is not stated goes, what is new comes last', () => {
  const previous = [condition('Ready', { status: 'False' }), condition('Reconciling'), condition('Scheduled')];
  const next = replaceConditions(
    previous,
    [
      { type: 'ImageReady', status: 'True', reason: 'Fine' },
      { type: 'Scheduled', status: 'True', reason: 'Fine' },
      { type: 'Ready', status: 'True', reason: 'Running' },
    ],
    judged(9),
  );
  expect(next.map(({ type, lastTransitionTime }) => `${type} ${lastTransitionTime}`)).toEqual([
    'Ready 2026-01-01T00:00:09Z',
    'Scheduled 2026-01-01T00:00:00Z',
    'ImageReady 2026-01-01T00:00:09Z',
  ]);
});

test('the same statements again give an equal list, so that nothing is written', () => {
  const stated = [{ type: 'Ready', status: 'True', reason: 'Running' } as const];
  const first = replaceConditions([], stated, judged(1));
  expect(replaceConditions(first, stated, judged(2))).toEqual(first);
});

test('removing what is not there changes nothing; reading works on absent lists', () => {
  const conditions = [condition('Ready')];
  expect(removeCondition(conditions, 'Stalled')).toBe(conditions);
  expect(removeCondition(conditions, 'Ready')).toEqual([]);
  expect(findCondition(undefined, 'Ready')).toBeUndefined();
  expect(isTrue(conditions, 'Ready')).toBe(true);
  expect(isTrue(conditions, 'Stalled')).toBe(false);
});

test('timestamps are RFC 3339 in whole seconds', () => {
  expect(timestamp(Date.UTC(2026, 6, 22, 18, 7, 38, 999))).toBe('2026-07-22T18:07:38Z');
});

test('a message is cut to what can be stored and read', () => {
  const [cut] = setCondition([], { type: 'Ready', status: 'False', reason: 'Failed', message: 'x'.repeat(1_000_000) }, judged(1));
  expect(cut?.message.length).toBe(4_096);
});
