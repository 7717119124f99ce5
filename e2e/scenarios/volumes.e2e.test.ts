/** Volumes on real hosts, by what virsh and a Linux guest see: at boot, plugged in and out, grown, kept, refused, and held on to. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { IscsiTarget } from '../environment/iscsi-target.ts';
import { serialOutput } from '../environment/serial-output.ts';
import { condition, type KubeObject } from '../environment/kubectl.ts';
import { hasLoopDevices, VolumeGroup } from '../environment/volume-group.ts';
import { makeBootSectorImage, makeLinuxImage } from '../guests/images.ts';
import { inGuest } from '../support/in-guest.ts';
import type { Guest } from '../support/guest.ts';
import { API_VERSION, instance, uidOf, waitForCondition, waitForReady } from '../support/instances.ts';
import { Scenario } from '../support/scenario.ts';

let scenario: Scenario;
let guest: Guest;

const volume = (name: string, spec: object = {}): object => ({
  apiVersion: API_VERSION,
  kind: 'Volume',
  metadata: { name },
  spec: { size: '8Mi', ...spec },
});
const data = { name: 'data', volumeName: 'data' };
const more = { name: 'more', volumeName: 'more' };

beforeAll(async () => {
  scenario = await Scenario.open('volumes');
  const { fileName, format, sha256 } = await makeLinuxImage(scenario.imageDir);
  const source = { format, http: { url: scenario.imageUrl(fileName) }, checksum: { sha256 } };
  const web = instance('web', { flavorName: 'small', imageName: 'linux', placement: { hypervisorName: 'host-a' }, volumes: [data] });
  await scenario.kubectl.apply([
    scenario.imageFrom('linux', source),
    scenario.flavor('small', 1, '192Mi', '64Mi'),
    web,
    volume('data'),
    volume('more', { hypervisorName: 'host-a', imageName: 'demo', size: '32Mi' }),
  ]);
  guest = scenario.guestOf(await waitForReady(scenario.kubectl, 'web'));
  await scenario.eventually('the guest to listen', async () => (await serialOutput(guest.host, guest.uuid)).includes('GUEST-LISTENS'));
});
afterAll(() => scenario.close());

async function stored(name: string): Promise<KubeObject> {
  const found = await scenario.kubectl.get('volume', name);
  if (found === undefined) throw new Error(`there is no Volume ${name}`);
  return found;
}

async function waitForVolume(name: string, reason: string): Promise<void> {
  await scenario.eventually(`Volume ${name} to be ${reason}`, async () => condition(await stored(name), 'Ready')?.reason === reason);
}

function writeAt(file: string, position: number, content: string | Uint8Array): void {
  const opened = openSync(file, 'r+');
  writeSync(opened, Buffer.from(content), 0, undefined, position);
  closeSync(opened);
}

const serialOf = async (name: string): Promise<string> => uidOf(await stored(name)).slice(0, 20);
const diskOf = async (name: string): Promise<string> => `volume-${uidOf(await stored(name))}`;
const asks = (volumes: readonly object[], name = 'web') => scenario.kubectl.patch('instance', name, { spec: { volumes } });

/** The device that has the serial, as the guest sees it; '' where it has none. */
const deviceOf = async (name: string): Promise<string> =>
  inGuest(guest, `for d in /sys/block/vd*; do [ "$(cat $d/serial)" = ${await serialOf(name)} ] && echo \${d##*/}; done; true`);
const waitForDevice = (name: string): Promise<string> =>
  scenario.eventually(`the guest to find ${name}`, async () => (await deviceOf(name)) || undefined);
const bytesOf = async (name: string): Promise<number> => 512 * Number(await inGuest(guest, `cat /sys/block/${await deviceOf(name)}/size`));
const plugged = async (name: string, who = guest): Promise<readonly boolean[]> => {
  const disk = await diskOf(name);
  const [live, next] = await Promise.all([who.virsh.run('domblklist', who.uuid), who.virsh.run('domblklist', who.uuid, '--inactive')]);
  return [live.includes(disk), next.includes(disk)];
};

test('it is made where the instance that names it is placed, and the guest boots with it', async () => {
  expect((await stored('data')).status).toMatchObject({ phase: 'InUse', hypervisorName: 'host-a', attachedTo: [{ instanceName: 'web' }] });
  expect(await plugged('data')).toEqual([true, true]);
  expect(await bytesOf('data')).toBe(8 * 2 ** 20);
});

