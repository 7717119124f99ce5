/** Snapshots of guests, the Images they become, and clones: what is on the host is asked of virsh and QEMU's own tools. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { condition } from '../environment/kubectl.ts';
import { StoreServer, type StoreTrap } from '../environment/store-server.ts';
import type { Guest } from '../support/guest.ts';
import { Kills } from '../support/kills.ts';
import type { RpcProxy } from '../support/rpc-proxy.ts';
import { API_VERSION, instance, uidOf, waitForCondition, waitForGone, waitForReady } from '../support/instances.ts';
import { Scenario } from '../support/scenario.ts';

const POOL_FOLDER = '/var/lib/libvirt/images';
/** What the guest is taken to have written: one page of its disk, far behind the boot sector. */
const WRITTEN = '512k 4k';

let scenario: Scenario;
let source: Guest;
let store: StoreServer;
const stores: StoreServer[] = [];
beforeAll(async () => {
  scenario = await Scenario.open('snapshots');
  await scenario.kubectl.apply([instance('source', { powerState: 'Stopped', placement: { hypervisorName: 'host-a' } })]);
  source = scenario.guestOf(await waitForReady(scenario.kubectl, 'source', 'Stopped'));
  await onDisk(await rootOf(source), `write -P 0xab ${WRITTEN}`);
});
afterAll(async () => {
  for (const each of stores) await each.stop();
  await scenario.close();
});

const snapshot = (name: string, spec: Readonly<Record<string, unknown>> = {}): object => ({
  apiVersion: API_VERSION,
  kind: 'InstanceSnapshot',
  metadata: { name },
  spec: { instanceName: 'source', ...spec },
});

const hostA = () => scenario.lab.host('a');
const path = (volume: string): string => `${POOL_FOLDER}/${volume}`;
const rootOf = async (guest: Guest): Promise<string> => (await guest.volumes()).find((name) => name.includes('-root-')) ?? '';
const onDisk = (volume: string, command: string): Promise<string> => hostA().exec(['qemu-io', '-f', 'qcow2', '-c', command, path(volume)]);

/** Its file as `qemu-img info` tells of it. */
async function fileOf(volume: string): Promise<Readonly<Record<string, unknown>>> {
  return JSON.parse(await hostA().exec(['qemu-img', 'info', '-U', '--output=json', path(volume)])) as Readonly<Record<string, unknown>>;
}

async function taken(name: string): Promise<{ readonly volume: string }> {
  await scenario.kubectl.run(['wait', `instancesnapshot/${name}`, '--for=condition=Ready', '--timeout=60s']);
  const found = await scenario.kubectl.get('instancesnapshot', name);
  if (found === undefined) throw new Error(`snapshot ${name} is gone`);
  const location = found.status?.['location'] as { readonly volume: string } | undefined;
  if (location === undefined) throw new Error(`snapshot ${name} does not say where it is: ${JSON.stringify(found.status)}`);
  return location;
}

test('cold: the disk of a guest that was shut down is copied whole, and stands alone', async () => {
  await scenario.kubectl.apply([snapshot('cold', { mode: 'Cold', imageName: 'golden' })]);
  const { volume } = await taken('cold');
  await hostA().exec(['qemu-img', 'compare', '-U', path(volume), path(await rootOf(source))]);
  expect(await fileOf(volume)).not.toHaveProperty('backing-filename');
  await onDisk(volume, `read -P 0xab ${WRITTEN}`);
  const image = await scenario.kubectl.get('image', 'golden');
  expect(image?.status).toMatchObject({ locations: [{ hypervisorName: 'host-a', volume }], format: 'qcow2' });
});

test('live: the guest goes on, on the very files that its disk consisted of', async () => {
  const { kubectl } = scenario;
  await kubectl.patch('instance', 'source', { spec: { powerState: 'Running' } });
  await waitForReady(kubectl, 'source', 'Running');
  await source.waitForTicking();
  const [disks, booted] = [await source.virsh.run('domblklist', source.uuid), await source.printed('BOOTED')];
  await kubectl.apply([snapshot('live')]);
  const { volume } = await taken('live');
  expect(await source.virsh.run('domblklist', source.uuid)).toBe(disks);
  expect(await source.virsh.run('domjobinfo', source.uuid)).toMatch(/None/);
  await source.waitForTicking();
  expect(await source.printed('BOOTED')).toBe(booted);
  // The guest writes nothing: what it has is what was copied.
  await hostA().exec(['qemu-img', 'compare', '-U', path(volume), path(await rootOf(source))]);
  await waitForReady(kubectl, 'source', 'Running');
});

