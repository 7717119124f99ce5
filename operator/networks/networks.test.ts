import { afterEach, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { NetworkSpec } from '../../crds/network.ts';
import { findCondition } from '../kernel/status/conditions.ts';
import { testManager, type TestManager } from '../kernel/testing/test-manager.ts';
import { HYPERVISORS, NETWORKS } from '../resources.ts';
import { addNetworkController } from './controller.ts';
import { judgeNetwork } from './readiness.ts';
import { contains, overlap, parseAddress, parseRange } from './subnets.ts';

type Subnets = NonNullable<NetworkSpec['subnets']>;

test.each<[string, Subnets, number, string]>([
  ['none', [], 1, 'Settled: HostNetworkFound'],
  ['one', [{ cidr: '192.0.2.0/24', gateway: '192.0.2.1' }], 1, 'Settled: HostNetworkFound'],
  ['one of each family', [{ cidr: '192.0.2.0/24' }, { cidr: '2001:db8::/64', gateway: '2001:db8::1' }], 2, 'Settled: HostNetworkFound'],
  ['neighbours', [{ cidr: '192.0.2.0/25' }, { cidr: '192.0.2.128/25' }], 1, 'Settled: HostNetworkFound'],
  ['one in the other', [{ cidr: '10.0.0.0/8' }, { cidr: '10.1.0.0/16' }], 1, 'Stuck: InvalidSubnets'],
  ['one in the other, IPv6', [{ cidr: '2001:db8::/32' }, { cidr: '2001:db8:1::/48' }], 1, 'Stuck: InvalidSubnets'],
  ['a gateway outside', [{ cidr: '192.0.2.0/24', gateway: '192.0.3.1' }], 1, 'Stuck: InvalidSubnets'],
  ['a gateway of another family', [{ cidr: '192.0.2.0/24', gateway: '2001:db8::1' }], 1, 'Stuck: InvalidSubnets'],
  ['the network as gateway', [{ cidr: '192.0.2.0/24', gateway: '192.0.2.0' }], 1, 'Stuck: InvalidSubnets'],
  ['the broadcast address as gateway', [{ cidr: '192.0.2.0/24', gateway: '192.0.2.255' }], 1, 'Stuck: InvalidSubnets'],
  ['both ends of a point-to-point link', [{ cidr: '192.0.2.0/31', gateway: '192.0.2.0' }], 1, 'Settled: HostNetworkFound'],
  ['a single host', [{ cidr: '192.0.2.7/32', gateway: '192.0.2.7' }], 1, 'Settled: HostNetworkFound'],
  ['no range', [{ cidr: '192.0.2.0' }], 1, 'Stuck: InvalidSubnets'],
  ['nothing wrong, but no host', [{ cidr: '192.0.2.0/24' }], 0, 'Waiting: HostNetworkNotFound'],
])('subnets: %s', (_, subnets, hypervisors, expected) => {
  const { kind, reason } = judgeNetwork({ hostNetwork: 'lab', subnets }, hypervisors);
  expect(`${kind}: ${reason}`).toBe(expected);
});

test.each([
  ['::', 0n],
  ['::1', 1n],
  ['1::', 1n << 112n],
  ['2001:db8::ff', 0x2001_0db8_0000_0000_0000_0000_0000_00ffn],
  ['::ffff:192.0.2.1', 0xffff_c000_0201n],
  ['192.0.2.1', 0xc000_0201n],
  ['fe80::1%eth0', undefined],
  ['example.org', undefined],
])('the address %s as a number', (text, value) => {
  expect(parseAddress(text)).toBe(value);
});

test('ranges hold their own addresses, and overlap exactly when they share one', () => {
  const range = fc
    .tuple(fc.ipV4(), fc.integer({ min: 24, max: 32 }))
    .map(([address, prefix]) => `${address.replace(/^\d+\.\d+\.\d+/, '10.0.0')}/${prefix}`);
  fc.assert(
    fc.property(range, range, (one, other) => {
      const a = parseRange(one);
      const b = parseRange(other);
      if (a === undefined || b === undefined) throw new Error('no range');
      expect(contains(a, one.split('/')[0] ?? '')).toBe(true);
      const shared = Array.from({ length: 256 }, (_, last) => `10.0.0.${last}`).some(
        (address) => contains(a, address) && contains(b, address),
      );
      expect(overlap(a, b)).toBe(shared);
    }),
  );
});

const worlds: TestManager[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
});

test('a Network becomes ready when a Hypervisor has it, and is not when the last one has not', async () => {
  const world = testManager();
  worlds.push(world);
  addNetworkController(world, world.openLease());
  await world.start();
  const ready = () => findCondition(world.api.objects(NETWORKS)[0]?.status?.conditions, 'Ready')?.reason;
  await world.api.create(NETWORKS, { metadata: { namespace: 'a', name: 'n' }, spec: { hostNetwork: 'lab' } }, world.call);
  await world.settle();
  expect(ready()).toBe('HostNetworkNotFound');
  const spec = { driver: 'fake', fake: { socket: '/x' } } as const;
  await world.api.create(HYPERVISORS, { metadata: { name: 'h' }, spec: { ...spec, networks: { lab: { bridge: 'br0' } } } }, world.call);
  await world.settle();
  expect(ready()).toBe('HostNetworkFound');
  const writes = world.api.writes().length;
  await world.api.mergePatch(HYPERVISORS, { name: 'h' }, { spec: { schedulable: false } }, world.call);
  await world.clock.advance(600_000);
  expect(world.api.writes()).toHaveLength(writes + 1);
  await world.api.mergePatch(HYPERVISORS, { name: 'h' }, { spec: { networks: null } }, world.call);
  await world.settle();
  expect(ready()).toBe('HostNetworkNotFound');
});
