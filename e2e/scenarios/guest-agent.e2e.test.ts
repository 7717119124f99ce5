/** The agent in a real guest: what it tells, what it is asked to do, and that one that hangs holds nobody up. */
import { constants, createHash, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { condition, type KubeObject } from '../environment/kubectl.ts';
import { serialOutput } from '../environment/serial-output.ts';
import { makeLinuxImage } from '../guests/images.ts';
import type { Guest } from '../support/guest.ts';
import { inGuest } from '../support/in-guest.ts';
import { action, API_VERSION, instance, waitForCondition, waitForReady } from '../support/instances.ts';
import { Kills } from '../support/kills.ts';
import { Scenario } from '../support/scenario.ts';

let scenario: Scenario;
let guest: Guest;
let kills: Kills;

beforeAll(async () => {
  scenario = await Scenario.open('guest-agent');
  kills = new Kills(scenario, await scenario.proxyHost('a'));
  const { fileName, format, sha256 } = await makeLinuxImage(scenario.imageDir);
  const source = { format, http: { url: scenario.imageUrl(fileName) }, checksum: { sha256 } };
  await scenario.kubectl.apply([
    scenario.imageFrom('linux', source),
    scenario.flavor('small', 1, '192Mi', '64Mi'),
    instance('web', { flavorName: 'small', imageName: 'linux', guestAgent: 'Enabled', placement: { hypervisorName: 'host-a' } }),
    instance('mute', { guestAgent: 'Enabled' }),
  ]);
  guest = scenario.guestOf(await waitForReady(scenario.kubectl, 'web'));
});
afterAll(() => scenario.close());

const agentConnected = (name: string, status: 'True' | 'False', reason: string) =>
  waitForCondition(scenario.kubectl, name, { type: 'AgentConnected', status, reason });

test('what it tells is in status', async () => {
  const { status } = await agentConnected('web', 'True', 'Answers');
  expect(status?.['guest']).toMatchObject({
    agentVersion: expect.stringMatching(/^\d+\.\d+/),
    hostname: 'guest',
    os: { kernel: expect.stringMatching(/^\d+\.\d+/) },
    interfaces: [{ interfaceName: 'eth0', macAddress: expect.stringMatching(/^[0-9a-f:]{17}$/) }],
    fileSystems: expect.arrayContaining([expect.objectContaining({ mountpoint: '/mnt', type: 'iso9660' })]),
  });
});

test('a guest without one is Ready, and it is said that it has none', async () => {
  const stored = await agentConnected('mute', 'False', 'NotConnected');
  expect([condition(stored, 'Ready')?.status, stored.status?.['guest']]).toEqual(['True', undefined]);
});

/** The status of an InstanceAction that is finished. */
async function acted(name: string, spec: Readonly<Record<string, unknown>>): Promise<KubeObject['status']> {
  await scenario.kubectl.apply([action(name, { instanceName: 'web', ...spec })]);
  return scenario.eventually(`${name} to be finished`, async () => {
    const status = (await scenario.kubectl.get('instanceaction', name))?.status;
    return status?.['finishedAt'] === undefined ? undefined : status;
  });
}
const outcome = (status: KubeObject['status']): string =>
  `${String(status?.['phase'])} ${condition({ status } as KubeObject, 'Ready')?.reason ?? ''}`;

interface Ended {
  readonly exited: boolean;
  readonly 'out-data'?: string;
}

async function ask<T>(execute: string, args: object): Promise<T> {
  const answer = await guest.virsh.run('qemu-agent-command', guest.uuid, JSON.stringify({ execute, arguments: args }));
  return (JSON.parse(answer) as { readonly return: T }).return;
}

/** What a program in the guest prints. */
async function output(path: string, ...arg: readonly string[]): Promise<string> {
  const { pid } = await ask<{ readonly pid: number }>('guest-exec', { path, arg, 'capture-output': true });
  const ended = await scenario.eventually(`${path} to end`, async () => {
    const status = await ask<Ended>('guest-exec-status', { pid });
    return status.exited ? status : undefined;
  });
  return Buffer.from(ended['out-data'] ?? '', 'base64').toString();
}

test('a password that is made up lets its owner in, who alone can read it', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const status = await acted('password', {
    action: 'SetPassword',
    setPassword: { publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() },
  });
  expect(outcome(status)).toBe('Succeeded PasswordSet');
  const encrypted = Buffer.from(String(status?.['encryptedPassword']), 'base64');
  const password = privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, encrypted).toString();
  const hash = /^root:([^:]+):/m.exec(await output('cat', '/etc/shadow'))?.[1];
  // As a login would compare.
  expect((await output('mkpasswd', '-m', 'sha512', password, 'abcdefgh')).trim()).toBe(hash);
  const told = await scenario.kubectl.run(['get', 'instances,instanceactions,events', '-o', 'json']);
  for (const text of [told, readFileSync(scenario.operator.logFile, 'utf8')]) expect(text).not.toContain(password);
});