test('a cold one of a guest that runs is refused, and one that needs an agent where there is none; nothing of either is left', async () => {
  const { kubectl } = scenario;
  await kubectl.apply([snapshot('refused', { mode: 'Cold' }), snapshot('quiesced', { quiesce: 'Required' })]);
  for (const [name, reason] of [
    ['refused', 'NotStopped'],
    ['quiesced', 'QuiesceFailed'],
  ] as const) {
    const failed = await scenario.eventually(`${name} to fail`, async () => {
      const found = await kubectl.get('instancesnapshot', name);
      return condition(found, 'Stalled') !== undefined && found?.status?.['location'] === undefined ? found : undefined;
    });
    expect(condition(failed, 'Stalled')?.reason).toBe(reason);
    expect(await kubectl.get('image', name)).toBeUndefined();
    expect((await source.virsh.volumes()).filter((volume) => volume.includes(uidOf(failed)))).toEqual([]);
  }
  await source.waitForTicking();
});

test('a clone boots from it, where the copy is and nowhere else, and holds it', async () => {
  const { kubectl } = scenario;
  const { volume } = await taken('live');
  await kubectl.apply([
    instance('clone', { imageName: 'live' }),
    instance('far', { imageName: 'live', placement: { hypervisorName: 'host-b' } }),
  ]);
  const clone = scenario.guestOf(await waitForReady(kubectl, 'clone', 'Running'));
  await clone.waitForPrinted('BOOTED', 1);
  expect(clone.host).toBe(source.host);
  const root = await rootOf(clone);
  expect(await fileOf(root)).toMatchObject({ 'backing-filename': path(volume) });
  await waitForCondition(kubectl, 'far', { status: 'False', reason: 'NoHypervisorFits', message: /does not reach the image/ });
  await kubectl.delete('instance', 'far');

  await kubectl.run(['delete', 'instancesnapshot', 'live', '--wait=false']);
  const held = await scenario.eventually('the Image to say what holds it', async () => {
    const found = await kubectl.get('image', 'live');
    return condition(found, 'Deleting') === undefined ? undefined : found;
  });
  expect(condition(held, 'Deleting')).toMatchObject({ reason: 'ImageInUse', message: expect.stringContaining('clone') });
  await clone.waitForTicking();
  expect(await source.virsh.volumes()).toContain(volume);

  await kubectl.delete('instance', 'clone');
  await waitForGone(kubectl, 'clone');
  await scenario.eventually('snapshot, Image and copy to be gone', async () => {
    const left = [await kubectl.get('instancesnapshot', 'live'), await kubectl.get('image', 'live')];
    const volumes = (await source.virsh.volumes()).filter((name) => name.includes(volume));
    return left.every((object) => object === undefined) && volumes.length === 0;
  });
  await source.waitForTicking();
});

test.each(['BeforeCall', 'AfterReply'] as const)(
  'an operator that is killed when the host is to copy (%s) begins anew: one Image, no job and no half of a copy',
  async (moment) => {
    const { kubectl } = scenario;
    const name = `cut-off-${moment.toLowerCase()}`;
    const kills = new Kills(scenario, await proxied());
    const begin = () => kubectl.apply([snapshot(name)]);
    const phase = async () => (await kubectl.get('instancesnapshot', name))?.status?.['phase'];
    const change = await kills.at({ at: 1, moment, only: 'domainBackupBegin' }, begin, async () => (await phase()) === 'Succeeded');
    expect(change).toBe('domainBackupBegin');
    const { volume } = await taken(name);
    expect(await source.virsh.run('domjobinfo', source.uuid)).toMatch(/None/);
    expect((await source.virsh.volumes()).filter((one) => one.startsWith(volume))).toEqual([volume, `${volume}.ok`]);
    await source.waitForTicking();
  },
);

/** Where the Image says that its copy in the store is. */
async function storedCopy(image: string): Promise<{ readonly key: string; readonly sha256: string; readonly sizeBytes: number }> {
  const locations = (await scenario.kubectl.get('image', image))?.status?.['locations'] as
    readonly { readonly store?: never }[] | undefined;
  const copy = locations?.find((location) => location.store !== undefined)?.store;
  if (copy === undefined) throw new Error(`Image ${image} is in no store: ${JSON.stringify(locations)}`);
  return copy;
}
/** Without the small file by which the operator tries, when it is new, whether it can write. */
const stored = (): readonly string[] =>
  store
    .files()
    .filter((name) => !name.startsWith('hostler-probe-'))
    .toSorted();
