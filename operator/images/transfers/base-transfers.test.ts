import { createHash } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import type { Image, ImageSource } from '../../../crds/image.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { type Clock, systemClock } from '../../kernel/clock.ts';
import { MemoryLogger } from '../../kernel/testing/memory-logger.ts';
import type { BaseState } from '../ports.ts';
import { denyAddresses } from '../download/addresses.ts';
import { qcow2Image } from '../inspect/qcow2-image.ts';
import { PoolHost } from '../testing/pool-host.ts';
import { type Answer, serve, stopServers, whole } from '../testing/web-server.ts';
import { BaseTransfers, type ImageVerdict } from './base-transfers.ts';
import type { TransferPolicy } from './transfer.ts';

const signal = new AbortController().signal;
const content = qcow2Image();
const sha256 = createHash('sha256').update(content).digest('hex');
const policy: TransferPolicy = {
  addresses: denyAddresses([]),
  maxRedirects: 3,
  maxSizeBytes: 2 ** 24,
  maxVirtualSizeBytes: 2 ** 30,
  minBytesPerMinute: 0,
  minBytesPerConnection: 1,
  reconnectPauseMs: 1,
  stallMs: 2_000,
  maxFailuresInARow: 2,
  timeoutMs: 60_000,
  hostStallMs: 2_000,
  unaskedMs: 60_000,
  perHost: 2,
};

const running: BaseTransfers[] = [];
afterEach(async () => {
  for (const transfers of running.splice(0)) await transfers.stop();
  await stopServers();
});

/** Transfers on the real clock, of which the wall can be set forward. */
function begin(over: Partial<TransferPolicy> = {}) {
  let ahead = 0;
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + ahead, monotonic: () => systemClock.monotonic() + ahead };
  const transfers = new BaseTransfers({ ...policy, ...over }, { clock, random: () => 0, log: new MemoryLogger() });
  running.push(transfers);
  const verdicts: string[] = [];
  const told: string[] = [];
  transfers.onVerdict((image, verdict: ImageVerdict) =>
    verdicts.push(`${image.name}: ${verdict.kind === 'Failed' ? verdict.error.reason : verdict.kind}`),
  );
  transfers.onChange((image, hypervisorName) => told.push(`${image.namespace}/${image.name} on ${hypervisorName}`));
  return { transfers, verdicts, told, setForward: (ms: number) => (ahead += ms) };
}