test('a user that the guest does not know is told as the guest’s own no', async () => {
  await scenario.kubectl.apply([{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'password' }, stringData: { k: 'geheim-72' } }]);
  const setPassword = { user: 'nobody-there', passwordSecretKeyRef: { name: 'password', key: 'k' } };
  const status = await acted('unknown', { action: 'SetPassword', setPassword });
  expect(outcome(status)).toBe('Failed GuestRefused');
  expect(JSON.stringify(status)).not.toContain('geheim-72');
});

test('a file of some size is written, with its permissions', async () => {
  const content = Buffer.alloc(300_000, 'hostler ').toString();
  await scenario.kubectl.apply([{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'file' }, stringData: { k: content } }]);
  const status = await acted('file', {
    action: 'InjectFile',
    injectFile: { path: '/etc/big', secretKeyRef: { name: 'file', key: 'k' }, mode: '0600' },
  });
  expect(outcome(status)).toBe('Succeeded FileWritten');
  expect((await output('stat', '-c', '%a %s', '/etc/big')).trim()).toBe('600 300000');
  expect(await output('sha256sum', '/etc/big')).toContain(createHash('sha256').update(content).digest('hex'));
});

test('a file in a folder that is not there is refused, and the Instance is as it was', async () => {
  expect(outcome(await acted('lost', { action: 'InjectFile', injectFile: { path: '/missing/file', text: '' } }))).toBe(
    'Failed GuestRefused',
  );
  await waitForReady(scenario.kubectl, 'web', 'Running');
});

test('what its spec says of the network and of itself by now is written down in it, and read when that is asked for', async () => {
  const { kubectl } = scenario;
  expect(outcome(await acted('no-way', { action: 'ResetNetwork' }))).toBe('Failed NetworkResetUnsupported');
  const text = '#!/bin/sh\n[ -e /run/told ] || { echo nothing to read >&2; exit 3; }\nip addr add 192.0.2.7/32 dev lo\n';
  await acted('way', { action: 'InjectFile', injectFile: { path: '/etc/hostler-reset-network', text, mode: '0755' } });
  const refused = await acted('too-early', { action: 'ResetNetwork' });
  expect([outcome(refused), condition({ status: refused } as KubeObject, 'Stalled')?.message]).toEqual([
    'Failed GuestRefused',
    expect.stringContaining('(3): nothing to read'),
  ]);
  await kubectl.patch('instance', 'web', { spec: { metadata: { role: 'database' } } });
  await waitForReady(kubectl, 'web', 'RestartRequired');
  expect(outcome(await acted('network', { action: 'InjectNetworkInfo', injectNetworkInfo: { path: '/run/told' } }))).toBe(
    'Succeeded NetworkInfoWritten',
  );
  expect(outcome(await acted('metadata', { action: 'InjectMetadata' }))).toBe('Succeeded MetadataWritten');
  expect(outcome(await acted('reset', { action: 'ResetNetwork' }))).toBe('Succeeded NetworkReset');
  const { mac } = /(?<mac>([0-9a-f]{2}:){5}[0-9a-f]{2})/.exec(await guest.virsh.run('domiflist', guest.uuid))?.groups ?? {};
  expect(JSON.parse(await output('cat', '/run/told'))).toEqual({
    network: { version: 2, ethernets: { eth0: { match: { macaddress: mac }, dhcp4: true } } },
  });
  expect([JSON.parse(await output('cat', '/run/hostler-metadata.json')), await output('ip', 'addr', 'show', 'lo')]).toEqual([
    { role: 'database' },
    expect.stringContaining('192.0.2.7'),
  ]);
  await kubectl.patch('instance', 'web', { spec: { metadata: null } });
  await waitForReady(kubectl, 'web', 'Running');
});

/** Runs a program in the guest, and waits for nothing. */
const exec = (path: string, ...arg: readonly string[]): Promise<string> =>
  guest.virsh.run('qemu-agent-command', guest.uuid, '--timeout', '2', JSON.stringify({ execute: 'guest-exec', arguments: { path, arg } }));

/** How often the guest wrote to its disk, as it says on its serial port. */
const wrote = async () => (await serialOutput(guest.host, guest.uuid)).split('WROTE').length - 1;

async function writesOn(): Promise<void> {
  const before = await wrote();
  await scenario.eventually('it to write', async () => (await wrote()) > before + 1);
}
async function writesNothing(): Promise<void> {
  // One was under way, perhaps.
  await sleep(2_000);
  const before = await wrote();
  await sleep(4_000);
  expect(await wrote()).toBe(before);
}

/** What the guest's own agent says: `frozen` or `thawed`. */
const isHeld = (): Promise<string> => ask('guest-fsfreeze-status', {});

/** Copies of the root disk hold whatever the guest has written out. */
async function holds(snapshot: string, words: string): Promise<boolean> {
  const location = (await scenario.kubectl.get('instancesnapshot', snapshot))?.status?.['location'] as { readonly volume: string };
  const found = `cd /var/lib/libvirt && qemu-img convert -O raw images/${location.volume} copy && grep -c -a ${words} copy; rm copy`;
  return Number(await guest.host.exec(['sh', '-c', found])) > 0;
}
const snapshot = (name: string, quiesce: string): Promise<unknown> =>
  scenario.kubectl.apply([
    { apiVersion: API_VERSION, kind: 'InstanceSnapshot', metadata: { name }, spec: { instanceName: 'web', quiesce } },
  ]);
