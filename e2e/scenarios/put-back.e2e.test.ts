/**
 * Root disks that are put back to what they were (killed meanwhile: kill-put-back): restores of guests from their snapshots, and shelved guests that return. What
 * a guest has on its disk is told by QEMU's own tool, from marks that stand for what it wrote.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Guest } from '../support/guest.ts';
import { action, API_VERSION, instance, waitForReady } from '../support/instances.ts';
import { expectOneMachine, Kills } from '../support/kills.ts';
import { Scenario } from '../support/scenario.ts';

const POOL_FOLDER = '/var/lib/libvirt/images';
/** One page of the disk, far behind the boot sector. */
const WRITTEN = '512k 4k';

let scenario: Scenario;
let kills: Kills;
let guest: Guest;
beforeAll(async () => {
  scenario = await Scenario.open('put-back');
  kills = new Kills(scenario, await scenario.proxyHost('a'));
  const spec = { powerState: 'Stopped', shutdownTimeout: '0s', placement: { hypervisorName: 'host-a' } };
  await scenario.kubectl.apply([instance('kept', spec)]);
  guest = scenario.guestOf(await waitForReady(scenario.kubectl, 'kept', 'Stopped'));
});
afterAll(() => scenario.close());

const set = (spec: object): Promise<void> => scenario.kubectl.patch('instance', 'kept', { spec });
const onDisk = (volume: string, command: string): Promise<string> =>
  scenario.lab.host('a').exec(['qemu-io', '-f', 'qcow2', '-c', `${command} ${WRITTEN}`, `${POOL_FOLDER}/${volume}`]);
/** Fails where anything else is there. */
const expectMark = async (volume: string, mark: string): Promise<void> =>
  expect(await onDisk(volume, `read -P ${mark}`)).not.toMatch(/verification failed/i);

/** The root disk of the definition. */
async function rootOf(): Promise<string> {
  const xml = await guest.virsh.run('dumpxml', '--inactive', guest.uuid);
  return new RegExp(`/(${guest.uuid}-root-\\d+)'`).exec(xml)?.[1] ?? '';
}

/** What must stay: UUID, name, and MAC address. */
async function identityOf(): Promise<readonly string[]> {
  const xml = await guest.virsh.run('dumpxml', '--inactive', guest.uuid);
  return [/<name>.*?<\/name>/, /<uuid>.*?<\/uuid>/, /<mac address=.*?>/].map((part) => part.exec(xml)?.[0] ?? 'missing');
}

const restore = (name: string): Promise<unknown> =>
  scenario.kubectl.apply([action(name, { instanceName: 'kept', action: 'Restore', restore: { snapshotName: 'before' } })]);
/** It is through when the old disk is gone, too. */
async function isThrough(name: string): Promise<boolean> {
  const record = (await scenario.kubectl.get('instance', 'kept'))?.status?.['action'] as {
    readonly name?: string;
    readonly rebuild?: object;
    readonly phase?: string;
  };
  return record.name === name && record.phase === 'Succeeded' && record.rebuild === undefined;
}
async function restored(name: string): Promise<void> {
  await scenario.kubectl.run(['wait', `instanceaction/${name}`, '--for=condition=Ready', '--timeout=90s']);
  await scenario.eventually(`restore ${name} to be through`, () => isThrough(name));
}

test('a restore: the guest boots the disk of then, with the same identity, and what was written since is gone', async () => {
  const { kubectl } = scenario;
  await onDisk(await rootOf(), 'write -P 0xab');
  await kubectl.apply([
    { apiVersion: API_VERSION, kind: 'InstanceSnapshot', metadata: { name: 'before' }, spec: { instanceName: 'kept', mode: 'Cold' } },
  ]);
  await kubectl.run(['wait', 'instancesnapshot/before', '--for=condition=Ready', '--timeout=60s']);
  await onDisk(await rootOf(), 'write -P 0xcd');
  const [before, identity] = [await rootOf(), await identityOf()];
  await set({ powerState: 'Running' });
  await waitForReady(kubectl, 'kept', 'Running');
  await guest.waitForTicking();
  const booted = await guest.printed('BOOTED');
  await restore('back');
  await restored('back');
  await waitForReady(kubectl, 'kept', 'Running');
  await guest.waitForPrinted('BOOTED', booted + 1);
  expect([await rootOf(), await identityOf()]).toEqual([before.replace(/1$/, '2'), identity]);
  expect((await kubectl.get('instance', 'kept'))?.status?.['resolved']).toMatchObject({
    restored: { snapshotName: 'before', imageName: 'demo' },
  });
  expect(await guest.volumes()).not.toContain(before);
  await expectOneMachine(guest);
  await set({ powerState: 'Stopped' });
  await waitForReady(kubectl, 'kept', 'Stopped');
  await expectMark(await rootOf(), '0xab');
});

