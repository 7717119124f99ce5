import { expect, test } from '@jest/globals';
import { DeadlineError, ErrorCode, LibvirtError, type LibvirtClient } from 'node-libvirt';
import { ownTime } from '../time.ts';
import { Pools } from './pools.ts';
import { contentBytes, needRoom } from './room.ts';

const GIB = 2 ** 30;
const left = ownTime(5_000);

interface VolumeShape {
  readonly capacity: number;
  readonly allocation: number;
  readonly on?: string;
}

/** Guests have filled the pool since libvirt last looked. */
function host({
  capacity = 100 * GIB,
  free = 50 * GIB,
  remembered = 90 * GIB,
  busy = false,
  hangs = false,
  volumes = {},
}: Partial<HostShape>) {
  let seen = remembered;
  const client = {
    pools: {
      list: async () => [{ name: 'fast', uuid: 'fast' }],
      lookupByName: async (name: string) => ({ name, uuid: name }),
      xml: async ({ name }: { readonly name: string }) => `<pool type='dir'><target><path>/pools/${name}</path></target></pool>`,
      refresh: async () => {
        if (hangs) throw new DeadlineError('storage_pool_refresh');
        if (busy) throw failure("pool 'fast' has asynchronous jobs running.");
        seen = free;
      },
      info: async () => ({ state: 2, capacityBytes: capacity, allocationBytes: 0, availableBytes: seen }),
    },
    volumes: {
      xml: async ({ name }: { readonly name: string }) => {
        const { capacity: size, allocation, on } = volumes[name] ?? { capacity: 0, allocation: 0 };
        const backing = on === undefined ? '' : `<backingStore><path>${on}</path></backingStore>`;
        return `<volume><capacity unit='bytes'>${size}</capacity><allocation unit='bytes'>${allocation}</allocation>${backing}</volume>`;
      },
    },
  } as unknown as LibvirtClient;
  return { client, pools: new Pools(client) };
}

interface HostShape {
  readonly capacity: number;
  readonly free: number;
  readonly remembered: number;
  readonly busy: boolean;
  readonly hangs: boolean;
  readonly volumes: Readonly<Record<string, VolumeShape>>;
}

const failure = (message: string): LibvirtError =>
  new LibvirtError({ code: ErrorCode.INTERNAL_ERROR, domain: 18, level: 2, message, int1: 0, int2: 0 }, 'storage_pool_refresh');

async function outcome(shape: Partial<HostShape>, bytes: number): Promise<string> {
  const { client, pools } = host(shape);
  try {
    await needRoom(client, await pools.named('fast', left), bytes, left);
    return 'room';
  } catch (error) {
    const { label, reason } = error as { readonly label: string; readonly reason: string };
    return `${label}/${reason}`;
  }
}

const FULL = 'InsufficientCapacity/OutOfSpace';

test.each<[string, Partial<HostShape>, number, string]>([
  ['enough', {}, 49 * GIB, 'room'],
  ['as much as is free: nothing would be left to guests', {}, 50 * GIB, FULL],
  ['more than is free', { free: 2 * GIB }, 10 * GIB, FULL],
  ['a small pool, of which a part is left', { capacity: GIB, free: GIB / 2 }, GIB / 4, 'room'],
  ['a small pool, of which nothing would be left', { capacity: GIB, free: GIB / 2 }, GIB / 2 - 1, FULL],
  ['while a disk is being made, what libvirt remembers counts', { free: 0, busy: true }, 10 * GIB, 'room'],
])('%s', async (_, shape, bytes, expected) => {
  expect(await outcome(shape, bytes)).toBe(expected);
});

const chain = {
  top: { capacity: 10 * GIB, allocation: GIB, on: '/pools/fast/base' },
  base: { capacity: 4 * GIB, allocation: 2 * GIB },
  ring: { capacity: 2 * GIB, allocation: GIB, on: '/pools/fast/ring' },
  stranger: { capacity: 8 * GIB, allocation: GIB, on: '/elsewhere/x' },
} as const;

test.each<[keyof typeof chain, number]>([
  ['base', 2 * GIB],
  ['top', 3 * GIB],
  ['ring', 2 * GIB],
  ['stranger', GIB],
])('what a copy of %s takes', async (name, expected) => {
  const { client, pools } = host({ volumes: chain });
  expect(await contentBytes(client, pools, await pools.named('fast', left), name, left)).toBe(expected);
});

test.each<[string, Partial<HostShape>, number]>([
  ['as it is now', {}, 50],
  ['as it was when nobody made a volume in it', { busy: true }, 90],
  ['as it was, where it takes long to be read', { hangs: true }, 90],
])('the room in a pool is told %s', async (_, shape, gib) => {
  const { pools } = host(shape);
  expect(await pools.readAll(left)).toEqual([{ name: 'fast', capacityBytes: 100 * GIB, availableBytes: gib * GIB }]);
});