const volumesOf = async (): Promise<readonly string[]> => (await source.virsh.volumes()).toSorted();
const sha256Of = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

test('sent to a store it is the very file that lies on the host, and an Instance on another host is made from it', async () => {
  const { kubectl, lab } = scenario;
  store = await StoreServer.start({ dir: join(scenario.imageDir, 'store'), address: lab.machineAddress });
  stores.push(store);
  const vault = { apiVersion: API_VERSION, kind: 'ImageStore', metadata: { name: 'vault' }, spec: { http: { url: store.url } } };
  await kubectl.apply([vault, snapshot('kept', { imageStoreName: 'vault' })]);
  const { volume } = await taken('kept');
  await kubectl.run(['wait', 'imagestore/vault', '--for=condition=Ready', '--timeout=60s']);
  const { key, sha256, sizeBytes } = await storedCopy('kept');
  const file = join(store.dir, key);
  expect(store.files()).toEqual([key]);
  expect([sha256Of(file), sha256Of(hostA().outside(path(volume)))]).toEqual([sha256, sha256]);
  expect(statSync(file).size).toBe(sizeBytes);

  await kubectl.apply([instance('elsewhere', { imageName: 'kept', placement: { hypervisorName: 'host-b' } })]);
  const elsewhere = scenario.guestOf(await waitForReady(kubectl, 'elsewhere', 'Running'));
  await elsewhere.waitForPrinted('BOOTED', 1);
  const brought = (await elsewhere.virsh.volumes()).find((name) => name.endsWith(sha256.slice(0, 8))) ?? '';
  expect(sha256Of(lab.host('b').outside(path(brought)))).toBe(sha256);
  await lab.host('b').exec(['qemu-io', '-U', '-r', '-f', 'qcow2', '-c', `read -P 0xab ${WRITTEN}`, path(brought)]);
  await kubectl.delete('instance', 'elsewhere');
  await waitForGone(kubectl, 'elsewhere');
});

test('a file that somebody puts there is an Image, and a guest boots from it; it goes with the Image: also when the operator is killed', async () => {
  const { kubectl } = scenario;
  const { http: _, ...source } = scenario.demoSource();
  await kubectl.apply([scenario.imageFrom('brought', { ...source, upload: { imageStoreName: 'vault' } })]);
  const url = await scenario.eventually('the Image to say where', async () => {
    const found = await kubectl.get('image', 'brought');
    return (found?.status?.['upload'] as { readonly url: string } | undefined)?.url;
  });
  const body = readFileSync(join(scenario.imageDir, scenario.demoFile));
  expect((await fetch(url, { method: 'PUT', body })).status).toBe(201);
  await kubectl.run(['wait', 'image/brought', '--for=condition=Ready', '--timeout=60s']);
  await killedAt('upload-', ['GET BeforeDone'], () => kubectl.apply([instance('brought', { imageName: 'brought' })]));
  const guest = scenario.guestOf(await waitForReady(kubectl, 'brought', 'Running'));
  await guest.waitForPrinted('BOOTED', 1);
  await kubectl.delete('instance', 'brought');
  await waitForGone(kubectl, 'brought');
  await killedAt('upload-', ['DELETE BeforeDone'], () => kubectl.run(['delete', 'image', 'brought', '--wait=false']));
  await scenario.eventually('the Image to be gone', async () => (await kubectl.get('image', 'brought')) === undefined);
  expect(store.files().filter((name) => name.startsWith('upload-'))).toEqual([]);
});

test('an operator that is killed when a copy is sent, and when it is removed, begins anew: one whole file, and none', async () => {
  const { kubectl } = scenario;
  const [files, volumes] = [stored(), await volumesOf()];
  await killedAt('snapshot-', ['PUT BeforeDone', 'PUT Done'], () => kubectl.apply([snapshot('sent-twice', { imageStoreName: 'vault' })]));
  const { volume } = await taken('sent-twice');
  const { key, sha256 } = await storedCopy('sent-twice');
  expect(sha256Of(join(store.dir, key))).toBe(sha256);
  expect(stored()).toEqual([...files, key].toSorted());
  expect(await volumesOf()).toEqual([...volumes, volume, `${volume}.ok`].toSorted());
  const remove = () => kubectl.run(['delete', 'instancesnapshot', 'sent-twice', '--wait=false']);
  await killedAt('snapshot-', ['DELETE BeforeDone', 'DELETE Done'], remove);
  await scenario.eventually('the snapshot to be gone', async () => (await kubectl.get('instancesnapshot', 'sent-twice')) === undefined);
  expect([stored(), await volumesOf(), await kubectl.get('image', 'sent-twice')]).toEqual([files, volumes, undefined]);
});

