/** Images whose content lies on hosts and is fetched from nowhere. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Image, ImageStatus } from '../../../crds/image.ts';
import type { BaseImage, DiskQuery, Driver } from '../../../drivers/contract.ts';
import type { Host } from '../../hypervisors/host.ts';
import { systemClock } from '../../kernel/clock.ts';
import { MemoryLogger } from '../../kernel/testing/memory-logger.ts';
import { denyAddresses } from '../download/addresses.ts';
import { BaseTransfers } from './base-transfers.ts';

const signal = new AbortController().signal;
const sha256 = 'c'.repeat(64);
const KEY = 'snapshot-1';
const base: BaseImage = { key: KEY, format: 'qcow2', sizeBytes: 1, virtualSizeBytes: 2, sha256 };

let transfers: BaseTransfers;
beforeEach(() => {
  const policy = {
    addresses: denyAddresses([]),
    maxRedirects: 0,
    maxSizeBytes: 1,
    maxVirtualSizeBytes: 1,
    minBytesPerMinute: 0,
    minBytesPerConnection: 1,
    reconnectPauseMs: 1,
    stallMs: 1,
    maxFailuresInARow: 1,
    timeoutMs: 1,
    hostStallMs: 1,
    unaskedMs: 1,
    perHost: 1,
  };
  transfers = new BaseTransfers(policy, { clock: systemClock, random: () => 0, log: new MemoryLogger() });
});
afterEach(() => transfers.stop());

const image = (status: ImageStatus = { locations: [{ hypervisorName: 'host-a', pool: 'main', volume: KEY }] }, deleted = false): Image => ({
  apiVersion: 'hostler.dev/v1alpha1',
  kind: 'Image',
  metadata: {
    name: 'snap',
    namespace: 'a',
    uid: 'u',
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: '',
    ...(deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
  },
  spec: { sources: [{ format: 'qcow2', snapshot: { name: 'snap' }, checksum: { sha256 } }] },
  status,
});

/** A host that knows of the base at once, only once it was told to look for it, or not at all. */
function hostWith(knows: 'AtOnce' | 'WhenTold' | 'Never', found: BaseImage = base) {
  const asked: DiskQuery[] = [];
  const verbs: Partial<Driver> = {
    imageFormats: ['qcow2'],
    findBase: () => Promise.resolve(knows === 'AtOnce' || (knows === 'WhenTold' && asked.length > 0) ? found : undefined),
    listDisks: (query) => {
      asked.push(query);
      return Promise.resolve([]);
    },
  };
  const call = { signal, timeoutMs: 1_000 };
  const act: Host['act'] = (_, __, ___, work) => work(verbs as Driver, call);
  return { host: { name: 'host-a', driver: verbs, act } as Partial<Host> as Host, asked };
}

const ensured = async (host: Host, which = image()) => {
  const state = await transfers.ensure({ host, pool: 'default', image: which }, signal);
  return state.kind === 'Failed' ? `${state.kind}: ${state.reason}` : state.kind;
};

test('is used where it lies', async () => {
  const { host, asked } = hostWith('AtOnce');
  expect(await ensured(host)).toBe('Ready');
  expect(asked).toEqual([]);
});

test('is looked for by a host that shares the pool and has not seen it', async () => {
  const { host, asked } = hostWith('WhenTold');
  expect(await ensured(host)).toBe('Ready');
  expect(asked).toEqual([{ pools: ['default'], namePrefix: KEY, expected: [KEY] }]);
});

test('is fetched from nowhere: where it is not, it cannot be had', async () => {
  expect(await ensured(hostWith('Never').host)).toBe('Failed: ImageOnlyOnHost');
  expect(transfers.running()).toEqual([]);
});

test('must be what the Image says', async () => {
  const { host } = hostWith('AtOnce', { ...base, sha256: 'd'.repeat(64) });
  await expect(ensured(host)).rejects.toMatchObject({ reason: 'BaseMismatch' });
});

test('of an Image written by hand there is none, and of one that goes there is none any more', async () => {
  const { host } = hostWith('AtOnce');
  expect([await ensured(host, image({})), await ensured(host, image(undefined, true))]).toEqual([
    'Failed: ContentMissing',
    'Failed: ContentMissing',
  ]);
});
