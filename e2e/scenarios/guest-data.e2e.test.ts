/** What guests are told: by each layout and file system, as the small Linux finds it on the drive and says on its serial port. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { condition, type KubeObject } from '../environment/kubectl.ts';
import { serialOutput } from '../environment/serial-output.ts';
import { makeLinuxImage } from '../guests/images.ts';
import type { Guest } from '../support/guest.ts';
import { API_VERSION, instance, waitForCondition, waitForReady, type InstanceSpec } from '../support/instances.ts';
import { Scenario } from '../support/scenario.ts';

const HIDDEN = 'geheim-71';
let scenario: Scenario;

beforeAll(async () => {
  scenario = await Scenario.open('guest-data');
  const { fileName, format, sha256 } = await makeLinuxImage(scenario.imageDir);
  const source = { format, http: { url: scenario.imageUrl(fileName) }, checksum: { sha256 } };
  const image = (name: string, properties: object): object => ({
    apiVersion: API_VERSION,
    kind: 'Image',
    metadata: { name },
    spec: { sources: [source], properties },
  });
  await scenario.kubectl.apply([
    image('iso', {}),
    image('vfat', { configDrive: { format: 'vfat' } }),
    image('nocloud', { configDrive: { layout: 'NoCloud', format: 'vfat' } }),
    image('sysprep', { os: 'Windows', configDrive: { layout: 'Sysprep' } }),
    image('ignition', { configDrive: { layout: 'Ignition' } }),
    scenario.flavor('small', 1, '192Mi', '64Mi'),
    {
      apiVersion: API_VERSION,
      kind: 'Network',
      metadata: { name: 'servers' },
      spec: { hostNetwork: 'lab', mtu: 1400, dns: ['192.0.2.53'], subnets: [{ cidr: '192.0.2.0/24', gateway: '192.0.2.1' }] },
    },
    secret({
      user: `#cloud-config\n# ${HIDDEN}\n`,
      vendor: '#cloud-config\nntp: {enabled: true}\n',
      file: HIDDEN,
      answer: `<unattend>${HIDDEN}</unattend>`,
      ignition: `{"ignition":{"version":"3.4.0"},"hidden":"${HIDDEN}"}`,
      typo: `# cloud-config\npassword: ${HIDDEN}\n`,
    }),
  ]);
});
afterAll(() => scenario.close());

const secret = (stringData: Readonly<Record<string, string>>): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'data' },
  stringData,
});
const ref = (key: string) => ({ secretKeyRef: { name: 'data', key } });

const linux = (name: string, imageName: string, spec: InstanceSpec): object =>
  instance(name, { flavorName: 'small', imageName, shutdownTimeout: '60s', ...spec });

/** Boots it, and waits until it has said all that it found. */
async function boot(name: string, imageName: string, spec: InstanceSpec): Promise<Guest> {
  await scenario.kubectl.apply([linux(name, imageName, spec)]);
  const guest = scenario.guestOf(await waitForReady(scenario.kubectl, name));
  await listens(guest, 1);
  return guest;
}
const output = (guest: Guest) => serialOutput(guest.host, guest.uuid);
const listens = (guest: Guest, times: number): Promise<unknown> =>
  scenario.eventually(`${times} boots`, async () => (await output(guest)).split('GUEST-LISTENS').length > times);

/** What stands in a file of the drive, as the guest last said it. */
async function found(guest: Guest, file: string): Promise<string> {
  const line = new RegExp(`^CONFIG-DRIVE ${file.replace('.', '\\.')} (.*)$`, 'gm');
  return [...(await output(guest)).matchAll(line)].at(-1)?.[1]?.trim() ?? '';
}
const configDrives = async (guest: Guest): Promise<readonly string[]> =>
  (await guest.volumes()).filter((name) => name.includes('-config-'));
const stop = async (name: string): Promise<void> => {
  await scenario.kubectl.delete('instance', name);
};

test('ISO 9660 as OpenStack lays it out: user data, vendor data and files', async () => {
  const files = [
    { path: '/etc/motd', text: 'hello' },
    { path: '/etc/key', ...ref('file'), mode: '0600' },
  ];
  const guest = await boot('openstack', 'iso', { userData: ref('user'), vendorData: ref('vendor'), files });
  expect(await output(guest)).toContain('CONFIG-DRIVE-IS vdb iso9660 config-2');
  expect(JSON.parse(await found(guest, 'vendor_data.json'))).toEqual({ 'cloud-init': '#cloud-config\nntp: {enabled: true}\n' });
  const parts = (await found(guest, 'user_data')).split('Content-Transfer-Encoding: base64').slice(1);
  const [own, written = ''] = parts.map((part) => Buffer.from(part.split('--=_')[0] ?? '', 'base64').toString());
  expect(own).toBe(`#cloud-config\n# ${HIDDEN}\n`);
  expect(JSON.parse(written.replace('#cloud-config\n', ''))).toMatchObject({
    write_files: [
      { path: '/etc/motd', content: Buffer.from('hello').toString('base64') },
      { path: '/etc/key', content: Buffer.from(HIDDEN).toString('base64'), permissions: '0600' },
    ],
  });
  await stop('openstack');
});