test('one from an image is plugged into the guest that runs; its content is the image’s', async () => {
  await waitForVolume('more', 'Available');
  await asks([data, more]);
  await waitForCondition(scenario.kubectl, 'web', { type: 'VolumesReady', status: 'True', message: /more/ });
  expect(await plugged('more')).toEqual([true, true]);
  const device = await waitForDevice('more');
  expect(await inGuest(guest, `dd if=/dev/${device} bs=1 skip=510 count=2 | od -An -tx1 | tr -d ' '`)).toBe('55aa');
  await inGuest(guest, `echo kept >/run/kept && dd if=/run/kept of=/dev/${device} bs=4096 seek=1 conv=fsync`);
});

test('it grows under the guest', async () => {
  await scenario.kubectl.patch('volume', 'more', { spec: { size: '48Mi' } });
  await scenario.eventually('the guest to see it grow', async () => (await bytesOf('more')) === 48 * 2 ** 20);
  expect((await stored('more')).status).toMatchObject({ capacity: '48Mi' });
});

test('a copy of it is made while the guest writes on, and holds what was there when it began', async () => {
  await scenario.kubectl.apply([volume('twin', { sourceVolumeName: 'more', size: '64Mi' })]);
  await waitForVolume('twin', 'Available');
  const device = await deviceOf('more');
  await inGuest(guest, `echo gone >/run/gone && dd if=/run/gone of=/dev/${device} bs=4096 seek=1 conv=fsync`);
  expect(await guest.state()).toMatch(/^running/);
  const base = `origin-${uidOf(await stored('twin'))}`;
  expect(await scenario.virsh('a').volumes()).toContain(base);
  await asks([data, more, { name: 'twin', volumeName: 'twin' }]);
  const copied = await waitForDevice('twin');
  expect(await bytesOf('twin')).toBe(64 * 2 ** 20);
  expect(await inGuest(guest, `dd if=/dev/${copied} of=/run/copied bs=4096 skip=1 count=1 && head -c 4 /run/copied`)).toBe('kept');
  await inGuest(guest, `dd if=/run/kept of=/dev/${device} bs=4096 seek=1 conv=fsync`);
  await asks([data, more]);
  await scenario.kubectl.run(['delete', 'volume', 'twin', '--timeout=60s'], { timeoutMs: 90_000 });
  expect(await scenario.virsh('a').volumes()).not.toContain(base);
});

test('what is on it moves to another Volume under the guest, which goes on with what it had', async () => {
  const before = await guest.state();
  await scenario.kubectl.apply([volume('moved', { hypervisorName: 'host-a' })]);
  await waitForVolume('moved', 'Available');
  const device = await deviceOf('data');
  await inGuest(guest, `echo moved >/run/moved && dd if=/run/moved of=/dev/${device} bs=4096 seek=3 conv=fsync`);
  const spec = { instanceName: 'web', action: 'SwapVolume', swapVolume: { name: 'data', volumeName: 'moved' } };
  await scenario.kubectl.apply([{ apiVersion: API_VERSION, kind: 'InstanceAction', metadata: { name: 'swap' }, spec }]);
  await scenario.eventually(
    'the volume to have moved',
    async () => condition(await scenario.kubectl.get('instanceaction', 'swap'), 'Ready')?.reason === 'VolumeSwapped',
  );
  expect([await plugged('moved'), await plugged('data')]).toEqual([
    [true, true],
    [false, false],
  ]);
  expect(await guest.virsh.run('dumpxml', guest.uuid)).not.toContain('<mirror');
  await waitForCondition(scenario.kubectl, 'web', { status: 'False', reason: 'SwapRequired', message: /moved/ });
  await asks([{ name: 'data', volumeName: 'moved' }, more]);
  await waitForReady(scenario.kubectl, 'web');
  await inGuest(
    guest,
    `dd if=/dev/${device} of=/run/there bs=4096 skip=3 count=1 iflag=direct && dd if=/run/kept of=/dev/${device} conv=fsync`,
  );
  expect([await inGuest(guest, 'head -c 5 /run/there'), await guest.state()]).toEqual(['moved', before]);
  // And back: the rest of this file is about the first one.
  await waitForVolume('data', 'Available');
  const back = { ...spec, swapVolume: { name: 'data', volumeName: 'data' } };
  await asks([data, more]);
  await scenario.kubectl.apply([{ apiVersion: API_VERSION, kind: 'InstanceAction', metadata: { name: 'back' }, spec: back }]);
  await waitForReady(scenario.kubectl, 'web');
  expect(await plugged('data')).toEqual([true, true]);
  expect(await inGuest(guest, `dd if=/dev/${device} of=/run/again bs=4096 count=1 iflag=direct && head -c 4 /run/again`)).toBe('kept');
  await scenario.kubectl.run(['delete', 'volume', 'moved', '--timeout=30s']);
});

