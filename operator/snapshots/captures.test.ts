import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { CapturedBase, CaptureSpec, Driver } from '../../drivers/contract.ts';
import { DriverError } from '../../drivers/labels.ts';
import type { Host } from '../hypervisors/host.ts';
import type { CaptureRequest } from '../instances/ports.ts';
import { ManualClock } from '../kernel/testing/manual-clock.ts';
import { MemoryLogger } from '../kernel/testing/memory-logger.ts';
import { BackgroundCaptures } from './captures.ts';

const base: CapturedBase = { key: 'k', format: 'qcow2', sizeBytes: 1, virtualSizeBytes: 1, sha256: '' };

let clock: ManualClock;
let captures: BackgroundCaptures;
let begun: CaptureSpec[];
let finish: (outcome: CapturedBase | DriverError) => void;
let slotsBusy: number;
let told: number;
beforeEach(() => {
  clock = new ManualClock();
  captures = new BackgroundCaptures(clock, new MemoryLogger());
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

test('one that is asked for again and again is begun once, and told of when it is done', async () => {
  expect([ensure(), ensure(), begun.length, told]).toEqual(['InProgress ?', 'InProgress ?', 1, 0]);
  finish(base);
  await clock.advance(0);
  expect([told, ensure()]).toEqual([1, 'Done']);
});

test('what came of it is told once: asked again, it is begun again', async () => {
  ensure();
  finish(new DriverError('Transient', 'broke', { reason: 'CaptureEnded' }));
  await clock.advance(0);
  expect([ensure(), ensure(), begun.length]).toEqual(['Failed CaptureEnded', 'InProgress ?', 2]);
});

test('tells of its progress in large steps', () => {
  ensure();
  for (const percent of [1, 5, 12, 15, 21, 50]) begun[0]?.onProgress?.(percent);
  expect([told, ensure()]).toEqual([2, 'InProgress 50']);
});

test('waits for its turn on a host that has enough to do', async () => {
  slotsBusy = 2;
  expect([ensure(), begun.length]).toEqual(['InProgress ?', 0]);
  await clock.advance(2_000);
  expect(begun).toHaveLength(1);
});

test('is ended when it is cancelled, and when nobody asks for it any more', async () => {
  ensure();
  await captures.cancel('k');
  expect([captures.running(), ensure(), begun.length]).toEqual([[], 'InProgress ?', 2]);
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
