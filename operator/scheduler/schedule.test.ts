import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { schedule } from './schedule.ts';
import { candidate, request } from './testing.ts';
import type { CandidateHost, PlacementRequest } from './types.ts';

const shown = (asked: Partial<PlacementRequest>, hosts: readonly CandidateHost[]): string => {
  const answer = schedule(request(asked), hosts);
  return answer.kind === 'Placement' ? `${answer.hypervisorName}/${answer.pool}` : answer.explanation;
};
const [a, b] = [candidate(), candidate({ name: 'host-b' })];
const full = { vcpus: 4, memoryBytes: 0 };

test.each<[string, Partial<PlacementRequest>, readonly CandidateHost[], string]>([
  ['the first by name that fits', {}, [b, a], 'host-a/main'],
  ['the one that is named', { hypervisorName: 'host-b' }, [a, b], 'host-b/main'],
  ['no such host', { hypervisorName: 'host-c' }, [a, b], 'there is no Hypervisor host-c'],
  ['no host that can give a device', { features: ['TPM'] }, [a, b], '0 of 2 Hypervisors fit: 2 cannot give the firmware or a device'],
  ['only one can', { features: ['UEFI'] }, [{ ...a, features: [] }, b], 'host-b/main'],
  ['the one that is named is full', { hypervisorName: 'host-b' }, [a, { ...b, claimed: full }], 'Hypervisor host-b has too few CPUs'],
  ['no host at all', {}, [], 'there is no Hypervisor'],
  ['passes by a host that is full', {}, [{ ...a, claimed: full }, b], 'host-b/main'],
  ['passes by a host that is silent', {}, [{ ...a, reachable: false }, b], 'host-b/main'],
  ['passes by a host that was never read', {}, [{ ...a, allocatable: undefined }, b], 'host-b/main'],
  ['passes by a host that takes none', {}, [{ ...a, schedulable: false }, b], 'host-b/main'],
  ['passes by a host on which it failed', { excluded: ['host-a'] }, [a, b], 'host-b/main'],
  ['passes by a host without the network', { hostNetworks: ['wan'] }, [a, { ...b, hostNetworks: new Set(['lab', 'wan']) }], 'host-b/main'],
  [
    'passes by a host without the pool',
    { pool: 'fast' },
    [a, { ...b, pools: new Map([['fast', { availableBytes: undefined }]]) }],
    'host-b/fast',
  ],
  ['passes by a host without a default pool', {}, [{ ...a, defaultPool: undefined }, b], 'host-b/main'],
  ['passes by a host that cannot boot the image', { imageFormats: ['vhd'] }, [a, { ...b, imageFormats: ['vhd'] }], 'host-b/main'],
  ['passes by a host that does not reach the image', { imagePools: new Map([['host-b', ['main']]]) }, [a, b], 'host-b/main'],
  [
    'takes the pool that has the image, where the default one has not',
    { imagePools: new Map([['host-a', ['fast']]]) },
    [{ ...a, pools: new Map([...a.pools, ['fast', { availableBytes: undefined }]]) }],
    'host-a/fast',
  ],
  [
    'takes no pool that has not the image, though it is named',
    { hypervisorName: 'host-a', pool: 'main', imagePools: new Map([['host-a', ['fast']]]) },
    [a],
    'Hypervisor host-a does not reach the image',
  ],
  ['passes by a host that is not selected', { selects: ({ zone }) => zone === '1' }, [a, { ...b, labels: { zone: '1' } }], 'host-b/main'],
  ['passes by a pool without room', {}, [{ ...a, pools: new Map([['main', { availableBytes: 1 }]]) }, b], 'host-b/main'],
  [
    'says why none fits',
    {},
    [{ ...a, claimed: full }, { ...b, claimed: full }, candidate({ name: 'host-c', reachable: false })],
    '0 of 3 Hypervisors fit: 1 does not answer, 2 have too few CPUs',
  ],
])('%s', (_, asked, hosts, expected) => {
  expect(shown(asked, hosts)).toBe(expected);
});

test('weighers prefer, and names decide between equals', () => {
  const free = { name: 'Free', weigh: (_: PlacementRequest, { claimed }: CandidateHost) => -claimed.vcpus };
  const hosts = [{ ...a, claimed: { vcpus: 2, memoryBytes: 0 } }, b, candidate({ name: 'host-c' })];
  expect(schedule(request(), hosts, [free])).toMatchObject({ hypervisorName: 'host-b' });
});

test('the counts of an answer without a host add up, and a host that is chosen has room', () => {
  const resources = fc.record({ vcpus: fc.nat(8), memoryBytes: fc.nat(64) });
  const hosts = fc.array(
    fc
      .record({ allocatable: resources, claimed: resources, reachable: fc.boolean(), schedulable: fc.boolean() })
      .map((over) => candidate(over)),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(resources, hosts, (wanted, unnamed) => {
      const named = unnamed.map((host, index) => ({ ...host, name: `host-${index}` }));
      const answer = schedule(request(wanted), named);
      if (answer.kind === 'NoFit') {
        expect(Object.values(answer.refused).reduce((sum, count) => sum + count, 0)).toBe(named.length);
        return;
      }
      const chosen = named.find(({ name }) => name === answer.hypervisorName);
      expect((chosen?.claimed.vcpus ?? 0) + wanted.vcpus).toBeLessThanOrEqual(chosen?.allocatable?.vcpus ?? 0);
      expect((chosen?.claimed.memoryBytes ?? 0) + wanted.memoryBytes).toBeLessThanOrEqual(chosen?.allocatable?.memoryBytes ?? 0);
    }),
  );
});