/** The operator, once at each of those requests for a file whose name begins so, one after the other. */
async function killedAt(
  prefix: string,
  requests: readonly `${StoreTrap['method']} ${StoreTrap['moment']}`[],
  begin: () => Promise<unknown>,
) {
  let goOn = begin;
  for (const request of requests) {
    const [method, moment] = request.split(' ') as [StoreTrap['method'], StoreTrap['moment']];
    let isDead = false;
    const spring = (): void => {
      isDead = true;
      scenario.operator.killNow();
    };
    store.set({ method, moment, prefix, spring });
    await goOn();
    await scenario.eventually(request, () => isDead);
    goOn = () => scenario.restartOperator();
  }
  await goOn();
}

test('a store that does not answer holds its deletion, which says so; then nothing is left of it anywhere', async () => {
  const { kubectl } = scenario;
  await store.stop();
  await kubectl.run(['delete', 'instancesnapshot', 'kept', '--wait=false']);
  const held = await scenario.eventually('the Image to say what holds it', async () => {
    const found = await kubectl.get('image', 'kept');
    return condition(found, 'Deleting') === undefined ? undefined : found;
  });
  expect(condition(held, 'Deleting')).toMatchObject({ reason: 'StoreUnreachable', message: expect.stringContaining('ImageStore vault') });
  await store.start();
  await kubectl.run(['delete', 'instancesnapshot', 'kept', '--ignore-not-found', '--timeout=60s']);
  expect([store.files(), await kubectl.get('image', 'kept')]).toEqual([[], undefined]);
  await kubectl.delete('imagestore', 'vault');
  await store.stop();
});

let proxy: RpcProxy | undefined;
async function proxied(): Promise<RpcProxy> {
  proxy ??= await scenario.proxyHost('a');
  return proxy;
}

test('the source goes, and the snapshots of it stay until they are deleted', async () => {
  const { kubectl } = scenario;
  await kubectl.delete('instance', 'source');
  await waitForGone(kubectl, 'source');
  const { volume } = await taken('cold');
  expect(await source.virsh.volumes()).toContain(volume);
  await kubectl.run(['delete', 'instancesnapshot', '--all', '--timeout=60s']);
  expect((await source.virsh.volumes()).filter((name) => name.startsWith('snapshot-'))).toEqual([]);
  expect(await kubectl.get('image', 'golden')).toBeUndefined();
});

test('an Instance that was shelved into a store comes back on another host when its own is lost', async () => {
  const { kubectl } = scenario;
  await store.start();
  const spec = { http: { url: store.url }, default: true };
  await kubectl.apply([{ apiVersion: API_VERSION, kind: 'ImageStore', metadata: { name: 'vault' }, spec }]);
  await kubectl.apply([instance('away', { powerState: 'Stopped', placement: { hypervisorName: 'host-a' } })]);
  const shelved = scenario.guestOf(await waitForReady(kubectl, 'away', 'Stopped'));
  await onDisk(await rootOf(shelved), `write -P 0xcd ${WRITTEN}`);
  await kubectl.patch('instance', 'away', { spec: { lifecycle: { state: 'Shelved' } } });
  await waitForReady(kubectl, 'away', 'Offloaded');
  expect(store.files()).toHaveLength(1);

  await hostA().powerOff();
  await kubectl.run(['wait', 'hypervisor/host-a', '--for=condition=Ready=Unknown', '--timeout=60s']);
  await kubectl.patch('instance', 'away', { spec: { lifecycle: { state: 'Active' }, powerState: 'Running', placement: null } });
  const back = scenario.guestOf(await waitForReady(kubectl, 'away', 'Running'));
  await back.waitForPrinted('BOOTED', 1);
  expect([back.uuid, back.host === hostA()]).toEqual([shelved.uuid, false]);
  const root = path(await rootOf(back));
  await back.host.exec(['qemu-io', '-U', '-r', '-f', 'qcow2', '-c', `read -P 0xcd ${WRITTEN}`, root]);

  await hostA().powerOn();
  await kubectl.run(['wait', 'hypervisor/host-a', '--for=condition=Ready', '--timeout=60s']);
  await kubectl.delete('instance', 'away');
  await waitForGone(kubectl, 'away');
  await scenario.eventually('the copy to be gone', () => store.files().length === 0);
  await kubectl.delete('imagestore', 'vault');
  await store.stop();
});
