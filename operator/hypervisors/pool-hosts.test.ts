/** Hosts of pools: how they are reached is said by their HypervisorPool. */
import { expect, test } from '@jest/globals';
import type { HypervisorSpec } from '../../crds/hypervisor.ts';
import { HYPERVISOR_POOLS } from '../resources.ts';
import { create, type HypervisorWorld, newWorld } from './testing/hypervisor-world.ts';
import { FACTS } from './testing/scripted-driver.ts';

const HOST = '11111111-1111-4111-8111-111111111111';
const spec: HypervisorSpec = { driver: 'Xen', xen: { poolName: 'lab', hostUUID: HOST } };

async function world(): Promise<HypervisorWorld> {
  const made = newWorld();
  const data = { username: Buffer.from('root').toString('base64'), password: Buffer.from('secret').toString('base64') };
  const secrets = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true } as const;
  for (const name of ['login', 'other'])
    await made.api.create(secrets, { metadata: { namespace: 'system', name }, data } as never, made.call);
  await made.start();
  return made;
}
const makePool = (made: HypervisorWorld): Promise<unknown> =>
  made.api.create(
    HYPERVISOR_POOLS,
    { metadata: { name: 'lab' }, spec: { xen: { endpoints: ['a.example.com'], credentialsSecret: { name: 'login' } } } },
    made.call,
  );
const pass = async (made: HypervisorWorld, ms = 1_000): Promise<void> => {
  await made.clock.advance(ms);
  await made.settle();
};

test('without its pool it says so; when the pool is there it is reached as that says', async () => {
  const made = await world();
  await create(made, 'lab-1', spec);
  expect([made.condition('lab-1', 'Ready'), made.condition('lab-1', 'Reconciling')]).toEqual([
    'False/HypervisorPoolNotFound',
    'True/HypervisorPoolNotFound',
  ]);
  await makePool(made);
  await pass(made);
  expect(made.condition('lab-1', 'Ready')).toBe('True/Connected');
  expect(made.pooled).toMatchObject([{ hostUuid: HOST, pool: { endpoints: ['a.example.com'], username: 'root', password: 'secret' } }]);
});

test('another way to reach the pool makes another session, and what the pool tells of its members does not', async () => {
  const made = await world();
  await makePool(made);
  await create(made, 'lab-1', spec);
  const members = [{ hostUUID: HOST, name: 'x', state: 'Present', address: 'b.example.com' }];
  await made.api.mergePatch(HYPERVISOR_POOLS, { name: 'lab' }, { status: { members } }, made.call, { subresource: 'status' });
  await pass(made, 300_000);
  expect(made.pooled).toHaveLength(1);
  await made.api.mergePatch(HYPERVISOR_POOLS, { name: 'lab' }, { spec: { xen: { endpoints: ['c.example.com'] } } }, made.call);
  await pass(made);
  expect(made.pooled.map(({ pool }) => [pool.endpoints, pool.knownMembers])).toEqual([
    [['a.example.com'], []],
    [['c.example.com'], ['b.example.com']],
  ]);
});

test('storage and networks may be named by their UUIDs', async () => {
  const made = newWorld((driver) => {
    driver.facts = {
      ...FACTS,
      pools: [{ ...FACTS.pools[0], name: 'NFS', id: 's-1', capacityBytes: 2 ** 30, availableBytes: 1 }],
      networkIds: ['n-1'],
    };
  });
  await made.start();
  await create(made, 'h', {
    driver: 'fake',
    fake: { socket: '/run/fake' },
    pools: { byname: { pool: 'NFS' }, byid: { pool: 's-1' } },
    networks: { lan: { network: 'n-1' } },
  });
  expect(made.condition('h', 'Ready')).toBe('True/Connected');
  expect(made.hypervisor('h').status?.pools).toEqual({ byname: { capacity: '1Gi' }, byid: { capacity: '1Gi' } });
});