test('the snapshot that a disk stands on is kept', async () => {
  const { kubectl } = scenario;
  await kubectl.run(['delete', 'instancesnapshot', 'before', '--wait=false']);
  await scenario.eventually('the Image to say what holds it', async () =>
    JSON.stringify((await kubectl.get('image', 'before'))?.status).includes('ImageInUse'),
  );
  await expectMark(await rootOf(), '0xab');
});

const shelved = (): Promise<unknown> => waitForReady(scenario.kubectl, 'kept', 'Offloaded');
const copies = async (): Promise<readonly string[]> =>
  (await guest.virsh.volumes()).filter((name) => name.startsWith('snapshot-') && !name.endsWith('.ok'));

test('shelved, a guest is off its host but for one copy; active, it boots what was on its disk, with the same identity', async () => {
  const { kubectl } = scenario;
  const identity = await identityOf();
  await onDisk(await rootOf(), 'write -P 0xef');
  await set({ powerState: 'Running' });
  await waitForReady(kubectl, 'kept', 'Running');
  await guest.waitForTicking();
  await set({ lifecycle: { state: 'Shelved' } });
  await shelved();
  expect([await guest.state(), await guest.volumes(), (await kubectl.get('instance', 'kept'))?.status?.['hypervisorName']]).toEqual([
    undefined,
    [],
    undefined,
  ]);
  // The snapshot of before was held by the disk that stood on it.
  await scenario.eventually('one copy', async () => (await copies()).length === 1);
  await set({ lifecycle: { state: 'Active' } });
  await waitForReady(kubectl, 'kept', 'Running');
  await guest.waitForTicking();
  expect(await identityOf()).toEqual(identity);
  await expectOneMachine(guest);
  await set({ powerState: 'Stopped' });
  await waitForReady(kubectl, 'kept', 'Stopped');
  await expectMark(await rootOf(), '0xef');
});

test('killed when the host has undefined it and nobody has heard, and active again: it comes back from its copy', async () => {
  const { kubectl } = scenario;
  await onDisk(await rootOf(), 'write -P 0x5a');
  const place = { at: 1, moment: 'AfterReply', only: 'domainUndefineFlags' } as const;
  const isOffloaded = async () => (await kubectl.get('instance', 'kept'))?.status?.['phase'] === 'Shelved';
  expect(await kills.at(place, () => set({ lifecycle: { state: 'Shelved' } }), isOffloaded)).toBe('domainUndefineFlags');
  await set({ lifecycle: { state: 'Active' } });
  await waitForReady(kubectl, 'kept', 'Stopped');
  await expectMark(await rootOf(), '0x5a');
  await expectOneMachine(guest);
}, 120_000);

test('deleted while it is shelved: the copy goes, too', async () => {
  const { kubectl } = scenario;
  await set({ lifecycle: { state: 'Shelved' } });
  await shelved();
  await kubectl.run(['delete', 'instance', 'kept', '--timeout=60s']);
  await scenario.eventually('everything to be gone', async () => {
    const objects = [...(await kubectl.list('instancesnapshots')), ...(await kubectl.list('images'))].map(({ metadata }) => metadata.name);
    const volumes = (await guest.virsh.volumes()).filter((name) => name.startsWith('snapshot-') || name.includes(guest.uuid));
    return objects.filter((name) => name !== 'demo').length === 0 && volumes.length === 0;
  });
});
