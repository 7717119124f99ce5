import { expect, test } from '@jest/globals';
import type { Hypervisor } from '../../crds/hypervisor.ts';
import { judgePool, poolOfStore } from './pool.ts';

type Pools = Readonly<Record<string, { readonly pool: string; readonly sharedId?: string }>>;
const hypervisor = (name: string, pools?: Pools): Hypervisor =>
  ({ metadata: { name }, spec: { driver: 'fake', ...(pools && { pools }) } }) as unknown as Hypervisor;
const shared = { pool: 'nfs', sharedId: 'filer' };
const local = { pool: 'default' };

test.each([
  ['nobody has it', [hypervisor('a', { main: local }), hypervisor('b')], 'Waiting PoolNotFound: waits until a Hypervisor'],
  ['one has it', [hypervisor('a', { nfs: shared })], 'Settled Shared: is a pool of Hypervisors a alone: what is lost with it is lost'],
  [
    'two have it, one of them twice',
    [hypervisor('b', { x: shared, y: shared }), hypervisor('a', { nfs: shared, main: local })],
    'Settled Shared: is a pool of Hypervisors a, b',
  ],
  [
    'many have it',
    'gfedcba'.split('').map((name) => hypervisor(name, { nfs: shared })),
    'Settled Shared: is a pool of Hypervisors a, b, c, d, e and 2 more',
  ],
])('%s', (_, hypervisors, expected) => {
  const { kind, reason, message } = judgePool('filer', hypervisors);
  expect(`${kind} ${reason}: ${message}`.slice(0, kind === 'Settled' ? undefined : expected.length)).toBe(expected);
});

test.each([
  ['the pool of the disk', { a: shared, b: shared }, 'b', 'b'],
  ['beside a disk that is elsewhere', { main: local, nfs: shared }, 'main', 'nfs'],
  ['nowhere', { main: local, other: { pool: 'x', sharedId: 'other' } }, 'main', undefined],
])('a copy for it is made in %s', (_, pools, diskPool, expected) => {
  expect(poolOfStore(hypervisor('a', pools), 'filer', diskPool)).toBe(expected);
});
