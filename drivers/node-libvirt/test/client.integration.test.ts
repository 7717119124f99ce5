/** The calls against a real daemon and its test driver: what libvirt makes of what we send. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  DeadlineError,
  ConnectionLostError,
  DomainEventType,
  DomainMetadataType,
  DomainShutoffReason,
  DomainState,
  DomainUndefine,
  domainStateNames,
  DomainXml,
  ErrorCode,
  GetAllDomainStats,
  isLibvirtError,
  LibvirtClient,
  ListDomains,
  StoragePoolState,
  codecs,
  procedure,
} from '../src/index.ts';
import { anyLibvirtd, type Libvirtd } from './libvirtd.ts';
import { recorder } from './recorder.ts';

// Starting daemons takes long on a busy machine.
jest.setTimeout(60_000);

const UUID = '0c8a5b9e-4f3d-4c6e-9d55-000000000001';
const XML = `<domain type='test'><name>integration é</name><uuid>${UUID}</uuid><memory>65536</memory><vcpu>2</vcpu><os><type>hvm</type></os></domain>`;
const MISSING = { uuid: '0c8a5b9e-4f3d-4c6e-9d55-ffffffffffff' };

let libvirtd: Libvirtd;
let client: LibvirtClient;

beforeAll(async () => {
  libvirtd = await anyLibvirtd();
});
afterAll(() => libvirtd.stop());
beforeEach(async () => {
  client = await LibvirtClient.connect(libvirtd.testUri);
});
afterEach(async () => {
  if (await client.domains.lookupByUuid(UUID).catch(() => undefined)) {
    await client.domains.destroy({ uuid: UUID }).catch(() => undefined);
    await client.domains.undefine({ uuid: UUID }, { flags: DomainUndefine.SNAPSHOTS_METADATA | DomainUndefine.MANAGED_SAVE });
  }
  client.close();
});

describe('the host', () => {
  test('says what it is', async () => {
    const { host } = client;
    await expect(host.type()).resolves.toBe('TEST');
    await expect(host.uri()).resolves.toBe('test:///default');
    await expect(host.libraryVersion()).resolves.toMatchObject({ major: expect.any(Number) as unknown });
    await expect(host.hostName()).resolves.toMatch(/./);
    await expect(host.nodeInfo()).resolves.toEqual({
      cpuModel: 'i686',
      memoryKiB: 3_145_728,
      cpus: 16,
      mhz: 1400,
      numaNodes: 2,
      sockets: 2,
      coresPerSocket: 2,
      threadsPerCore: 2,
    });
    await expect(host.capabilities()).resolves.toContain('<capabilities>');
    await expect(host.freeMemoryBytes()).resolves.toBeGreaterThan(0);
    await expect(host.supportsFeature(10)).resolves.toBe(true);
  });
});

describe('a domain', () => {
  test('lives from definition to removal', async () => {
    const { domains } = client;
    const defined = await domains.define(XML);
    expect(defined).toEqual({ name: 'integration é', uuid: UUID, id: -1 });
    await expect(domains.start(defined)).resolves.toBeGreaterThan(0);
    await expect(domains.state(defined)).resolves.toMatchObject({ state: DomainState.RUNNING });
    await expect(domains.info(defined)).resolves.toMatchObject({ memoryKiB: 65_536, vcpus: 2, cpuTimeNs: expect.any(BigInt) as unknown });
    await domains.suspend(defined);
    await expect(domains.state(defined)).resolves.toMatchObject({ state: DomainState.PAUSED });
    await domains.resume(defined);
    await domains.managedSave(defined);
    await expect(domains.hasManagedSave(defined)).resolves.toBe(true);
    await domains.removeManagedSave(defined);
    await domains.start(defined);
    await domains.destroy(defined);
    await expect(domains.state(defined)).resolves.toEqual({ state: DomainState.SHUTOFF, reason: DomainShutoffReason.DESTROYED });
    expect(domainStateNames(DomainState.SHUTOFF, DomainShutoffReason.DESTROYED)).toEqual({ state: 'SHUTOFF', reason: 'DESTROYED' });
    await domains.undefine(defined);
    await expect(domains.lookupByUuid(UUID)).resolves.toBeUndefined();
  });

  test('is found by its UUID alone', async () => {
    const { domains } = client;
    const defined = await domains.define(XML);
    await expect(domains.lookupByName('integration é')).resolves.toEqual(defined);
    await expect(domains.xml({ uuid: UUID }, { flags: DomainXml.INACTIVE })).resolves.toContain('<name>integration é</name>');
    await expect(domains.isActive({ uuid: UUID })).resolves.toBe(false);
    await expect(domains.isPersistent({ uuid: UUID })).resolves.toBe(true);
    const id = await domains.start({ uuid: UUID });
    await expect(domains.lookupById(id)).resolves.toEqual({ ...defined, id });
    await expect(domains.lookupById(987_654)).resolves.toBeUndefined();
  });

  test('is listed, and counted in the statistics', async () => {
    const { domains } = client;
    await domains.define(XML);
    const ours = (list: readonly { readonly uuid: string }[]): number => list.filter(({ uuid }) => uuid === UUID).length;
    expect(ours(await domains.list())).toBe(1);
    expect(ours(await domains.list({ flags: ListDomains.ACTIVE }))).toBe(0);
    const stats = await domains.stats({ flags: GetAllDomainStats.NOWAIT });
    expect(stats.find(({ domain }) => domain.uuid === UUID)?.params).toMatchObject({ 'state.state': DomainState.SHUTOFF });
    const one = await domains.stats({ domains: [{ uuid: UUID, name: 'integration é' }] });
    expect(one.map(({ domain }) => domain.uuid)).toEqual([UUID]);
  });

  test('carries metadata', async () => {
    const { domains } = client;
    await domains.define(XML);
    const element = { type: DomainMetadataType.ELEMENT, uri: 'https://example.dev/m' };
    await expect(domains.metadata({ uuid: UUID }, element)).resolves.toBeUndefined();
    await domains.setMetadata({ uuid: UUID }, { ...element, prefix: 'm', value: '<owner id="1"/>' });
    await expect(domains.metadata({ uuid: UUID }, element)).resolves.toContain('id="1"');
    await domains.setMetadata({ uuid: UUID }, { ...element, value: undefined });
    await expect(domains.metadata({ uuid: UUID }, element)).resolves.toBeUndefined();
  });

  test('has snapshots', async () => {
    await client.domains.define(XML);
    const made = await client.snapshots.create({ uuid: UUID }, '<domainsnapshot><name>s1</name></domainsnapshot>');
    expect(made).toMatchObject({ name: 's1', domain: { uuid: UUID } });
    await expect(client.snapshots.list({ uuid: UUID })).resolves.toEqual([made]);
    await expect(client.snapshots.xml(made)).resolves.toContain('<domainsnapshot>');
    await client.snapshots.delete(made);
    await expect(client.snapshots.list({ uuid: UUID })).resolves.toEqual([]);
    await expect(client.checkpoints.list({ uuid: UUID })).resolves.toEqual([]);
  });

  test('sends events in order', async () => {
    const events = recorder<number>();
    const subscription = await client.events.onDomain('lifecycle', ({ domain, event }) => {
      if (domain.uuid === UUID) events.record(event);
    });
    await client.domains.define(XML);
    await client.domains.start({ uuid: UUID });
    await client.domains.destroy({ uuid: UUID });
    await expect(events.next(3)).resolves.toEqual([DomainEventType.DEFINED, DomainEventType.STARTED, DomainEventType.STOPPED]);
    await subscription.close();
    await client.domains.start({ uuid: UUID });
    expect(events.seen).toHaveLength(3);
  });

  test('only the events of one, when asked', async () => {
    const events = recorder<number>();
    const of = await client.domains.define(XML);
    await client.events.onDomain('lifecycle', ({ event }) => events.record(event), { of });
    const other = (await client.domains.list()).find(({ uuid }) => uuid !== UUID);
    if (other !== undefined) await client.domains.destroy(other);
    await client.domains.start(of);
    await expect(events.next(1)).resolves.toEqual([DomainEventType.STARTED]);
  });
});

describe('storage, networks, secrets, devices', () => {
  test('pools and volumes', async () => {
    const { pools, volumes } = client;
    const [pool] = await pools.list();
    if (pool === undefined) throw new Error('the test driver has a pool');
    await expect(pools.lookupByName(pool.name)).resolves.toEqual(pool);
    await expect(pools.lookupByUuid(pool.uuid)).resolves.toEqual(pool);
    await expect(pools.lookupByName('nothing')).resolves.toBeUndefined();
    await expect(pools.info(pool)).resolves.toMatchObject({ state: StoragePoolState.RUNNING, capacityBytes: 107_374_182_400 });
    await expect(pools.xml(pool)).resolves.toContain('<pool');
    await pools.refresh(pool);
    const volume = await volumes.create(pool, '<volume><name>v</name><capacity>1048576</capacity></volume>');
    expect(volume).toMatchObject({ pool: pool.name, name: 'v' });
    await expect(volumes.list(pool)).resolves.toEqual([volume]);
    await expect(volumes.lookupByName(pool, 'v')).resolves.toEqual(volume);
    await expect(volumes.lookupByKey(volume.key)).resolves.toEqual(volume);
    await expect(volumes.lookupByPath(await volumes.path(volume))).resolves.toEqual(volume);
    await expect(volumes.lookupByName(pool, 'nothing')).resolves.toBeUndefined();
    await expect(volumes.info(volume)).resolves.toMatchObject({ capacityBytes: 1_048_576 });
    await expect(volumes.xml(volume)).resolves.toContain('<volume');
    await expect(pools.lookupByVolume(volume)).resolves.toEqual(pool);
    await volumes.delete(volume);
    await expect(volumes.list(pool)).resolves.toEqual([]);
  });

  test('a pool comes and goes, with events', async () => {
    const { pools, events } = client;
    const seen = recorder<string>();
    await events.onStoragePool('lifecycle', ({ pool, event }) => seen.record(`${pool.name} ${event}`));
    await events.onStoragePool('refreshed', ({ pool }) => seen.record(`${pool.name} refreshed`));
    const pool = await pools.define("<pool type='dir'><name>p</name><target><path>/nowhere</path></target></pool>");
    await pools.build(pool);
    await pools.start(pool);
    await pools.refresh(pool);
    await pools.stop(pool);
    await pools.undefine(pool);
    await expect(seen.next(6)).resolves.toEqual(['p 0', 'p 4', 'p 2', 'p refreshed', 'p 3', 'p 1']);
  });

  test('networks', async () => {
    const { networks } = client;
    const [network] = await networks.list();
    if (network === undefined) throw new Error('the test driver has a network');
    await expect(networks.lookupByName(network.name)).resolves.toEqual(network);
    await expect(networks.lookupByUuid(network.uuid)).resolves.toEqual(network);
    await expect(networks.isActive({ uuid: network.uuid })).resolves.toBe(true);
    await expect(networks.xml(network)).resolves.toContain('<network');
    await expect(networks.lookupByName('nothing')).resolves.toBeUndefined();
  });

  test('node devices', async () => {
    const devices = await client.nodeDevices.list();
    expect(devices).toContainEqual({ name: 'computer' });
    await expect(client.nodeDevices.lookupByName('nothing')).resolves.toBeUndefined();
    await expect(client.nodeDevices.xml({ name: 'computer' })).resolves.toContain('<device>');
    await expect(client.nodeDevices.parent({ name: 'computer' })).resolves.toBeUndefined();
  });
});

describe('what goes wrong', () => {
  test('a domain that does not exist', async () => {
    const error = await client.domains.start(MISSING).catch((reason: unknown) => reason);
    expect(isLibvirtError(error, ErrorCode.NO_DOMAIN)).toBe(true);
    expect(error).toMatchObject({
      codeName: 'NO_DOMAIN',
      procedure: 'domain_create_with_flags',
      message: expect.stringContaining(MISSING.uuid) as unknown,
    });
  });

  test('a state that does not fit', async () => {
    await client.domains.define(XML);
    await expect(client.domains.destroy({ uuid: UUID })).rejects.toMatchObject({ codeName: 'OPERATION_INVALID' });
  });

  test('XML that is none', async () => {
    await expect(client.domains.define('<domain')).rejects.toMatchObject({ codeName: 'XML_DETAIL' });
  });

  test('a driver that the daemon does not have', async () => {
    await expect(LibvirtClient.connect(`nonsense+unix:///system?socket=${libvirtd.socket}`)).rejects.toMatchObject({
      name: 'LibvirtError',
      codeName: 'NO_CONNECT',
    });
  });

  test('a deadline that is over before it began', async () => {
    await expect(client.domains.list({ timeoutMs: 0 })).rejects.toThrow(DeadlineError);
    await expect(client.host.hostName()).resolves.toMatch(/./);
  });

  test('after closing', async () => {
    client.close();
    await expect(client.closed).resolves.toBeInstanceOf(ConnectionLostError);
    await expect(client.host.hostName()).rejects.toThrow(ConnectionLostError);
    await expect(client.domains.define(XML)).rejects.toThrow(ConnectionLostError);
  });

  test('read-only is read-only', async () => {
    await using reader = await LibvirtClient.connect(libvirtd.testUri, { readOnly: true });
    await expect(reader.domains.list()).resolves.toEqual(expect.any(Array));
    await expect(reader.domains.define(XML)).rejects.toMatchObject({ codeName: 'OPERATION_DENIED' });
  });
});

test('a procedure declared outside', async () => {
  const { domainRef, flags, int } = codecs;
  const vcpus = procedure('domain_get_vcpus_flags', 200, { dom: domainRef, flags }, { num: int });
  await client.domains.define(XML);
  await expect(client.call(vcpus, { dom: { uuid: UUID }, flags: 0 })).resolves.toEqual({ num: 2 });
});

test('calls of all kinds at once', async () => {
  const work = Array.from({ length: 300 }, async (_none, index) => {
    if (index % 3 === 0) return client.domains.list();
    if (index % 3 === 1) return client.host.capabilities();
    return client.domains.lookupByName('nothing');
  });
  await expect(Promise.all(work)).resolves.toHaveLength(300);
});