test('one that is encrypted is so on the host, whose secret nobody is given; the guest reads and writes plain', async () => {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'vault' }, stringData: { passphrase: 'open sesame' } };
  const encryption = { passphraseSecretKeyRef: { name: 'vault', key: 'passphrase' } };
  await scenario.kubectl.apply([secret, volume('vault', { hypervisorName: 'host-a', encryption })]);
  await waitForVolume('vault', 'Available');
  await asks([data, more, { name: 'vault', volumeName: 'vault' }]);
  const device = await waitForDevice('vault');
  expect(await bytesOf('vault')).toBe(8 * 2 ** 20);
  await inGuest(
    guest,
    `echo treasure >/run/plain && dd if=/run/plain of=/dev/${device} conv=fsync && dd if=/dev/${device} bs=8 count=1 of=/run/back`,
  );
  expect(await inGuest(guest, 'cat /run/back')).toBe('treasure');
  const file = readFileSync(guest.host.outside(`/var/lib/libvirt/images/${await diskOf('vault')}`));
  expect([file.subarray(0, 4).toString(), file.includes('treasure')]).toEqual(['LUKS', false]);
  const { uid } = (await stored('vault')).metadata;
  await expect(guest.virsh.run('secret-get-value', uid ?? '')).rejects.toThrow(/private/);
  expect(await guest.virsh.run('dumpxml', guest.uuid, '--security-info')).not.toContain('open sesame');
  await asks([data, more]);
  await scenario.kubectl.run(['delete', 'volume', 'vault', '--timeout=60s'], { timeoutMs: 90_000 });
  expect(await guest.virsh.run('secret-list')).not.toContain(uid);
});

test('a unit of an iSCSI target is had as it is: the guest reads what is on it and writes to it, and nothing formats or deletes it', async () => {
  const target = await IscsiTarget.start(guest.host, 'volumes');
  try {
    const unit = await target.addUnit(1, 8 * 2 ** 20);
    await target.definePool('san');
    writeAt(unit, 4096, 'payroll!');
    const disks = [{ name: 'payroll', disk: 'unit:0:0:1', namespace: scenario.kubectl.namespace }];
    await scenario.kubectl.patch('hypervisor', 'host-a', { spec: { defaultPool: 'main', pools: { san: { pool: 'san', disks } } } });
    const payroll = { existing: 'payroll', size: undefined, hypervisorName: 'host-a', pool: 'san' };
    await scenario.kubectl.apply([volume('payroll', payroll)]);
    await waitForVolume('payroll', 'Available');
    await asks([data, more, { name: 'payroll', volumeName: 'payroll' }]);
    const device = await waitForDevice('payroll');
    expect(await bytesOf('payroll')).toBe(8 * 2 ** 20);
    expect(await guest.virsh.run('domblklist', guest.uuid, '--details')).toMatch(/volume +disk +vd\w +unit:0:0:1/);
    expect(await inGuest(guest, `dd if=/dev/${device} of=/run/unit bs=4096 skip=1 count=1 && head -c 8 /run/unit`)).toBe('payroll!');
    await inGuest(guest, `echo paid >/run/paid && dd if=/run/paid of=/dev/${device} bs=4096 seek=2 conv=fsync`);
    expect(readFileSync(unit).subarray(8192, 8196).toString()).toBe('paid');
    await asks([data, more]);
    await waitForVolume('payroll', 'Available');
    await scenario.kubectl.run(['delete', 'volume', 'payroll', '--timeout=30s']);
    const left = readFileSync(unit);
    expect([left.subarray(4096, 4104).toString(), left.subarray(8192, 8196).toString()]).toEqual(['payroll!', 'paid']);
  } finally {
    await target.stop('san');
  }
});

