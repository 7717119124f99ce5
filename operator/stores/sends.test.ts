import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { BaseImage, Call, Driver, Sink } from '../../drivers/contract.ts';
import { DriverError } from '../../drivers/labels.ts';
import type { Host } from '../hypervisors/host.ts';
import { FairSlots } from '../images/transfers/fair-slots.ts';
import { testManager, type TestManager } from '../kernel/testing/test-manager.ts';
import { IMAGE_STORES } from '../resources.ts';
import { Sends, type SendState } from './sends.ts';
import { Stores } from './stores.ts';
import { MemoryStore } from './testing/memory-store.ts';

const CONTENT = Buffer.alloc(1000, 'disk');
const PLACE = { imageStoreName: 'vault', key: 'a.qcow2' };
let world: TestManager;
let store: MemoryStore;
let sends: Sends;
let base: BaseImage | undefined;
let acts: number;
let refusal: DriverError | undefined;
let told: number;
beforeEach(async () => {
  world = testManager();
  store = new MemoryStore();
  base = { key: 'a', format: 'qcow2', sizeBytes: CONTENT.length, virtualSizeBytes: 2000 };
  [acts, told, refusal] = [0, 0, undefined];
  const stores = new Stores(world.client, world.cache(IMAGE_STORES), 'hostler', world.clock, () => store);
  sends = new Sends(stores, { clock: world.clock, random: () => 0, log: world.log, turns: new FairSlots(2) });
  sends.onChange(() => (told += 1));
  await world.start();
  await world.api.create(IMAGE_STORES, { metadata: { name: 'vault' }, spec: { http: { url: 'http://192.0.2.9' } } }, world.call);
  await world.settle();
});
afterEach(async () => {
  await sends.stop();
  await world.stop();
});

const verbs: Partial<Driver> = {
  findBase: () => Promise.resolve(base),
  exportBase: async (_pool: string, _key: string, sink: Sink, { signal }: Call) => {
    for (let at = 0; at < CONTENT.length; at += 100) {
      signal.throwIfAborted();
      await sink(CONTENT.subarray(at, at + 100));
    }
    return base as BaseImage;
  },
};
const act: Host['act'] = (slot, timeoutMs, signal, work) => {
  acts += 1;
  expect(slot).toBe('Transfer');
  return refusal === undefined ? work(verbs as Driver, { signal, timeoutMs }) : Promise.reject(refusal);
};
const host = { name: 'host-a', act } as Partial<Host> as Host;
const ask = (): SendState => sends.ensure({ host, pool: 'default', volume: 'a', place: PLACE, snapshot: { namespace: 'n', name: 's' } });
async function asked(): Promise<SendState> {
  ask();
  await world.settle();
  return ask();
}
const failure = (state: SendState): string => (state.kind === 'Failed' ? state.error.reason : state.kind);

test('a copy is sent once, and what was sent is told, however often it is asked for', async () => {
  const states = [ask(), ask()];
  await world.settle();
  const sha256 = createHash('sha256').update(CONTENT).digest('hex');
  expect(states.map(({ kind }) => kind)).toEqual(['InProgress', 'InProgress']);
  const done = { kind: 'Done', copy: { ...PLACE, sha256, sizeBytes: 1000 } };
  expect([ask(), ask()]).toEqual([done, done]);
  expect([acts, told > 0, sends.running()]).toEqual([1, true, []]);
});

test('it waits for its turn on the host', async () => {
  refusal = new DriverError('Conflict', 'enough to do', { reason: 'SlotsBusy' });
  expect((await asked()).kind).toBe('InProgress');
  refusal = undefined;
  await world.clock.advance(1_000);
  expect((await asked()).kind).toBe('Done');
});

test('one that failed has a pause that grows; a store that was changed is tried at once', async () => {
  store.fallSilent();
  expect(failure(await asked())).toBe('StoreUnreachable');
  await world.clock.advance(9_000);
  expect([failure(await asked()), acts]).toEqual(['StoreUnreachable', 1]);
  await world.clock.advance(2_000);
  expect([failure(await asked()), acts]).toEqual(['StoreUnreachable', 2]);
  await world.clock.advance(11_000);
  expect([failure(await asked()), acts]).toEqual(['StoreUnreachable', 2]);
  store.before = () => undefined;
  await world.api.mergePatch(IMAGE_STORES, { name: 'vault' }, { spec: { default: true } }, world.call);
  await world.settle();
  expect([failure(await asked()), acts]).toEqual(['Done', 3]);
});

test('a store that says it has another length has nothing', async () => {
  store.sizeOf = () => Promise.resolve(999);
  expect(failure(await asked())).toBe('StoreCopyDamaged');
});

test('a copy that is gone from its host is told as that', async () => {
  base = undefined;
  expect(failure(await asked())).toBe('ContentMissing');
});

test('it ends when it is cancelled, and when nobody asks for it any more; asked again it is begun anew', async () => {
  store.before = () => new Promise<never>(() => undefined);
  ask();
  await world.settle();
  expect(sends.running()).toHaveLength(1);
  await sends.cancel(PLACE);
  expect([sends.running(), ask().kind]).toEqual([[], 'InProgress']);
  await world.settle();
  await world.clock.advance(121_000);
  await world.settle();
  expect(sends.running()).toEqual([]);
  store.before = () => undefined;
  expect(failure(await asked())).toBe('Done');
});

test('from the end of the operator on none begins', async () => {
  store.before = () => new Promise<never>(() => undefined);
  ask();
  await world.settle();
  await sends.stop();
  expect(sends.running()).toEqual([]);
  expect(() => ask()).toThrow('stops');
});
