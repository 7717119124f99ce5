import { expect, test } from '@jest/globals';
import { ErrorCode, LibvirtError, type LibvirtClient } from 'node-libvirt';
import { toDriverError } from '../errors.ts';
import { ownTime } from '../time.ts';
import type { Bases } from './bases.ts';
import { Devices } from './devices.ts';
import { Disks } from './disks.ts';
import { Pools } from './pools.ts';

const NEVER = 1000;

/** A host with a pool of every type in `types`, all with the same files; libvirt knows the `known` ones until it has read the pools again. */
function host({ known = [], files = known, types = ['dir'], busyFor = 0 }: Partial<HostShape>) {
  const calls: string[] = [];
  let seen = known;
  let busy = busyFor;
  const client = {
    pools: {
      lookupByName: async (name: string) => ({ name, uuid: name }),
      xml: async ({ name }: { readonly name: string }) => `<pool type='${name}'><target><path>/pools/${name}</path></target></pool>`,
      refresh: async ({ name }: { readonly name: string }) => {
        calls.push(`refresh ${name}`);
        busy -= 1;
        if (busy >= 0) throw failure(`pool '${name}' has asynchronous jobs running.`);
        seen = files;
      },
    },
    volumes: {
      list: async ({ name: pool }: { readonly name: string }) => {
        calls.push(`list ${pool}`);
        return seen.map((name) => ({ pool, name, key: name }));
      },
      info: async () => ({ type: 0, capacityBytes: 1, allocationBytes: 0 }),
    },
  } as unknown as LibvirtClient;
  const pools = new Pools(client);
  const disks = new Disks(client, pools, {} as Bases, new Devices(client, pools));
  const list = async (expected?: readonly string[]): Promise<readonly string[]> =>
    (await disks.list({ pools: types, namePrefix: 'u-', ...(expected && { expected }) }, ownTime(5000))).map(({ name }) => name);
  return { calls, list };
}

interface HostShape {
  readonly known: readonly string[];
  readonly files: readonly string[];
  readonly types: readonly string[];
  readonly busyFor: number;
}

const failure = (message: string): LibvirtError =>
  new LibvirtError({ code: ErrorCode.INTERNAL_ERROR, domain: 18, level: 2, message, int1: 0, int2: 0 }, 'storage_pool_refresh');

test.each`
  what                                   | shape                                                            | expected          | found             | calls
  ${'nothing is expected'}               | ${{ known: ['u-a', 'x'] }}                                       | ${undefined}      | ${['u-a']}        | ${['list dir']}
  ${'all that is expected is known'}     | ${{ known: ['u-a'], files: ['u-a', 'u-b'] }}                     | ${['u-a']}        | ${['u-a']}        | ${['list dir']}
  ${'one that libvirt does not know of'} | ${{ known: [], files: ['u-a', 'u-b'] }}                          | ${['u-a']}        | ${['u-a', 'u-b']} | ${['list dir', 'refresh dir', 'list dir']}
  ${'one that is nowhere'}               | ${{ known: ['u-a'] }}                                            | ${['u-a', 'u-b']} | ${['u-a']}        | ${['list dir', 'refresh dir', 'list dir']}
  ${'a pool that is busy for a moment'}  | ${{ known: [], files: ['u-a'], busyFor: 2 }}                     | ${['u-a']}        | ${['u-a']}        | ${['list dir', 'refresh dir', 'refresh dir', 'refresh dir', 'list dir']}
  ${'a pool that holds no files'}        | ${{ known: [], files: ['u-a'], types: ['mpath'] }}               | ${['u-a']}        | ${[]}             | ${[]}
  ${'a pool of units, asked for alone'}  | ${{ known: [], files: ['u-a'], types: ['iscsi-direct'] }}        | ${['u-a']}        | ${['u-a']}        | ${['list iscsi-direct', 'refresh iscsi-direct', 'list iscsi-direct']}
  ${'a pool of files, and one of units'} | ${{ known: [], files: ['u-a'], types: ['iscsi-direct', 'dir'] }} | ${['u-a']}        | ${['u-a', 'u-a']} | ${['list iscsi-direct', 'list dir', 'refresh dir', 'list iscsi-direct', 'list dir']}
`('$what', async ({ shape, expected, found, calls }) => {
  const world = host(shape as Partial<HostShape>);
  expect(await world.list(expected as readonly string[] | undefined)).toEqual(found);
  expect(world.calls).toEqual(calls);
});

test('a pool that cannot be read: nothing is said of what may be in it', async () => {
  const { list } = host({ known: [], files: ['u-a'], busyFor: NEVER });
  const error: unknown = await list(['u-a']).catch((reason: unknown) => reason);
  expect(toDriverError(error, 'list disks', 'Read')).toMatchObject({ label: 'Transient', reason: 'PoolBusy' });
});
