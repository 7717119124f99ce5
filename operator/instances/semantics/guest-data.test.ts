/** Semantics that nobody should have to guess, played through the whole controller: what a guest is told. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DriverError } from '../../../drivers/labels.ts';
import type { ImageProperties } from '../../../crds/image.ts';
import type { InstanceSpec } from '../../../crds/instance.ts';
import type { NetworkSpec } from '../../../crds/network.ts';
import { IMAGES, NETWORKS } from '../../resources.ts';
import { readIso } from '../configdrive/iso9660-reader.testing.ts';
import { readVfat } from '../configdrive/vfat-reader.testing.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const SECRETS = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true } as const;
const IMAGE = { namespace: 'default', name: 'demo' };
const ref = (name: string, key = 'k') => ({ secretKeyRef: { name, key } });
const encoded = (text: string): string => Buffer.from(text).toString('base64');

const secret = (name: string, text: string): Promise<unknown> =>
  world.api.create(SECRETS, { metadata: { namespace: 'default', name }, data: { k: encoded(text) } } as never, world.call);
const rewrite = (name: string, text: string): Promise<unknown> =>
  world.api.mergePatch(SECRETS, { namespace: 'default', name }, { data: { k: encoded(text) } }, world.call);

async function imageIs(properties: ImageProperties): Promise<void> {
  await world.api.mergePatch(IMAGES, IMAGE, { spec: { properties } }, world.call);
  await world.settle();
}
async function networkIs(over: Partial<NetworkSpec>): Promise<void> {
  await world.api.mergePatch(NETWORKS, { namespace: 'default', name: 'lab' }, { spec: over }, world.call);
  await world.settle();
}
async function restart(): Promise<void> {
  world.turn('Stopped', 'Destroyed');
  await world.pass(1);
}

/** What the machine's drive holds, whatever its file system. */
function drive(): { readonly label: string; readonly files: Record<string, string> } {
  const { pool, name } = world.machine().spec.disks.find(({ role }) => role === 'config') ?? {};
  const content = world.host().driver.contents.get(`${pool}/${name}`) ?? new Uint8Array();
  return content[510] === 0x55 ? readVfat(content) : readIso(content, 'RockRidge');
}
const told = (file: string): string => drive().files[`openstack/latest/${file}`] ?? '';
const drives = (): number => world.disks().filter((disk) => disk.includes('-config-')).length;
const everythingTold = async (): Promise<string> =>
  JSON.stringify([(await world.find())?.status, world.log.lines, await world.api.list(EVENTS, {}, world.call)]);
const EVENTS = { group: 'events.k8s.io', version: 'v1', kind: 'Event', plural: 'events', namespaced: true } as const;

