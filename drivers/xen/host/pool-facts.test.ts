/** What a pool's objects tell, from records as the server sends them. */
import { expect, test } from '@jest/globals';
import { poolFactsOf } from './pool-facts.ts';
import { Objects, type RawEvent } from '../session/objects.ts';

const ref = (name: string): string => `OpaqueRef:${name}`;
const add = (type: string, name: string, snapshot: Readonly<Record<string, unknown>>): RawEvent => ({
  class: type,
  operation: 'add',
  ref: ref(name),
  snapshot: { uuid: `uuid-${name}`, name_label: name, ...snapshot },
});

const software = { product_brand: 'XCP-ng', product_version: '8.3.0', xen: '4.17.5', xapi: '24.19', linux: '4.19.0' };
const host = (name: string, more: object = {}): readonly RawEvent[] => [
  add('host', name, {
    address: `${name}.example.com`,
    enabled: true,
    software_version: software,
    cpu_info: { cpu_count: '8', modelname: 'EPYC' },
    metrics: ref(`${name}-metrics`),
    ...more,
  }),
  add('host_metrics', `${name}-metrics`, { live: true, memory_total: '68719476736', memory_free: '1' }),
];
const pool = (more: object = {}): RawEvent => add('pool', 'lab', { master: ref('xen1'), restrictions: {}, ...more });

const seen = (...events: readonly RawEvent[]) => {
  const objects = new Objects();
  objects.apply(events);
  return poolFactsOf(objects);
};

test('the pool, its master and its hosts, with whole numbers from text', () => {
  const facts = seen(pool(), ...host('xen1'), ...host('xen2', { enabled: false }));
  expect(facts).toMatchObject({ uuid: 'uuid-lab', name: 'lab', master: 'uuid-xen1' });
  expect(facts.hosts).toEqual([
    {
      uuid: 'uuid-xen1',
      name: 'xen1',
      address: 'xen1.example.com',
      enabled: true,
      live: true,
      cpus: 8,
      memoryBytes: 64 * 1024 ** 3,
      versions: { 'XCP-ng': '8.3.0', XAPI: '24.19', Xen: '4.17.5' },
    },
    expect.objectContaining({ uuid: 'uuid-xen2', enabled: false }),
  ]);
});

test('a host that tells nothing of itself counts for nothing', () => {
  const [facts] = seen(pool(), add('host', 'xen1', {})).hosts;
  expect(facts).toMatchObject({ live: false, cpus: 0, memoryBytes: 0, versions: {}, address: '' });
});

test('storage, with the hosts that it is plugged into', () => {
  const plug = (name: string, on: string, attached: boolean): RawEvent =>
    add('PBD', name, { host: ref(on), SR: ref('nfs'), currently_attached: attached });
  const sr = add('SR', 'nfs', {
    type: 'nfs',
    content_type: 'user',
    shared: true,
    physical_size: '1099511627776',
    physical_utilisation: '1',
    PBDs: [ref('p1'), ref('p2'), ref('p3')],
  });
  const blank = add('SR', 'odd', {
    type: 'iso',
    content_type: 'iso',
    shared: false,
    physical_size: '-1',
    physical_utilisation: '-1',
    PBDs: [],
  });
  const facts = seen(
    pool(),
    ...host('xen1'),
    ...host('xen2'),
    sr,
    blank,
    plug('p1', 'xen1', true),
    plug('p2', 'xen2', false),
    plug('p3', 'gone', true),
  );
  expect(facts.storage).toEqual([
    {
      uuid: 'uuid-nfs',
      name: 'nfs',
      type: 'nfs',
      content: 'user',
      shared: true,
      sizeBytes: 2 ** 40,
      freeBytes: 2 ** 40 - 1,
      hosts: ['uuid-xen1'],
    },
    expect.objectContaining({ name: 'odd', content: 'iso', sizeBytes: 0, freeBytes: 0, hosts: [] }),
  ]);
});

const card = (name: string, network: string, VLAN: string): RawEvent =>
  add('PIF', name, { host: ref('xen1'), network: ref(network), VLAN });
const network = (name: string, bridge: string): RawEvent => add('network', name, { bridge });

test('networks, with the tag of their VLAN and the hosts that have a card in them', () => {
  const facts = seen(
    pool(),
    ...host('xen1'),
    network('lan', 'xenbr0'),
    network('dmz', 'xapi1'),
    network('inside', 'xapi2'),
    card('c0', 'lan', '-1'),
    card('c1', 'dmz', '120'),
  );
  expect(facts.networks).toEqual([
    { uuid: 'uuid-lan', name: 'lan', bridge: 'xenbr0', hosts: ['uuid-xen1'] },
    { uuid: 'uuid-dmz', name: 'dmz', bridge: 'xapi1', vlan: 120, hosts: ['uuid-xen1'] },
    { uuid: 'uuid-inside', name: 'inside', bridge: 'xapi2', hosts: [] },
  ]);
});

test('what the licence withholds, and high availability, of which numbers count only where it is on', () => {
  const restrictions = { restrict_vif_locking: 'true', restrict_xen_motion: 'false', regular_nag_dialog: 'true' };
  const ha = { ha_host_failures_to_tolerate: '1', ha_plan_exists_for: '1', ha_overcommitted: false };
  const off = seen(pool({ restrictions, ha_enabled: false, ...ha }), ...host('xen1'));
  expect([off.restrictions, off.highAvailability]).toEqual([
    ['restrict_vif_locking', 'regular_nag_dialog'],
    { enabled: false, failuresToTolerate: 0, planExistsFor: 0, overcommitted: false },
  ]);
  expect(seen(pool({ ha_enabled: true, ...ha }), ...host('xen1')).highAvailability).toEqual({
    enabled: true,
    failuresToTolerate: 1,
    planExistsFor: 1,
    overcommitted: false,
  });
});

test('no pool in it: nothing is concluded', () => {
  expect(() => seen(...host('xen1'))).toThrow(expect.objectContaining({ label: 'HostUnreachable' }));
});