test('an instance boots from a unit of an iSCSI target, and leaves it as it was', async () => {
  const target = await IscsiTarget.start(guest.host, 'boots');
  try {
    const unit = await target.addUnit(1, 2 ** 20);
    await target.definePool('boots');
    writeAt(unit, 0, readFileSync((await makeBootSectorImage(scenario.imageDir, 'raw')).file));
    const before = readFileSync(unit);
    const disks = [{ name: 'system', disk: 'unit:0:0:1', namespace: scenario.kubectl.namespace }];
    await scenario.kubectl.patch('hypervisor', 'host-a', { spec: { defaultPool: 'main', pools: { boots: { pool: 'boots', disks } } } });
    const placement = { hypervisorName: 'host-a' };
    await scenario.kubectl.apply([
      volume('system', { existing: 'system', size: undefined, hypervisorName: 'host-a', pool: 'boots' }),
      instance('boots', { imageName: undefined, rootVolume: { volumeName: 'system' }, placement }),
    ]);
    const booted = scenario.guestOf(await waitForReady(scenario.kubectl, 'boots'));
    await booted.waitForTicking();
    expect(await guest.virsh.run('domblklist', booted.uuid, '--details')).toMatch(/volume +disk +vda +unit:0:0:1/);
    await scenario.kubectl.run(['delete', 'instance', 'boots', '--timeout=60s'], { timeoutMs: 90_000 });
    await waitForVolume('system', 'Available');
    await scenario.kubectl.run(['delete', 'volume', 'system', '--timeout=30s']);
    expect(readFileSync(unit).equals(before)).toBe(true);
  } finally {
    await target.stop('boots');
  }
});

const withLoops = hasLoopDevices() ? test : test.skip;

// oxlint-disable jest/no-standalone-expect -- withLoops is test or test.skip
withLoops('an instance lives in a volume group: it boots there, with a volume, is copied, and leaves nothing', async () => {
  const group = await VolumeGroup.start(guest.host, 128 * 2 ** 20);
  const inGroup = { placement: { hypervisorName: 'host-a' }, storage: { pool: 'group' } };
  const lies = (): Promise<readonly string[]> => guest.virsh.volumes(group.name);
  try {
    const pools = { group: { pool: group.name, imagePool: 'main' } };
    await scenario.kubectl.patch('hypervisor', 'host-a', { spec: { defaultPool: 'main', pools } });
    const volumes = [{ name: 'grouped', volumeName: 'grouped' }];
    await scenario.kubectl.apply([
      volume('grouped', { hypervisorName: 'host-a', pool: 'group' }),
      instance('grouped', { ...inGroup, volumes }),
    ]);
    const first = scenario.guestOf(await waitForReady(scenario.kubectl, 'grouped'));
    await first.waitForTicking();
    const blocks = await guest.virsh.run('domblklist', first.uuid, '--details');
    expect(blocks).toMatch(/volume +disk +vda +\S+-root-1\n volume +disk +vdb +\S+-config-\S+\n volume +disk +vdi +volume-\S+/);
    expect(await lies()).toHaveLength(3);
    // The volume has nothing of whoever had its place before: the group is made dirty.
    expect(readFileSync(group.device(await diskOf('grouped'))).every((byte) => byte === 0)).toBe(true);
    const snapshot = {
      apiVersion: API_VERSION,
      kind: 'InstanceSnapshot',
      metadata: { name: 'grouped' },
      spec: { instanceName: 'grouped' },
    };
    await scenario.kubectl.apply([snapshot]);
    await scenario.kubectl.run(['wait', 'instancesnapshot/grouped', '--for=condition=Ready', '--timeout=60s']);
    await scenario.kubectl.apply([instance('regrouped', { ...inGroup, imageName: 'grouped' })]);
    await scenario.guestOf(await waitForReady(scenario.kubectl, 'regrouped')).waitForTicking();
    expect(await lies()).toHaveLength(5);
    await scenario.kubectl.run(['delete', 'instance', 'grouped', 'regrouped', '--timeout=60s'], { timeoutMs: 90_000 });
    await scenario.kubectl.run(['delete', 'volume', 'grouped', '--timeout=30s']);
    await scenario.kubectl.run(['delete', 'instancesnapshot', 'grouped', '--timeout=30s']);
    expect([await lies(), (await guest.virsh.volumes()).filter((name) => name.includes('making'))]).toEqual([[], []]);
  } finally {
    await scenario.kubectl.patch('hypervisor', 'host-a', { spec: { pools: { group: null } } });
    await group.stop();
  }
});
// oxlint-enable jest/no-standalone-expect