describe('what a guest is told', () => {
  test('user data, vendor data and files are on the drive, and nowhere else', async () => {
    await secret('u', '#cloud-config\n# geheim-1\n');
    await secret('v', '#cloud-config\n# geheim-2\n');
    await secret('f', 'geheim-3');
    const files = [
      { path: '/etc/motd', text: 'hello' },
      { path: '/etc/key', ...ref('f'), mode: '0600' },
    ];
    await world.create({ userData: ref('u'), vendorData: ref('v'), files });
    expect(await world.ready()).toBe('Ready=True Running');
    expect(JSON.parse(told('vendor_data.json'))).toEqual({ 'cloud-init': '#cloud-config\n# geheim-2\n' });
    const written = told('user_data')
      .split('base64\n\n')
      .slice(1)
      .map((part) => Buffer.from(part.split('\n--')[0] ?? '', 'base64').toString());
    expect(written[0]).toBe('#cloud-config\n# geheim-1\n');
    expect(written[1]).toContain(encoded('geheim-3'));
    for (const hidden of ['geheim', encoded('geheim-3'), encoded('#cloud-config\n# geheim-1\n')])
      expect(await everythingTold()).not.toContain(hidden);
  });

  test('changed files are on another drive at the next start, and the old drive goes; set back, nothing is to be done', async () => {
    await world.create({ files: [{ path: '/a', text: '1' }] });
    const before = drive();
    await world.edit({ files: [{ path: '/a', text: '2' }] });
    expect([await world.ready(), drive()]).toEqual(['Ready=True RestartRequired', before]);
    await world.edit({ files: [{ path: '/a', text: '1' }] });
    expect(await world.ready()).toBe('Ready=True Running');
    await world.edit({ files: [{ path: '/a', text: '2' }] });
    await restart();
    expect([await world.ready(), drives(), drive().files === before.files]).toEqual(['Ready=True Running', 1, false]);
  });

  test('a Secret whose content alone changed is read again at the next start', async () => {
    await secret('v', '#cloud-config\n# 1\n');
    await world.create({ vendorData: ref('v') });
    await rewrite('v', '#cloud-config\n# 2\n');
    await world.pass(2);
    expect([await world.ready(), told('vendor_data.json')]).toEqual(['Ready=True Running', expect.stringContaining('# 1')]);
    await restart();
    expect([await world.ready(), told('vendor_data.json'), drives()]).toEqual(['Ready=True Running', expect.stringContaining('# 2'), 1]);
  });

  test('an old drive whose removal failed goes when the instance is put away', async () => {
    await world.create({ files: [{ path: '/a', text: '1' }] });
    await world.edit({ files: [{ path: '/a', text: '2' }] });
    world.host().driver.before = (verb) => {
      if (verb === 'deleteDisk') throw new DriverError('Transient', 'the pool is busy', { reason: 'PoolBusy' });
    };
    await restart();
    expect(drives()).toBe(2);
    await world.edit({ lifecycle: { state: 'SoftDeleted' } });
    await world.pass(3);
    expect([await world.ready(), drives()]).toEqual(['Ready=True SoftDeleted', 2]);
    world.host().driver.before = () => undefined;
    await world.pass(12);
    const kept = drive().files;
    expect([drives(), Object.keys(kept).length > 0, await world.ready()]).toEqual([1, true, 'Ready=True SoftDeleted']);
    const listed = world.called('listDisks');
    await world.pass(100);
    expect(world.called('listDisks')).toBe(listed);
    await world.edit({ lifecycle: null });
    await world.pass(3);
    expect([await world.ready(), told('user_data').includes(encoded('2')), drives()]).toEqual(['Ready=True Running', true, 1]);
  });

  test('and one that an operator left that was killed, when another looks', async () => {
    await world.create({ files: [{ path: '/a', text: '1' }] });
    await world.edit({ lifecycle: { state: 'SoftDeleted' } });
    await world.pass(3);
    const { pool = '', name = '' } = world.machine().spec.disks.find(({ role }) => role === 'config') ?? {};
    const old = `${pool}/${name.slice(0, -8)}00000000`;
    world.host().driver.disks.set(old, 1);
    await world.pass(3);
    expect(drives()).toBe(2);
    await world.restartOperator();
    await world.pass(2);
    expect([drives(), drive().label !== '']).toEqual([1, true]);
  });

  test('nothing changed: the drive is not written again', async () => {
    await world.create({ files: [{ path: '/a', text: '1' }] });
    await restart();
    expect([await world.ready(), world.called('writeDisk')]).toEqual(['Ready=True Running', 1]);
  });

  test('killed before each call of a start with other data, it ends with one drive that says what is asked', async () => {
    for (let calls = 0; calls < 14; calls += 1) {
      const name = `demo-${calls}`;
      await world.create({ files: [{ path: '/a', text: '1' }] }, name);
      await world.edit({ files: [{ path: '/a', text: '2' }] }, name);
      world.killAfter(calls);
      world.turn('Stopped', 'Destroyed');
      await world.pass(1);
      await world.restartOperator();
      await world.pass(8);
      expect([calls, await world.ready(name), told('user_data').includes(encoded('2'))]).toEqual([calls, 'Ready=True Running', true]);
      await world.delete(name);
      await world.pass(2);
      expect(world.disks()).toEqual([]);
    }
  });
});

