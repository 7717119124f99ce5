import { expect, test } from '@jest/globals';
import { ManualClock, settled } from '../testing/manual-clock.ts';
import { connectionLost, MemoryApi } from '../testing/memory-api.ts';
import { MemoryLogger } from '../testing/memory-logger.ts';
import { widget } from '../testing/widgets.ts';
import { EventBroadcaster } from './broadcaster.ts';
import { EVENTS } from './event-object.ts';
import type { EventNote } from './recorder.ts';
import { cutBytes, eventName } from './text.ts';

const note = (over: Partial<EventNote> = {}): EventNote => ({
  type: 'Normal',
  reason: 'Started',
  action: 'Start',
  note: 'It runs.',
  ...over,
});

function makeWorld() {
  const clock = new ManualClock();
  const api = new MemoryApi(() => clock.now());
  const broadcaster = new EventBroadcaster({ client: api, clock, log: new MemoryLogger(), identity: 'host_1', random: () => 0.5 });
  return { clock, api, broadcaster, recorder: broadcaster.recorder('hostler.dev/widgets'), events: () => api.objects(EVENTS) };
}

test('an event says who, what, why, about whom', async () => {
  const { recorder, events } = makeWorld();
  recorder.record(widget('x', 1), note({ related: widget('y', 2) }));
  expect(events()).toEqual([]); // never waited for
  await settled();
  expect(events()).toMatchObject([
    {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { namespace: 'a', name: expect.stringMatching(/^x\.[0-9a-f]+$/) },
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'hostler.dev/widgets',
      reportingInstance: 'host_1',
      type: 'Normal',
      reason: 'Started',
      action: 'Start',
      note: 'It runs.',
      regarding: { apiVersion: 'kernel.test/v1', kind: 'Widget', namespace: 'a', name: 'x', uid: 'uid-x' },
      related: { name: 'y' },
    },
  ]);
});

test('the same again becomes a series, written at intervals and when the program ends', async () => {
  const { clock, api, recorder, broadcaster, events } = makeWorld();
  for (let time = 0; time < 40; time += 1) recorder.record(widget('x', 1), note());
  await clock.advance(10_000);
  expect(events()).toMatchObject([{ series: { count: 40 } }]);
  expect(api.writes()).toHaveLength(2);
  recorder.record(widget('x', 1), note());
  await broadcaster.drain(1_000);
  expect(events()).toMatchObject([{ series: { count: 41, lastObservedTime: '2026-01-01T00:00:10.000000Z' } }]);
  await clock.advance(400_000);
  recorder.record(widget('x', 1), note());
  await settled();
  expect(events()).toHaveLength(2); // after some minutes of silence it is news again
});

test('an object with too many different events is cut short; others are not', async () => {
  const { clock, recorder, events } = makeWorld();
  for (let time = 0; time < 60; time += 1) recorder.record(widget('noisy', 1), note({ note: `attempt ${time}` }));
  recorder.record(widget('quiet', 1), note());
  await settled(100);
  expect(events().filter(({ regarding }) => regarding.name === 'noisy')).toHaveLength(25);
  expect(events().filter(({ regarding }) => regarding.name === 'quiet')).toHaveLength(1);
  await clock.advance(300_000);
  recorder.record(widget('noisy', 1), note({ note: 'later' }));
  recorder.record(widget('noisy', 1), note({ note: 'too soon' }));
  await settled();
  expect(events().filter(({ regarding }) => regarding.name === 'noisy')).toHaveLength(26);
});

test('an API server that is away is tried again a little, and never held against anybody', async () => {
  const { clock, api, recorder, events } = makeWorld();
  let left = 2;
  api.before = () => {
    if (left === 0) return;
    left -= 1;
    throw connectionLost();
  };
  recorder.record(widget('x', 1), note());
  await clock.advance(3_000);
  expect(events()).toHaveLength(1);
  api.before = () => Promise.reject(connectionLost());
  recorder.record(widget('x', 1), note({ reason: 'Other' }));
  await clock.advance(60_000);
  expect(events()).toHaveLength(1);
});

test('an event about a cluster-scoped object lies in namespace default', async () => {
  const { recorder, events } = makeWorld();
  const { namespace: _, ...metadata } = widget('x', 1).metadata;
  recorder.record({ ...widget('x', 1), metadata }, note());
  await settled();
  expect(events()[0]?.metadata.namespace).toBe('default');
  expect(events()[0]?.regarding).not.toHaveProperty('namespace');
});

test('names and notes are cut to what the API takes', () => {
  expect(eventName('n'.repeat(253), 'abc')).toHaveLength(253);
  expect(eventName(`${'n'.repeat(248)}-.tail`, 'abc')).toBe(`${'n'.repeat(248)}.abc`);
  expect(Buffer.byteLength(cutBytes('ü'.repeat(600), 1024))).toBeLessThanOrEqual(1024);
  expect(cutBytes('ü'.repeat(600), 1024)).toMatch(/^ü+\.\.\.$/);
  expect(cutBytes('short', 1024)).toBe('short');
});
