/** Linux guests that boot from a Volume, which counts its boots: found again by the next instance, copied, grown, and removed when asked. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { condition } from '../environment/kubectl.ts';
import { serialOutput } from '../environment/serial-output.ts';
import { makeLinuxImage } from '../guests/images.ts';
import type { Guest } from '../support/guest.ts';
import { holdingsOf } from '../support/holdings.ts';
import { inGuest } from '../support/in-guest.ts';
import { action, API_VERSION, instance, uidOf, waitForCondition, waitForReady } from '../support/instances.ts';
import { Kills, LOOP_TIMEOUT_MS, type Turn } from '../support/kills.ts';
import { Scenario } from '../support/scenario.ts';

const MiB = 1024 * 1024;
let scenario: Scenario;
let kills: Kills;
let web: Guest;
/** Name of the disk on the host. */
let disk: string;

const booting = (name: string): object =>
  instance(name, {
    flavorName: 'small',
    imageName: undefined,
    rootVolume: { volumeName: 'disk' },
    placement: { hypervisorName: 'host-a' },
    shutdownTimeout: '60s',
  });

beforeAll(async () => {
  scenario = await Scenario.open('root-volume');
  kills = new Kills(scenario, await scenario.proxyHost('a'));
  const { fileName, format, sha256 } = await makeLinuxImage(scenario.imageDir);
  await scenario.kubectl.apply([
    scenario.imageFrom('linux', { format, http: { url: scenario.imageUrl(fileName) }, checksum: { sha256 } }),
    scenario.flavor('small', 1, '192Mi', '512Mi'),
    booting('web'),
    { apiVersion: API_VERSION, kind: 'Volume', metadata: { name: 'disk' }, spec: { imageName: 'linux', size: '64Mi' } },
  ]);
  web = scenario.guestOf(await waitForReady(scenario.kubectl, 'web'));
  const volume = await scenario.kubectl.get('volume', 'disk');
  if (volume === undefined) throw new Error('there is no Volume disk');
  disk = `volume-${uidOf(volume)}`;
});
afterAll(() => scenario.close());

/** So often in all, over all its runs; resolves with what the last boot said. */
const booted = (guest: Guest, times = 1): Promise<string> =>
  scenario.eventually(`boot ${times} of guest ${guest.uuid}`, async () => {
    const boots = (await serialOutput(guest.host, guest.uuid)).split('GUEST-READY').slice(1);
    const last = boots.at(-1) ?? '';
    return boots.length === times && last.includes('GUEST-LISTENS') ? last : undefined;
  });

test('the guest boots from the Volume, and no disk was made beside it', async () => {
  expect(await booted(web)).toContain('GUEST-DISK-BOOTED 1');
  expect(await web.virsh.run('domblklist', web.uuid)).toMatch(new RegExp(`vda +\\S*/${disk}$`, 'm'));
  expect((await web.volumes()).filter((name) => name.includes('-root-'))).toEqual([]);
  expect(await inGuest(web, 'cat /sys/block/vda/size')).toBe(String((64 * MiB) / 512));
});

test('it grows under the guest', async () => {
  await scenario.kubectl.patch('volume', 'disk', { spec: { size: '96Mi' } });
  await scenario.eventually(
    'the guest to see it',
    async () => (await inGuest(web, 'cat /sys/block/vda/size')) === String((96 * MiB) / 512),
  );
});

test('a second instance waits, without a machine', async () => {
  await scenario.kubectl.apply([booting('next')]);
  const next = await waitForCondition(scenario.kubectl, 'next', { status: 'False', reason: 'VolumeInUse', message: /web/ });
  expect(await web.virsh.state(uidOf(next))).toBeUndefined();
});

test('a rebuild is refused; a snapshot is a copy of it', async () => {
  await scenario.kubectl.apply([
    action('again', { instanceName: 'web', action: 'Rebuild' }),
    { apiVersion: API_VERSION, kind: 'InstanceSnapshot', metadata: { name: 'copy' }, spec: { instanceName: 'web' } },
  ]);
  await scenario.kubectl.run(['wait', 'instancesnapshot/copy', '--for=condition=Ready', '--timeout=90s'], { timeoutMs: 100_000 });
  expect((await scenario.kubectl.get('instanceaction', 'again'))?.status).toMatchObject({ phase: 'Failed' });
  expect(await web.virsh.state(web.uuid)).toMatch(/^running/);
  const { host } = web;
  const { volume } = ((await scenario.kubectl.get('instancesnapshot', 'copy'))?.status?.['location'] ?? {}) as { readonly volume?: string };
  const info = await host.exec(['qemu-img', 'info', '-U', '--output=json', `/var/lib/libvirt/images/${volume ?? ''}`]);
  expect(JSON.parse(info)).toMatchObject({ 'virtual-size': 96 * MiB });
});

const readyOf = async (name: string): Promise<string | undefined> => {
  const found = await scenario.kubectl.get('instance', name);
  const ready = condition(found, 'Ready');
  return ready?.observedGeneration === found?.metadata.generation ? ready?.reason : undefined;
};

const turns = (...changes: readonly string[]): readonly Turn[] => changes.map((only) => ({ only }));