describe('data that no guest could take', () => {
  test.each<[string, ImageProperties, Partial<InstanceSpec>, string, string]>([
    ['a wrong header', {}, { userData: ref('s') }, '# cloud-config\n', 'UserDataInvalid'],
    [
      'vendor data that is no Ignition config',
      { configDrive: { layout: 'Ignition' } },
      { vendorData: ref('s') },
      '{}',
      'VendorDataInvalid',
    ],
    ['a file too large', {}, { files: [{ path: '/a', ...ref('s') }] }, 'x'.repeat(4 * 2 ** 20 + 1), 'FilesTooLarge'],
  ])('%s is told, harms nobody, and is taken once it is mended', async (_, properties, spec, content, reason) => {
    await imageIs(properties);
    await secret('s', content);
    await world.create(spec);
    await world.create({}, 'other');
    expect([await world.ready(), await world.ready('other'), await world.condition('Reconciling')]).toEqual([
      `Ready=False ${reason}`,
      'Ready=True Running',
      `True ${reason}`,
    ]);
    await world.delete('other');
    await rewrite('s', properties.configDrive === undefined ? '#cloud-config\n' : '{"ignition":{"version":"3.0.0"}}');
    await world.clock.advance(20_000);
    expect(await world.ready()).toBe('Ready=True Running');
  });

  test('a key that is missing, and a spec that names another at once', async () => {
    await secret('s', 'x');
    await world.create({ files: [{ path: '/a', ...ref('s', 'typo') }] });
    expect(await world.ready()).toBe('Ready=False SecretNotFound');
    await world.edit({ files: [{ path: '/a', ...ref('s') }] });
    expect(await world.ready()).toBe('Ready=True Running');
  });

  test('base64 that is none, which only an older schema lets through', async () => {
    await world.create({ files: [{ path: '/a', base64: '!' }] });
    await world.pass(1);
    expect([await world.ready(), await world.condition('Stalled'), world.machines()]).toEqual([
      'Ready=False FileNotBase64',
      'True FileNotBase64',
      [],
    ]);
    await world.edit({ files: [{ path: '/a', base64: 'AA==' }] });
    await world.pass(1);
    expect(await world.ready()).toBe('Ready=True Running');
  });

  test.each<[string, ImageProperties, Partial<InstanceSpec>, string, Partial<InstanceSpec>]>([
    ['a host name too long for Windows', { os: 'Windows' }, { hostname: 'more-than-15-long' }, 'HostnameInvalid', { hostname: 'short' }],
    [
      'files for Windows Setup',
      { configDrive: { layout: 'Sysprep' } },
      { files: [{ path: '/a', text: 'x' }] },
      'GuestDataUnsupported',
      { files: [] },
    ],
    [
      'an address of nowhere',
      {},
      { networks: [{ name: 'eth0', networkName: 'lab', addresses: ['192.0.2.5'] }] },
      'AddressOutsideNetwork',
      { networks: [{ name: 'eth0', networkName: 'lab' }] },
    ],
  ])('%s: nothing is built until it is another', async (_, properties, spec, reason, mended) => {
    await imageIs(properties);
    await world.create(spec);
    await world.pass(1);
    expect([await world.ready(), await world.condition('Stalled'), world.disks()]).toEqual([`Ready=False ${reason}`, `True ${reason}`, []]);
    await world.edit(mended);
    expect(await world.ready()).toBe('Ready=True Running');
  });

  test('asked for while it runs, it runs on and says so; power still obeys', async () => {
    await imageIs({ os: 'Windows' });
    await world.create();
    await world.edit({ hostname: 'more-than-15-long' });
    expect([await world.ready(), await world.condition('Running'), await world.condition('Stalled')]).toEqual([
      'Ready=False HostnameInvalid',
      'True Running',
      'True HostnameInvalid',
    ]);
    await world.edit({ powerState: 'Stopped' });
    await world.pass(1);
    expect(await world.ready()).toBe('Ready=True Stopped');
    await world.edit({ hostname: 'short', powerState: 'Running' });
    await world.pass(1);
    expect([await world.ready(), JSON.parse(told('meta_data.json'))]).toEqual([
      'Ready=True Running',
      expect.objectContaining({ hostname: 'short' }),
    ]);
  });
});

describe('what the image and the networks say', () => {
  test('layout and file system', async () => {
    await imageIs({ configDrive: { layout: 'NoCloud', format: 'vfat' } });
    await world.create({ hostname: 'web.example.com' });
    expect([drive().label, Object.keys(drive().files)]).toEqual(['cidata', ['meta-data', 'network-config', 'user-data']]);
    expect(JSON.parse(drive().files['meta-data'] ?? '')).toMatchObject({ 'local-hostname': 'web.example.com' });
  });

  test('another layout is for the next start, and a missing Image changes none', async () => {
    await imageIs({ configDrive: { layout: 'NoCloud' } });
    await world.create();
    await world.api.delete(IMAGES, IMAGE, world.call);
    await world.settle();
    await restart();
    expect([await world.ready(), drive().label]).toEqual(['Ready=True Running', 'cidata']);
  });

  test('a CD-ROM for Windows Setup, with the answer file', async () => {
    await imageIs({ os: 'Windows', configDrive: { layout: 'Sysprep' } });
    await secret('s', '<unattend/>');
    await world.create({ userData: ref('s') }, 'a-rather-long-name');
    expect(world.machine().spec.disks.at(-1)).toMatchObject({ role: 'config', device: 'CDROM' });
    expect([drive().files['autounattend.xml'], JSON.parse(told('meta_data.json'))]).toEqual([
      '<unattend/>',
      expect.objectContaining({ hostname: expect.stringMatching(/^a-rather-[0-9a-f]{5}$/) }),
    ]);
  });

  test('static addresses, once the Network has their subnet', async () => {
    await world.create({ networks: [{ name: 'eth0', networkName: 'lab', addresses: ['192.0.2.5'] }] });
    expect(await world.ready()).toBe('Ready=False AddressOutsideNetwork');
    await networkIs({ subnets: [{ cidr: '192.0.2.0/24', gateway: '192.0.2.1' }], mtu: 1400, dns: ['192.0.2.53'] });
    await world.pass(1);
    expect([await world.ready(), JSON.parse(told('network_data.json'))]).toEqual([
      'Ready=True Running',
      {
        links: [expect.objectContaining({ id: 'eth0', mtu: 1400 })],
        networks: [expect.objectContaining({ type: 'ipv4', ip_address: '192.0.2.5', netmask: '255.255.255.0' })],
        services: [{ type: 'dns', address: '192.0.2.53' }],
      },
    ]);
    await networkIs({ subnets: [] });
    await world.pass(1);
    expect(await world.ready()).toBe('Ready=True Running');
  });
});