test('it is plugged out, free, and in again with what was written to it', async () => {
  await asks([data]);
  await waitForVolume('more', 'Available');
  expect(await plugged('more')).toEqual([false, false]);
  expect(await deviceOf('more')).toBe('');
  await asks([data, more]);
  const device = await waitForDevice('more');
  expect(await inGuest(guest, `dd if=/dev/${device} of=/run/read bs=4096 skip=1 count=1 && head -c 4 /run/read`)).toBe('kept');
  expect(await guest.state()).toMatch(/^running/);
});

test('another instance that names it runs without it, and gets it when it is given back', async () => {
  await scenario.kubectl.apply([instance('rival', { volumes: [data] })]);
  const rival = await waitForCondition(scenario.kubectl, 'rival', { status: 'False', reason: 'VolumeInUse', message: /web/ });
  const other = scenario.guestOf(rival);
  expect(rival.status).toMatchObject({ hypervisorName: 'host-a' });
  await other.waitForTicking();
  expect(await plugged('data', other)).toEqual([false, false]);
  await asks([more]);
  await waitForReady(scenario.kubectl, 'rival');
  expect([await plugged('data'), await plugged('data', other)]).toEqual([
    [false, false],
    [true, true],
  ]);
});

test('a guest that lets go of nothing keeps it until it ends; then it is free', async () => {
  const other = scenario.guestOf(await waitForReady(scenario.kubectl, 'rival'));
  await asks([], 'rival');
  await waitForCondition(scenario.kubectl, 'rival', { status: 'False', reason: 'NotReleased', message: /unmount/ });
  expect(await plugged('data', other)).toEqual([true, false]);
  expect((await stored('data')).status).toMatchObject({ attachedTo: [{ instanceName: 'rival' }] });
  await scenario.kubectl.patch('instance', 'rival', { spec: { powerState: 'Stopped' } });
  await waitForReady(scenario.kubectl, 'rival', 'Stopped');
  await waitForVolume('data', 'Available');
});

test('of an instance that is off it moves to a larger one, with what is on it', async () => {
  const off = scenario.guestOf(await waitForReady(scenario.kubectl, 'rival', 'Stopped'));
  await scenario.kubectl.apply([volume('larger', { hypervisorName: 'host-a', size: '16Mi' })]);
  await waitForVolume('larger', 'Available');
  await asks([data], 'rival');
  await waitForVolume('data', 'InUse');
  const spec = { instanceName: 'rival', action: 'SwapVolume', swapVolume: { name: 'data', volumeName: 'larger' } };
  await scenario.kubectl.apply([{ apiVersion: API_VERSION, kind: 'InstanceAction', metadata: { name: 'swap-off' }, spec }]);
  await waitForCondition(scenario.kubectl, 'rival', { status: 'False', reason: 'SwapRequired', message: /larger/ });
  expect([await off.state(), await off.virsh.run('domblklist', off.uuid)]).toEqual([
    expect.stringMatching(/^shut off/),
    expect.stringContaining(await diskOf('larger')),
  ]);
  await asks([], 'rival');
  await waitForVolume('larger', 'Available');
  await asks([more, { name: 'larger', volumeName: 'larger' }]);
  const device = await waitForDevice('larger');
  expect(await bytesOf('larger')).toBe(16 * 2 ** 20);
  expect(await inGuest(guest, `dd if=/dev/${device} of=/run/larger bs=4096 count=1 && head -c 4 /run/larger`)).toBe('kept');
  await asks([more]);
  await scenario.kubectl.run(['delete', 'volume', 'larger', '--timeout=60s'], { timeoutMs: 90_000 });
});

test('a Volume in use is not deleted; the instance deleted, it goes, and one that is kept stays on the host', async () => {
  const [going, kept] = [await diskOf('more'), await diskOf('data')];
  await scenario.kubectl.run(['delete', 'volume', 'more', '--wait=false']);
  await waitForVolume('more', 'VolumeInUse');
  await scenario.kubectl.patch('volume', 'data', { spec: { deletionPolicy: 'Retain' } });
  await scenario.kubectl.run(['delete', 'instance', 'web', 'rival', '--timeout=60s'], { timeoutMs: 90_000 });
  await scenario.eventually('Volume more to be gone', async () => (await scenario.kubectl.get('volume', 'more')) === undefined);
  await scenario.kubectl.run(['delete', 'volume', 'data', '--timeout=30s']);
  const left = await scenario.virsh('a').volumes();
  expect([left.includes(going), left.includes(kept)]).toEqual([false, true]);
});