test(
  'a rescue system, on a disk of its own, has the Volume as its first disk; then the guest boots from it again: killed in turn',
  async () => {
    const { kubectl } = scenario;
    const disks = (): Promise<string> => web.virsh.run('domblklist', web.uuid, '--inactive');
    const before = [await disks(), await holdingsOf(web.host)];
    await kills.inTurn(
      turns('domainShutdownFlags', 'storageVolCreateXML', 'domainDefineXMLFlags', 'domainCreateWithFlags', 'domainResume'),
      () => kubectl.patch('instance', 'web', { spec: { rescue: { imageName: 'linux' } } }),
      async () => (await readyOf('web')) === 'Rescued',
    );
    await waitForReady(kubectl, 'web', 'Rescued');
    const rescueSystem = await booted(web, 2);
    expect(await web.volumes()).toEqual(expect.arrayContaining([expect.stringContaining('-rescue-')]));
    // It counts boots on its first disk, too, whatever it was booted from.
    expect(rescueSystem).toContain('GUEST-DISK-BOOTED 2');
    expect(await web.virsh.run('domblklist', web.uuid)).toMatch(new RegExp(`vda +\\S*/${disk}$`, 'm'));
    expect((await kubectl.get('volume', 'disk'))?.status).toMatchObject({ phase: 'InUse', attachedTo: [{ instanceName: 'web' }] });
    expect(await readyOf('next')).toBe('VolumeInUse');

    await kills.inTurn(
      turns('domainShutdownFlags', 'domainDefineXMLFlags', 'storageVolDelete', 'domainCreateWithFlags', 'domainResume'),
      () => kubectl.patch('instance', 'web', { spec: { rescue: null } }),
      async () => (await readyOf('web')) === 'Running',
    );
    await waitForReady(kubectl, 'web', 'Running');
    expect(await booted(web, 3)).toContain('GUEST-DISK-BOOTED 3');
    expect([await disks(), await holdingsOf(web.host)]).toEqual(before);
  },
  LOOP_TIMEOUT_MS,
);

test('the instance deleted, the next one finds what was written', async () => {
  await scenario.kubectl.run(['delete', 'instance', 'web', '--timeout=60s'], { timeoutMs: 90_000 });
  const next = scenario.guestOf(await waitForReady(scenario.kubectl, 'next'));
  expect(await booted(next)).toContain('GUEST-DISK-BOOTED 4');
  expect(await next.virsh.volumes()).toContain(disk);
});

test('while the guest is off it moves to a larger Volume, from which the guest boots on', async () => {
  await scenario.kubectl.patch('instance', 'next', { spec: { powerState: 'Stopped' } });
  const next = scenario.guestOf(await waitForReady(scenario.kubectl, 'next', 'Stopped'));
  const { hypervisorName } = ((await scenario.kubectl.get('volume', 'disk'))?.status ?? {}) as { readonly hypervisorName?: string };
  await scenario.kubectl.apply([
    { apiVersion: API_VERSION, kind: 'Volume', metadata: { name: 'moved' }, spec: { hypervisorName, size: '128Mi' } },
  ]);
  await scenario.kubectl.run(['wait', 'volume/moved', '--for=condition=Ready', '--timeout=30s'], { timeoutMs: 40_000 });
  await scenario.kubectl.apply([action('move', { instanceName: 'next', action: 'SwapVolume', swapVolume: { volumeName: 'moved' } })]);
  await waitForCondition(scenario.kubectl, 'next', { status: 'False', reason: 'SwapRequired', message: /moved/ });
  const larger = await scenario.kubectl.get('volume', 'moved');
  if (larger === undefined) throw new Error('there is no Volume moved');
  const moved = `volume-${uidOf(larger)}`;
  expect(await next.virsh.run('domblklist', next.uuid)).toMatch(new RegExp(`vda +\\S*/${moved}$`, 'm'));
  await scenario.kubectl.run(['delete', 'volume', 'disk', '--timeout=60s'], { timeoutMs: 90_000 });
  expect(await next.virsh.volumes()).not.toContain(disk);
  disk = moved;
  await scenario.kubectl.patch('instance', 'next', { spec: { powerState: 'Running', rootVolume: { volumeName: 'moved' } } });
  await waitForReady(scenario.kubectl, 'next');
  await scenario.eventually('the guest to boot from it', async () =>
    (await serialOutput(next.host, next.uuid)).includes('GUEST-DISK-BOOTED 5'),
  );
  expect(await next.virsh.run('domblkinfo', next.uuid, 'vda')).toMatch(new RegExp(`Capacity: +${128 * MiB}`));
});

test('and takes it along, as asked', async () => {
  await scenario.kubectl.patch('instance', 'next', { spec: { rootVolume: { volumeName: 'moved', deleteOnTermination: true } } });
  await scenario.kubectl.run(['delete', 'instance', 'next', '--timeout=60s'], { timeoutMs: 90_000 });
  await scenario.eventually('the Volume to be gone', async () => (await scenario.kubectl.get('volume', 'moved')) === undefined);
  expect(await scenario.virsh('a').volumes()).not.toContain(disk);
  expect(await scenario.virsh('b').volumes()).not.toContain(disk);
});
