import { expect, test } from '@jest/globals';
import type { Hypervisor } from '../../crds/hypervisor.ts';
import { reachingPools } from './reach.ts';

const hypervisor = (name: string, pools: Readonly<Record<string, { readonly pool: string; readonly sharedId?: string }>>): Hypervisor =>
  ({ metadata: { name }, spec: { driver: 'fake', pools } }) as unknown as Hypervisor;
const at = (hypervisorName: string, pool: string) => ({ hypervisorName, pool, volume: 'snapshot-1' });

const hosts = [
  hypervisor('host-a', { local: { pool: 'default' }, nfs: { pool: 'nfs', sharedId: 'filer' } }),
  hypervisor('host-b', { local: { pool: 'default' }, shared: { pool: 'nfs-1', sharedId: 'filer' } }),
  hypervisor('host-c', {}),
];

test.each([
  ['a pool of its own: that host alone', [at('host-a', 'local')], { 'host-a': ['local'] }],
  ['a shared pool: every host that has it, by whatever key', [at('host-a', 'nfs')], { 'host-a': ['nfs'], 'host-b': ['shared'] }],
  ['two places', [at('host-a', 'local'), at('host-b', 'local')], { 'host-a': ['local'], 'host-b': ['local'] }],
  ['a host that is no more', [at('host-x', 'local')], {}],
  [
    'a store that the host shared which made it',
    [{ ...at('host-x', 'nfs'), sharedId: 'filer' }],
    { 'host-a': ['nfs'], 'host-b': ['shared'] },
  ],
  ['a store that the pool of the host is none of any more', [{ ...at('host-a', 'local'), sharedId: 'gone' }], {}],
  ['nowhere', [], {}],
])('%s', (_, locations, expected) => {
  expect(Object.fromEntries(reachingPools(locations, hosts))).toEqual(expected);
});