let images = 0;
function imageFrom(url: URL, over: Partial<ImageSource> = {}, namespace = 'a'): Image {
  images += 1;
  return {
    apiVersion: 'hostler.dev/v1alpha1',
    kind: 'Image',
    metadata: {
      namespace,
      name: 'demo',
      uid: `uid-${images}`,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: { sources: [{ format: 'qcow2', http: { url: url.href }, checksum: { sha256 }, ...over }] },
  };
}

/** Asks until it is there or failed. */
async function settle(transfers: BaseTransfers, host: PoolHost, image: Image): Promise<BaseState> {
  for (;;) {
    const state = await transfers.ensure({ host: host.host, pool: 'default', image }, signal);
    if (state.kind !== 'InProgress') return state;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const shown = (state: BaseState): string => (state.kind === 'Failed' ? `Failed/${state.reason}` : state.kind);

test('an image is brought once, however many ask for it, and told when it is there', async () => {
  const { transfers, verdicts, told } = begin();
  const { url, requests } = await serve(whole(content));
  const host = new PoolHost('h');
  const image = imageFrom(url);
  const ask = () => transfers.ensure({ host: host.host, pool: 'default', image }, signal);
  const first = await Promise.all([ask(), ask(), ask()]);
  expect(first.map(shown)).toEqual(['InProgress', 'InProgress', 'InProgress']);
  const ready = await settle(transfers, host, image);
  expect(ready).toEqual({
    kind: 'Ready',
    base: {
      key: `base-${image.metadata.uid}-${sha256.slice(0, 8)}`,
      format: 'qcow2',
      sha256,
      sizeBytes: content.length,
      virtualSizeBytes: 16 * 1024 * 1024,
    },
  });
  expect([requests.length, host.calls.importBase]).toEqual([1, 1]);
  expect(verdicts).toEqual(['demo: Verified']);
  expect(told.at(-1)).toBe('a/demo on h');
  const found = host.calls.findBase;
  await Promise.all(Array.from({ length: 100 }, ask));
  expect(host.calls.findBase).toBe(found);
});

test('each pool and host gets its own; one that has it already fetches nothing', async () => {
  const { transfers, setForward } = begin();
  const { url, requests } = await serve(whole(content));
  const [one, two] = [new PoolHost('one'), new PoolHost('two')];
  const image = imageFrom(url);
  await Promise.all([settle(transfers, one, image), settle(transfers, two, image)]);
  expect(requests).toHaveLength(2);
  setForward(60_000);
  expect(shown(await settle(transfers, one, image))).toBe('Ready');
  const restarted = begin().transfers;
  expect(shown(await settle(restarted, two, image))).toBe('Ready');
  expect(requests).toHaveLength(2);
});

test.each<[string, Answer, Partial<ImageSource>, string, readonly string[]]>([
  ['another checksum', whole(content), { checksum: { sha256: '0'.repeat(64) } }, 'ChecksumMismatch', ['demo: ChecksumMismatch']],
  ['a backing file', whole(qcow2Image({ backingFile: '/etc/shadow' })), {}, 'UnsafeImage', ['demo: UnsafeImage']],
  ['no such file', (_, response) => response.writeHead(404).end(), {}, 'SourceRefused', ['demo: SourceRefused']],
])(
  '%s fails, leaves nothing behind, and is tried again only when its time has come or the Image changed',
  async (_, answer, source, reason, verdict) => {
    const { transfers, verdicts, setForward } = begin();
    const { url, requests } = await serve(answer);
    const host = new PoolHost('h');
    const image = imageFrom(url, source);
    const failure = await settle(transfers, host, image);
    expect(shown(failure)).toBe(`Failed/${reason}`);
    expect([host.bases.size, host.partial.size]).toEqual([0, 0]);
    expect(verdicts).toEqual(verdict);
    expect(shown(await settle(transfers, host, image))).toBe(`Failed/${reason}`);
    expect(requests).toHaveLength(1);
    setForward(3_600_000);
    await settle(transfers, host, image);
    expect(requests).toHaveLength(2);
    await settle(transfers, host, { ...image, metadata: { ...image.metadata, generation: 2 } });
    expect(requests).toHaveLength(3);
  },
);

test('pauses grow while it fails', async () => {
  const { transfers, setForward } = begin();
  const { url } = await serve((_, response) => response.writeHead(503).end());
  const host = new PoolHost('h');
  const image = imageFrom(url);
  const pauses: number[] = [];
  for (let index = 0; index < 9; index += 1) {
    const before = systemClock.now();
    const failure = await settle(transfers, host, image);
    if (failure.kind !== 'Failed') throw new Error(failure.kind);
    pauses.push(Math.round((failure.retryAt - before) / 1_000));
    setForward(600_000);
  }
  const grown = pauses.map((pause, index) => pause - 600 * index);
  expect(grown).toEqual([10, 20, 40, 80, 160, 320, 600, 600, 600].map((pause) => expect.closeTo(pause, -0.5)));
});

test('what is the fault of the host is no verdict on the image', async () => {
  const { transfers, verdicts } = begin();
  const { url } = await serve(whole(content));
  const host = new PoolHost('h');
  host.refuses = new DriverError('NotFound', 'no such pool', { reason: 'PoolNotFound' });
  expect(shown(await settle(transfers, host, imageFrom(url)))).toBe('Failed/PoolNotFound');
  expect(verdicts).toEqual([]);
});

test('a host that takes no more data is given up', async () => {
  const { transfers } = begin({ hostStallMs: 50 });
  const { url } = await serve(whole(content));
  const host = new PoolHost('h');
  host.stalls = true;
  expect(shown(await settle(transfers, host, imageFrom(url)))).toBe('Failed/TransferStalled');
});

test('a lost lease ends transfers without a word on them; the next holder begins again', async () => {
  const { transfers, verdicts } = begin();
  const { url, requests } = await serve(
    (_, response) => void response.writeHead(200, { 'content-length': content.length }).write(content.subarray(0, 70_000)),
    whole(content),
  );
  const host = new PoolHost('h');
  const image = imageFrom(url);
  const ask = () => transfers.ensure({ host: host.host, pool: 'default', image }, signal);
  await ask();
  while (transfers.running()[0]?.percent !== Math.floor((70_000 / content.length) * 100))
    await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await ask()).toMatchObject({ kind: 'InProgress', percent: Math.floor((70_000 / content.length) * 100) });
  host.term.abort(new Error('lost'));
  while (transfers.running().length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect([verdicts, host.partial.size]).toEqual([[], 0]);
  const holder = begin().transfers;
  const again = new PoolHost('h');
  expect(shown(await settle(holder, again, image))).toBe('Ready');
  expect(requests).toHaveLength(2);
});

test('no more transfers than slots run at one host; the others wait their turn', async () => {
  const { transfers } = begin();
  const open: (() => void)[] = [];
  const { url, requests } = await serve((_, response) => open.push(() => whole(content)(_, response)));
  const host = new PoolHost('h');
  const all = [imageFrom(url), imageFrom(url), imageFrom(url)];
  const states = await Promise.all(all.map((image) => transfers.ensure({ host: host.host, pool: 'default', image }, signal)));
  expect(states.map(shown)).toEqual(['InProgress', 'InProgress', 'InProgress']);
  while (open.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(requests).toHaveLength(2);
  for (const finish of open.splice(0)) finish();
  while (open.length < 1) await new Promise((resolve) => setTimeout(resolve, 20));
  for (const finish of open.splice(0)) finish();
  for (const image of all) expect(shown(await settle(transfers, host, image))).toBe('Ready');
});

/** An answer that begins and never ends. */
const endless: Answer = (_, response) =>
  void response.writeHead(200, { 'content-length': content.length }).write(content.subarray(0, 70_000));
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
};

test.each<[string, Partial<ImageSource> | undefined]>([
  ['its Image is deleted', undefined],
  ['its Image names another url', { http: { url: 'http://192.0.2.1/other' } }],
  ['its Image names another content', { checksum: { sha256: '0'.repeat(64) } }],
  ['its Image comes in no format that the host can boot', { format: 'vhd' }],
])('a transfer ends at once when %s, and nothing is held against the image', async (_, changed) => {
  const { transfers, verdicts, told } = begin();
  const { url } = await serve(endless, whole(content));
  const host = new PoolHost('h');
  const image = imageFrom(url);
  await transfers.ensure({ host: host.host, pool: 'default', image }, signal);
  await until(() => host.partial.size === 1);
  if (changed === undefined) transfers.imageDeleted(image.metadata.uid);
  else transfers.imageChanged({ ...image, spec: { sources: image.spec.sources.map((source) => ({ ...source, ...changed })) } });
  await until(() => transfers.running().length === 0);
  expect([verdicts, host.partial.size, told.at(-1)]).toEqual([[], 0, 'a/demo on h']);
  expect(shown(await settle(transfers, host, image))).toBe('Ready');
});

test('who asks with another source ends the transfer of the old one, though no word of the change came yet', async () => {
  const { transfers } = begin();
  const { url, requests } = await serve(endless, whole(content));
  const host = new PoolHost('h');
  const image = imageFrom(url);
  await transfers.ensure({ host: host.host, pool: 'default', image }, signal);
  await until(() => host.partial.size === 1);
  const sources = image.spec.sources.map((source) => ({ ...source, http: { url: `${url.href}&again` } }));
  const edited = { ...image, metadata: { ...image.metadata, generation: 2 }, spec: { sources } };
  expect(shown(await settle(transfers, host, edited))).toBe('Ready');
  expect(requests.map(({ url: path }) => path?.endsWith('again'))).toEqual([false, true]);
});

test('a change that leaves the source as it is leaves the transfer alone, and its verdict is on the image as it is now', async () => {
  const { transfers } = begin();
  const generations: number[] = [];
  transfers.onVerdict(({ generation }) => generations.push(generation));
  const open: (() => void)[] = [];
  const { url, requests } = await serve((request, response) => open.push(() => whole(content)(request, response)));
  const host = new PoolHost('h');
  const image = imageFrom(url);
  await transfers.ensure({ host: host.host, pool: 'default', image }, signal);
  await until(() => requests.length === 1);
  transfers.imageChanged({ ...image, metadata: { ...image.metadata, generation: 2 } });
  for (const finish of open) finish();
  await until(() => transfers.running().length === 0);
  expect([generations, requests.length]).toEqual([[2], 1]);
});

test('a transfer that nobody asks for any more ends; whoever waits for it is told in time to ask', async () => {
  const { transfers, told } = begin({ unaskedMs: 200 });
  const { url } = await serve(endless);
  const [wanted, forgotten] = [new PoolHost('wanted'), new PoolHost('forgotten')];
  const image = imageFrom(url);
  const ask = (host: PoolHost) => transfers.ensure({ host: host.host, pool: 'default', image }, signal);
  transfers.onChange((_, hypervisorName) => {
    if (hypervisorName === 'wanted') void ask(wanted).catch(() => undefined);
  });
  await Promise.all([ask(wanted), ask(forgotten)]);
  await until(() => transfers.running().length === 1 && told.filter((each) => each.endsWith('wanted')).length > 3);
  expect(transfers.running()).toMatchObject([{ hypervisor: 'wanted' }]);
  expect(forgotten.partial.size).toBe(0);
});

test('a namespace that fills the slots of a host gives one to another that waits, and takes it up again', async () => {
  const { transfers } = begin();
  const slow = await serve(endless, endless, whole(content));
  const { url } = await serve(whole(content));
  const host = new PoolHost('h');
  const ask = (image: Image) => transfers.ensure({ host: host.host, pool: 'default', image }, signal);
  const greedy = [imageFrom(slow.url), imageFrom(slow.url), imageFrom(slow.url)];
  for (const image of greedy) await ask(image);
  await until(() => host.partial.size === 2);
  const modest = imageFrom(url, {}, 'b');
  expect(shown(await settle(transfers, host, modest))).toBe('Ready');
  const [first, second] = greedy;
  expect(host.partial.has(`base-${first?.metadata.uid}-${sha256.slice(0, 8)}`)).toBe(true);
  if (second !== undefined) expect(shown(await settle(transfers, host, second))).toBe('Ready');
});

test('a small image that is refused was never written to the host', async () => {
  const { transfers } = begin();
  const bad = qcow2Image({ clusterBits: 9, backingFile: '/etc/shadow' });
  const { url } = await serve(whole(bad));
  const host = new PoolHost('h');
  const image = imageFrom(url, { checksum: { sha256: createHash('sha256').update(bad).digest('hex') } });
  expect(bad.length).toBeLessThan(65_536);
  expect(shown(await settle(transfers, host, image))).toBe('Failed/UnsafeImage');
  expect(host.calls.importBase).toBe(0);
});

test('an image in formats that the host cannot boot is refused, and so is a base that is another one', async () => {
  const { transfers } = begin();
  const { url } = await serve(whole(content));
  const host = new PoolHost('h');
  await expect(
    transfers.ensure({ host: host.host, pool: 'default', image: imageFrom(url, { format: 'vhd' }) }, signal),
  ).rejects.toMatchObject({ label: 'Unsupported', reason: 'NoUsableSource' });
  const image = imageFrom(url);
  const key = `base-${image.metadata.uid}-${sha256.slice(0, 8)}`;
  host.bases.set(key, { key, format: 'qcow2', sizeBytes: 1, virtualSizeBytes: 1, sha256: 'other' });
  await expect(transfers.ensure({ host: host.host, pool: 'default', image }, signal)).rejects.toMatchObject({
    label: 'InvalidSpec',
    reason: 'BaseMismatch',
  });
});

test('two hosts that reach one pool: one brings the image, the other waits for it and is told', async () => {
  const { transfers, told } = begin();
  const { url, requests } = await serve(whole(content));
  const near = new PoolHost('near');
  const far = new PoolHost('far', near.bases);
  const image = imageFrom(url);
  const ask = async ({ host }: PoolHost) => shown(await transfers.ensure({ host, pool: 'default', sharedId: 'nfs-1', image }, signal));
  expect(await Promise.all([ask(near), ask(far)])).toEqual(['InProgress', 'InProgress']);
  await until(() => transfers.running().length === 0 && told.some((each) => each.endsWith('far')));
  expect([await ask(near), await ask(far)]).toEqual(['Ready', 'Ready']);
  expect([near.calls.importBase, far.calls.importBase, requests.length]).toEqual([1, 0, 1]);
});