test('VFAT as OpenStack lays it out, with a static address', async () => {
  const networks = [{ name: 'eth0', networkName: 'servers', addresses: ['192.0.2.10'] }];
  const guest = await boot('vfat', 'vfat', { networks, userData: ref('user') });
  expect(await output(guest)).toContain('CONFIG-DRIVE-IS vdb vfat config-2');
  expect(await found(guest, 'user_data')).toBe(`#cloud-config # ${HIDDEN}`);
  expect(JSON.parse(await found(guest, 'network_data.json'))).toMatchObject({
    links: [{ id: 'eth0', mtu: 1400 }],
    networks: [{ type: 'ipv4', ip_address: '192.0.2.10', netmask: '255.255.255.0' }],
  });
  await stop('vfat');
});

test('VFAT for NoCloud; a changed file is there after the next start, on the only drive', async () => {
  const { kubectl } = scenario;
  const networks = [{ name: 'eth0', networkName: 'servers', addresses: ['192.0.2.11'] }];
  const guest = await boot('nocloud', 'nocloud', { networks, hostname: 'web.example.com', files: [{ path: '/etc/motd', text: 'one' }] });
  expect(await output(guest)).toContain('CONFIG-DRIVE-IS vdb vfat cidata');
  expect(JSON.parse(await found(guest, 'meta-data'))).toMatchObject({ 'instance-id': guest.uuid, 'local-hostname': 'web.example.com' });
  expect(JSON.parse(await found(guest, 'network-config'))).toMatchObject({
    version: 2,
    ethernets: { eth0: { dhcp4: false, addresses: ['192.0.2.11/24'], routes: [{ to: '0.0.0.0/0', via: '192.0.2.1' }] } },
  });
  const before = await configDrives(guest);
  await kubectl.patch('instance', 'nocloud', { spec: { files: [{ path: '/etc/motd', text: 'two' }] } });
  await waitForReady(kubectl, 'nocloud', 'RestartRequired');
  await kubectl.patch('instance', 'nocloud', { spec: { powerState: 'Stopped' } });
  await waitForReady(kubectl, 'nocloud', 'Stopped');
  await kubectl.patch('instance', 'nocloud', { spec: { powerState: 'Running' } });
  await waitForReady(kubectl, 'nocloud', 'Running');
  await listens(guest, 2);
  expect(await found(guest, 'user-data')).toContain(Buffer.from('two').toString('base64'));
  const after = await configDrives(guest);
  expect([before.length, after.length, after[0] === before[0]]).toEqual([1, 1, false]);
  await stop('nocloud');
});

test('a CD-ROM with the answer file of Windows Setup', async () => {
  const guest = await boot('a-rather-long-name', 'sysprep', { userData: ref('answer') });
  expect(await guest.virsh.xml(guest.uuid)).toMatch(/<disk type='file' device='cdrom'>/);
  expect(await output(guest)).toContain('CONFIG-DRIVE-IS sr0 iso9660 config-2');
  expect([await found(guest, 'autounattend.xml'), await found(guest, 'unattend.xml')]).toEqual(
    Array.from({ length: 2 }, () => `<unattend>${HIDDEN}</unattend>`),
  );
  expect(JSON.parse(await found(guest, 'meta_data.json'))).toMatchObject({ hostname: expect.stringMatching(/^a-rather-[0-9a-f]{5}$/) });
  await stop('a-rather-long-name');
});

test('an Ignition config, where the platform openstack looks for it', async () => {
  const guest = await boot('core', 'ignition', { userData: ref('ignition') });
  expect(JSON.parse(await found(guest, 'user_data'))).toEqual({ ignition: { version: '3.4.0' }, hidden: HIDDEN });
  await stop('core');
});

test('a header that cloud-init would pass over in silence is told, and taken once it is mended', async () => {
  const { kubectl } = scenario;
  await kubectl.apply([instance('typo', { userData: ref('typo') })]);
  await waitForCondition(kubectl, 'typo', { status: 'False', reason: 'UserDataInvalid', message: /key typo of Secret data/ });
  await expectNothingHiddenIsTold();
  await kubectl.apply([secret({ typo: '#cloud-config\n' })]);
  await waitForReady(kubectl, 'typo');
});

test('what a guest of Windows could not take is refused before anything is made', async () => {
  await scenario.kubectl.apply([instance('long', { imageName: 'sysprep', hostname: 'more-than-15-long' })]);
  const stored = await waitForCondition(scenario.kubectl, 'long', { status: 'False', reason: 'HostnameInvalid', message: /15 characters/ });
  expect([condition(stored, 'Stalled')?.status, stored.status?.['hypervisorName']]).toEqual(['True', undefined]);
});

async function expectNothingHiddenIsTold(): Promise<void> {
  const { kubectl } = scenario;
  const objects = await kubectl.run(['get', 'instances,images,networks,events,events.events.k8s.io', '-o', 'json']);
  const items = (JSON.parse(objects) as { readonly items: readonly KubeObject[] }).items;
  expect(items.length).toBeGreaterThan(5);
  const told = [objects, readFileSync(scenario.operator.logFile, 'utf8')].join('\n');
  for (const text of [HIDDEN, Buffer.from(HIDDEN).toString('base64')]) expect(told).not.toContain(text);
}
