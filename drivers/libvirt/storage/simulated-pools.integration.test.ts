/**
 * Pools that no machine here has, in libvirt's own simulation of a host (`test:///default`): it takes pools and volumes of
 * these types, reads our descriptions of them with the same code as a real host, and holds no content.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LibvirtClient } from 'node-libvirt';
import { run } from '../../../e2e/environment/command.ts';
import { LibvirtHost } from '../../../e2e/environment/libvirt-host.ts';
import { uuidOf } from '../../../e2e/environment/names.ts';
import { testDir } from '../../../e2e/environment/paths.ts';
import { Virsh } from '../../../e2e/environment/virsh.ts';
import { ownTime } from '../time.ts';
import { Bases } from './bases.ts';
import { Devices } from './devices.ts';
import { Disks } from './disks.ts';
import { Pools } from './pools.ts';
import { deviceVolume } from './volumes.ts';

const MiB = 2 ** 20;
const dir = join(testDir, `libvirt-simulated-${process.pid}`);
const left = ownTime(60_000);
const CEPH = `<pool type='rbd'><name>ceph</name><source><host name='mon-1' port='6789'/><name>vms</name>
  <auth type='ceph' username='hostler'><secret uuid='6a1f0c3e-7b1d-4b8e-9a52-0d6f0e5c9b11'/></auth></source></pool>`;
const GROUP = `<pool type='logical'><name>group</name><source><name>vg0</name><format type='lvm2'/></source>
  <target><path>/dev/vg0</path></target></pool>`;

let host: LibvirtHost;
let client: LibvirtClient;
let disks: Disks;
let pools: Pools;

beforeAll(async () => {
  host = await LibvirtHost.start({ dir, hostName: 'simulated', hostId: uuidOf(dir), network: 'Machine' });
  client = await LibvirtClient.connect(`test+unix:///default?socket=${host.socket}`);
  for (const xml of [CEPH, GROUP]) await client.pools.start(await client.pools.define(xml));
  pools = new Pools(client);
  disks = new Disks(client, pools, new Bases(client, pools), new Devices(client, pools));
}, 60_000);

afterAll(async () => {
  client.close();
  await host.destroy();
}, 60_000);

test('in Ceph empty disks are made once, listed, and removed', async () => {
  const disk = { pool: 'ceph', name: 'volume-a', sizeBytes: 3 * MiB };
  await disks.create(disk, left);
  await disks.create(disk, left);
  expect(await disks.list({ pools: ['ceph'], namePrefix: 'volume-' }, left)).toEqual([
    { pool: 'ceph', name: 'volume-a', capacityBytes: 3 * MiB },
  ]);
  await expect(disks.create({ ...disk, sizeBytes: 4 * MiB }, left)).rejects.toMatchObject({ label: 'Conflict', reason: 'DiskExists' });
  await disks.delete(disk, left);
  await disks.delete(disk, left);
  expect(await disks.list({ pools: ['ceph'], namePrefix: 'volume-' }, left)).toEqual([]);
});

test('nothing else can be made there, and that is said', async () => {
  const refusal = { label: 'Unsupported', reason: 'PoolTypeUnsupported' };
  const disk = { pool: 'ceph', name: 'a', sizeBytes: MiB };
  await expect(disks.create({ ...disk, baseKey: 'base' }, left)).rejects.toMatchObject(refusal);
  await expect(disks.create({ ...disk, fromDisk: 'b' }, left)).rejects.toMatchObject(refusal);
  await expect(disks.create({ ...disk, secretId: uuidOf('a') }, left)).rejects.toMatchObject(refusal);
  await expect(disks.write(disk, new Uint8Array(1), left)).rejects.toMatchObject(refusal);
  expect(await disks.list({ pools: ['ceph'], namePrefix: '' }, left)).toEqual([]);
});

const told = async (one: Pools): Promise<object> =>
  Object.fromEntries((await one.readAll(left)).map(({ name, disks: how }) => [name, how]));

test('the host tells which disks are made where', async () => {
  expect(await told(pools)).toMatchObject({ ceph: 'Blank', group: 'Existing' });
  expect(await told(new Pools(client, { group: 'default-pool' }))).toMatchObject({ ceph: 'Blank', group: undefined });
});

test('the description of such a disk is as libvirt’s schema has it, and is never one of a snapshot of nothing', async () => {
  const file = join(dir, 'volume.xml');
  writeFileSync(file, deviceVolume('b', 8 * MiB));
  await run('virt-xml-validate', [file, 'storagevol']);
  const virsh = new Virsh(`test+unix:///default?socket=${host.socket}`);
  for (const pool of ['ceph', 'group']) {
    await virsh.run('vol-create', pool, file);
    const xml = await virsh.run('vol-dumpxml', 'b', pool);
    expect([/<capacity unit='bytes'>(\d+)</.exec(xml)?.[1], /<allocation unit='bytes'>(\d+)</.exec(xml)?.[1]]).toEqual([
      '8388608',
      '8388608',
    ]);
    await virsh.run('vol-delete', 'b', pool);
  }
});
