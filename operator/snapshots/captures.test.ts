import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { CapturedBase, CaptureSpec, Driver } from '../../drivers/contract.ts';
import { DriverError } from '../../drivers/labels.ts';
import type { Host } from '../hypervisors/host.ts';
import { FairSlots } from '../images/transfers/fair-slots.ts';
import type { CaptureRequest } from '../instances/ports.ts';
import { ManualClock } from '../kernel/testing/manual-clock.ts';
import { MemoryLogger } from '../kernel/testing/memory-logger.ts';
import { BackgroundCaptures } from './captures.ts';

const base: CapturedBase = { key: 'k', format: 'qcow2', sizeBytes: 1, virtualSizeBytes: 1, sha256: '' };

let clock: ManualClock;
let captures: BackgroundCaptures;
let turns: FairSlots;
let begun: CaptureSpec[];
let finish: (outcome: CapturedBase | DriverError) => void;
let slotsBusy: number;
let told: number;
beforeEach(() => {
  clock = new ManualClock();
  turns = new FairSlots(1);
  captures = new BackgroundCaptures({ clock, log: new MemoryLogger(), turns });
  begun = [];
  slotsBusy = 0;
  told = 0;
  captures.onChange(() => (told += 1));
});
afterEach(() => captures.stop());

/** Its driver copies until it is told what came of it, or given up. */
const driver = {
  captureBase: (_target: unknown, capture: CaptureSpec, { signal }: { readonly signal: AbortSignal }) => {
    begun.push(capture);
    const { promise, resolve, reject } = Promise.withResolvers<CapturedBase>();
    finish = (outcome) => (outcome instanceof DriverError ? reject(outcome) : resolve(outcome));
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    return promise;
  },
} as Partial<Driver> as Driver;

const act: Host['act'] = async (_slot, timeoutMs, signal, work) => {
  slotsBusy -= 1;
  if (slotsBusy >= 0) throw new DriverError('Conflict', 'enough to do', { reason: 'SlotsBusy' });
  return work(driver, { signal, timeoutMs });
};

const request: CaptureRequest = {
  host: { name: 'host-a', driver, act } as Partial<Host> as Host,
  target: { machineId: 'm', clusterId: 'c', uid: 'u' },
  subject: { namespace: 'a', name: 'x' },
  capture: { disk: { pool: 'default', name: 'root' }, pool: 'default', key: 'k', quiesce: 'Never' },
};

const ensure = () => {
  const state = captures.ensure(request);
  return state.kind === 'Failed'
    ? `Failed ${state.error.reason}`
    : `${state.kind}${state.kind === 'InProgress' ? ` ${state.percent ?? '?'}` : ''}`;
};

/** Until what has been asked for has begun. */
const begins = (): Promise<void> => clock.advance(0);
const another = { ...request, subject: { namespace: 'b', name: 'y' }, capture: { ...request.capture, key: 'other' } };
const queue = ({ host, subject, capture } = request): void => captures.queue({ key: capture.key, host, subject });

test('one that is asked for again and again is begun once, and told of when it is done', async () => {
  const states = [ensure(), ensure()];
  await begins();
  expect([...states, begun.length, told]).toEqual(['InProgress ?', 'InProgress ?', 1, 0]);
  finish(base);
  await begins();
  expect([told, ensure()]).toEqual([1, 'Done']);
});

test('what came of it is told once: asked again, it is begun again', async () => {
  ensure();
  await begins();
  finish(new DriverError('Transient', 'broke', { reason: 'CaptureEnded' }));
  await begins();
  const states = [ensure(), ensure()];
  await begins();
  expect([...states, begun.length]).toEqual(['Failed CaptureEnded', 'InProgress ?', 2]);
});

test('tells of its progress in large steps', async () => {
  ensure();
  await begins();
  for (const percent of [1, 5, 12, 15, 21, 50]) begun[0]?.onProgress?.(percent);
  expect([told, ensure()]).toEqual([2, 'InProgress 50']);
});

test('waits where a call that was given up still keeps the host busy', async () => {
  slotsBusy = 2;
  ensure();
  await begins();
  expect(begun).toHaveLength(0);
  await clock.advance(2_000);
  expect(begun).toHaveLength(1);
});

test('is ended when it is cancelled, and when nobody asks for it any more', async () => {
  ensure();
  await begins();
  await captures.cancel('k');
  const states = [captures.running(), ensure()];
  await begins();
  expect([...states, begun.length]).toEqual([[], 'InProgress ?', 2]);
  await clock.advance(200_000);
  expect(captures.running()).toEqual([]);
  await captures.cancel('another');
});

test('none is begun any more once it was stopped', async () => {
  ensure();
  await captures.stop();
  expect(captures.running()).toEqual([]);
  expect(ensure).toThrow('The operator stops');
});

test('a turn is told of when it comes, and is the one’s who then begins', async () => {
  const held = await turns.join('host-a', 'b', 'Image').turn(new AbortController().signal);
  queue();
  await begins();
  expect([captures.hasTurn('k'), told, begun.length]).toEqual([false, 0, 0]);
  held.end();
  await begins();
  expect([captures.hasTurn('k'), told, begun.length]).toEqual([true, 1, 0]);
  ensure();
  await begins();
  expect([captures.hasTurn('k'), begun.length]).toEqual([true, 1]);
  finish(base);
  await begins();
  expect([captures.hasTurn('k'), ensure(), captures.hasTurn('k')]).toEqual([true, 'Done', false]);
});

test('a turn that nobody uses is the next one’s, and whoever had it may queue again', async () => {
  queue();
  queue(another);
  await begins();
  expect([captures.hasTurn('k'), captures.hasTurn('other')]).toEqual([true, false]);
  await clock.advance(15_000);
  expect([captures.hasTurn('k'), captures.hasTurn('other')]).toEqual([false, true]);
  queue();
  await clock.advance(15_000);
  expect([captures.hasTurn('k'), captures.hasTurn('other'), begun.length]).toEqual([true, false, 0]);
});

test('what is copied is what was asked for last: it may have changed while it waited', async () => {
  queue();
  await begins();
  captures.ensure({ ...request, capture: { ...request.capture, disk: { pool: 'default', name: 'grown' } } });
  await begins();
  expect(begun.map(({ disk }) => disk.name)).toEqual(['grown']);
});

test('a place in the queue that nobody asks for any more is given up', async () => {
  const held = await turns.join('host-a', 'b', 'Image').turn(new AbortController().signal);
  queue();
  await clock.advance(119_000);
  expect([captures.running().map(({ phase }) => phase), told]).toEqual([['Waiting'], 1]);
  await clock.advance(2_000);
  expect([captures.running(), told]).toEqual([[], 1]);
  held.end();
});