const readyOf = async (name: string) => condition(await scenario.kubectl.get('instancesnapshot', name), 'Ready');
async function taken(name: string): Promise<string> {
  await scenario.kubectl.run(['wait', `instancesnapshot/${name}`, '--for=condition=Ready', '--timeout=90s'], { timeoutMs: 100_000 });
  return (await readyOf(name))?.message ?? '';
}

test('a quiesced snapshot has what the guest had written and not yet put on its disk, and the guest writes on; one that is not has none of it', async () => {
  // Its disk has done its work: the system is in memory.
  await inGuest(guest, 'mke2fs /dev/vda && mkdir /data && mount -t ext4 /dev/vda /data && sync');
  // Linux puts nothing on a disk by itself.
  await inGuest(guest, 'echo 0 >/proc/sys/vm/dirty_writeback_centisecs');
  await inGuest(guest, 'echo MARKED-FIRST >/data/first');
  await snapshot('torn', 'Never');
  expect([await taken('torn'), await holds('torn', 'MARKED-FIRST')]).toEqual([expect.stringMatching(/power cut/), false]);
  await snapshot('whole', 'Required');
  expect([await taken('whole'), await holds('whole', 'MARKED-FIRST')]).toEqual([expect.stringMatching(/all that the guest had/), true]);
  expect(await isHeld()).toBe('thawed');
  await inGuest(guest, 'echo more >/data/more && sync');
});

test('killed while it holds the guest still: the next operator lets go of it, and takes the snapshot', async () => {
  await inGuest(guest, 'echo MARKED-SECOND >/data/second');
  let held: unknown;
  const begin = async (): Promise<void> => {
    await snapshot('cut-off', 'Required');
    await kills.operatorIsDead();
    held = await isHeld();
  };
  const place = { at: 1, moment: 'BeforeCall', only: 'domainBackupBegin' } as const;
  expect([await kills.at(place, begin, async () => (await readyOf('cut-off'))?.status === 'True'), held]).toEqual([place.only, 'frozen']);
  await taken('cut-off');
  expect([await isHeld(), await holds('cut-off', 'MARKED-SECOND')]).toEqual(['thawed', true]);
  await inGuest(guest, 'echo again >/data/again && sync');
});

test('killed while it holds the guest still, and the snapshot is not wanted any more: the next operator lets go of it', async () => {
  const begin = async (): Promise<void> => {
    await snapshot('withdrawn', 'Required');
    await kills.operatorIsDead();
    expect(await isHeld()).toBe('frozen');
    await scenario.kubectl.run(['delete', 'instancesnapshot', 'withdrawn', '--wait=false']);
  };
  await kills.at({ at: 1, moment: 'BeforeCall', only: 'domainBackupBegin' }, begin, () => Promise.resolve(false));
  await scenario.eventually('the guest to be let go of', async () => (await isHeld()) === 'thawed');
  await scenario.eventually('it to be gone', async () => (await scenario.kubectl.get('instancesnapshot', 'withdrawn')) === undefined);
  await waitForReady(scenario.kubectl, 'web', 'Running');
});

test('frozen, it writes nothing until its time is over; or until it is thawed', async () => {
  const { kubectl } = scenario;
  await exec('sh', '-c', 'while :; do date >/data/now && sync; echo WROTE >/dev/ttyS0; sleep 1; done');
  await writesOn();
  expect(outcome(await acted('freeze', { action: 'Freeze', freeze: { timeout: '15s' } }))).toBe('Succeeded Frozen');
  await waitForCondition(kubectl, 'web', { type: 'Frozen', status: 'True' });
  await writesNothing();
  await writesOn();
  await scenario.eventually('its trace to go', async () => (await kubectl.get('instance', 'web'))?.status?.['freeze'] === undefined);
  expect(outcome(await acted('again', { action: 'Freeze', freeze: { timeout: '10m' } }))).toBe('Succeeded Frozen');
  await writesNothing();
  expect(outcome(await acted('thaw', { action: 'Thaw' }))).toBe('Succeeded Thawed');
  await writesOn();
});

test('one that hangs is said to hang, and holds nobody up', async () => {
  const { kubectl } = scenario;
  // It stops before it can answer.
  await exec('killall', '-STOP', 'qemu-ga').catch(() => undefined);
  await kubectl.patch('instance', 'web', { spec: { guestAgent: null } });
  await waitForReady(kubectl, 'web', 'Running');
  await kubectl.patch('instance', 'web', { spec: { guestAgent: 'Enabled' } });
  const asked = performance.now();
  await kubectl.patch('instance', 'mute', { spec: { powerState: 'Paused' } });
  await waitForReady(kubectl, 'mute', 'Paused');
  expect(performance.now() - asked).toBeLessThan(5_000);
  const stored = await agentConnected('web', 'False', 'AgentNotResponding');
  expect([condition(stored, 'Ready')?.status, condition(stored, 'HostReachable')?.status]).toEqual(['True', 'True']);
});
