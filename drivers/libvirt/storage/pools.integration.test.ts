/** Pools of a real libvirtd that are not folders of files, or that another host writes into as well. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LibvirtHost } from '../../../e2e/environment/libvirt-host.ts';
import { uuidOf } from '../../../e2e/environment/names.ts';
import { testDir } from '../../../e2e/environment/paths.ts';
import { Virsh } from '../../../e2e/environment/virsh.ts';
import type { Driver } from '../../contract.ts';
import { openLibvirt } from '../driver.ts';
import { once } from './volumes.ts';

const START_MS = 60_000;
const IMAGES = '/var/lib/libvirt/images';
const dir = join(testDir, `libvirt-pools-${process.pid}`);
const call = () => ({ signal: new AbortController().signal, timeoutMs: 20_000 });

let host: LibvirtHost;
let driver: Driver;
/** Of the pools in the guide. */
let types: readonly (string | undefined)[];

beforeAll(async () => {
  host = await LibvirtHost.start({ dir, hostName: 'pools', hostId: uuidOf(dir), network: 'Own' });
  driver = openLibvirt({ uri: host.uri });
  await driver.connect(call());
  types = await defineGuidePools();
}, START_MS);

afterAll(async () => {
  await driver.close();
  await host.destroy();
}, START_MS);

test.each([
  ['mpath', ['--target', '/dev/mapper']],
  ['disk', ['--source-dev', '/dev/none', '--source-format', 'gpt', '--target', '/dev']],
  ['iscsi', ['--source-host', '192.0.2.1', '--source-dev', 'iqn.2000-01.dev.hostler:none', '--target', '/dev/disk/by-path']],
])('a pool of type %s has no disks of ours, and says what it is to who makes one there', async (type, source) => {
  const pool = `of-type-${type}`;
  await new Virsh(host.uri).run('pool-define-as', pool, type, ...source);
  expect(await driver.listDisks({ pools: ['default', pool], namePrefix: 'x', expected: ['x'] }, call())).toEqual([]);
  await driver.deleteDisk({ pool, name: 'x' }, call());
  const refusal = {
    label: 'Unsupported',
    reason: 'PoolTypeUnsupported',
    message: expect.stringContaining(`${pool} is of type ${type}`) as unknown,
  };
  await expect(driver.createDisk({ pool, name: 'x', sizeBytes: 2 ** 20 }, call())).rejects.toMatchObject(refusal);
  await expect(driver.writeDisk({ pool, name: 'x' }, new Uint8Array(1), call())).rejects.toMatchObject(refusal);
  const other = openLibvirt({ uri: host.uri });
  const { pools } = await other.connect(call());
  await other.close();
  const told = Object.fromEntries(pools.map(({ name, unfit }) => [name, unfit]));
  expect(told).toMatchObject({ default: undefined, [pool]: expect.stringContaining(`of type ${type}`) });
});

/** The definitions that the guide gives, in its order. */
const GUIDE = join(import.meta.dirname, '../../../docs/guide/storage-pools.md');
const definitions = [...readFileSync(GUIDE, 'utf8').matchAll(/```xml\n(.*?)```/gs)].map(([, xml = '']) => xml);

/** Gives their types. */
function defineGuidePools(): Promise<readonly (string | undefined)[]> {
  const virsh = new Virsh(host.uri);
  return Promise.all(
    definitions.map(async (xml, index) => {
      const file = join(dir, `pool-${index}.xml`);
      writeFileSync(file, xml);
      await virsh.run('pool-define', '--validate', file);
      return /<pool type="([\w-]+)">/.exec(xml)?.[1];
    }),
  );
}

test.each([
  [
    'hostler-lvm',
    'payroll',
    /<disk type='volume' device='disk'>\s*<driver name='qemu' type='raw'[^>]*>\s*<source pool='hostler-lvm' volume='payroll'\/>/,
  ],
  [
    'hostler-ceph',
    'payroll',
    /<source protocol='rbd' name='hostler\/payroll'>\s*<host name='mon-1.example.com' port='6789'\/>\s*<auth username='hostler'>\s*<secret type='ceph' uuid='6a1f0c3e/,
  ],
])('a machine with a disk of the guide’s pool %s is defined as libvirt’s schema has it', async (pool, name, expected) => {
  const virsh = new Virsh(host.uri);
  const uid = uuidOf(`${dir}/${pool}`);
  const owner = { clusterId: 'c', namespace: 'n', name: pool, uid, role: 'main' } as const;
  const volumes = [{ id: 'a', pool, name, serial: 's', readOnly: false }];
  const spec = { machineId: uid, name: pool, owner, vcpus: 1, memoryBytes: 16 * 2 ** 20, disks: [], interfaces: [], volumes };
  await driver.define(spec, call());
  const xml = await virsh.run('dumpxml', uid, '--inactive');
  expect(xml).toMatch(expected);
  const file = join(dir, `${pool}.xml`);
  writeFileSync(file, xml);
  await virsh.run('define', '--validate', file);
  expect((await driver.inspect(uid, call()))?.volumes).toEqual([{ id: 'a', pool, name, plugged: 'Next' }]);
  expect(await driver.diskUsers({ pool, name }, call())).toEqual([pool]);
});

test('the definitions in the guide are valid, and disks are made in one of a folder', async () => {
  const virsh = new Virsh(host.uri);
  expect(types).toEqual(['dir', 'fs', 'netfs', 'iscsi-direct', 'logical', 'rbd']);
  await virsh.run('pool-build', 'hostler');
  await virsh.run('pool-start', 'hostler');
  await driver.createDisk({ pool: 'hostler', name: 'x', sizeBytes: 2 ** 20 }, call());
  expect(await virsh.run('vol-list', 'hostler')).toContain('/var/lib/libvirt/hostler/x');
  // It cannot be mounted here: the host does not tell of it, which makes its Hypervisor say PoolNotFound, and nothing is made below it.
  await expect(virsh.run('pool-start', 'hostler-nfs')).rejects.toThrow('hostler-nfs');
  const { pools } = await driver.connect(call());
  expect(pools.map(({ name }) => name)).not.toContain('hostler-nfs');
  await expect(driver.createDisk({ pool: 'hostler-nfs', name: 'x', sizeBytes: 2 ** 20 }, call())).rejects.toMatchObject({
    label: 'Transient',
    reason: 'PoolInactive',
  });
});

const withLoops = existsSync('/dev/loop-control') && readFileSync('/proc/filesystems', 'utf8').includes('\text4\n') ? test : test.skip;

withLoops('disks are made in a file system of its own, on a loop device, until that is full', async () => {
  const virsh = new Virsh(host.uri);
  const file = `${IMAGES}/loop.img`;
  await host.exec(['truncate', '--size=32M', file]);
  await host.exec(['mkfs.ext4', '-q', file]);
  const device = (await host.exec(['losetup', '--find', '--show', file])).trim();
  try {
    await virsh.run(
      'pool-define-as',
      'on-loop',
      'fs',
      '--source-dev',
      device,
      '--source-format',
      'ext4',
      '--target',
      '/var/lib/libvirt/on-loop',
    );
    await virsh.run('pool-build', 'on-loop');
    await virsh.run('pool-start', 'on-loop');
    const disk = { pool: 'on-loop', name: 'x' };
    await driver.createDisk({ ...disk, sizeBytes: 2 ** 30 }, call());
    await driver.growDisk(disk, 2 ** 31, undefined, call());
    // oxlint-disable-next-line jest/no-standalone-expect -- withLoops is test or test.skip
    expect(await driver.listDisks({ pools: ['on-loop'], namePrefix: 'x' }, call())).toEqual([{ ...disk, capacityBytes: 2 ** 31 }]);
    // A pool that has no room for an image, or for a copy, is not filled with a part of it: guests have their disks there.
    const noRoom = { label: 'InsufficientCapacity', reason: 'OutOfSpace', message: expect.stringContaining('stop every guest') as unknown };
    const sizeBytes = 16 * 2 ** 20;
    const source = { pool: 'on-loop', name: 'source' };
    await driver.writeDisk(source, new Uint8Array(sizeBytes).fill(1), call());
    // oxlint-disable-next-line jest/no-standalone-expect -- withLoops is test or test.skip
    await expect(driver.copyToBase({ disk: source, pool: 'on-loop', key: 'copy' }, call())).rejects.toMatchObject(noRoom);
    const image = { pool: 'on-loop', key: 'image', format: 'raw', sizeBytes, verified: () => never() } as const;
    // oxlint-disable-next-line jest/no-standalone-expect -- withLoops is test or test.skip
    await expect(driver.importBase(image, neverRead(), call())).rejects.toMatchObject(noRoom);
    // oxlint-disable-next-line jest/no-standalone-expect -- withLoops is test or test.skip
    expect(await virsh.volumes('on-loop')).toEqual(expect.not.arrayContaining(['copy', 'image']));
    await driver.deleteDisk(source, call());
    const content = new Uint8Array(40 * 2 ** 20).fill(1);
    // oxlint-disable-next-line jest/no-standalone-expect -- withLoops is test or test.skip
    await expect(driver.writeDisk({ pool: 'on-loop', name: 'big' }, content, call())).rejects.toMatchObject({
      label: 'InsufficientCapacity',
      reason: 'OutOfSpace',
    });
    await driver.deleteDisk(disk, call());
  } finally {
    await virsh.run('pool-destroy', 'on-loop').catch(() => undefined);
    await host.exec(['losetup', '--detach', device]);
  }
});

test('a raw disk into which a guest wrote the header of an image is never grown as that, nor is what the header names', async () => {
  const disk = { pool: 'default', name: 'shared', format: 'raw' } as const;
  const virsh = new Virsh(host.uri);
  await driver.createDisk({ ...disk, sizeBytes: 2 ** 20 }, call());
  // Somebody else's, which such a header has QEMU grow.
  const header = ['create', '-q', '-f', 'qcow2', '-o', `data_file=${IMAGES}/of-somebody-else,data_file_raw=on`, `${IMAGES}/header`, '1M'];
  await host.exec(['qemu-img', ...header]);
  await host.exec(['dd', `if=${IMAGES}/header`, `of=${IMAGES}/shared`, 'conv=notrunc', 'status=none']);
  await virsh.run('pool-refresh', 'default');
  await expect(driver.growDisk(disk, 2 * 2 ** 20, undefined, call())).rejects.toMatchObject({ label: 'Conflict', reason: 'ForeignHeader' });
  expect((await host.exec(['stat', '--format=%s', `${IMAGES}/of-somebody-else`])).trim()).toBe(String(2 ** 20));
  for (const name of ['shared', 'header', 'of-somebody-else']) await driver.deleteDisk({ pool: 'default', name }, call());
});

test('a base image that another host put into a shared pool is found by the import, and not sent again', async () => {
  const content = Buffer.alloc(2 ** 16, 7);
  const verified = () => ({ sha256: 'x', sizeBytes: content.length, virtualSizeBytes: content.length });
  const base = { pool: 'default', format: 'raw', sizeBytes: content.length, verified } as const;
  const imported = await driver.importBase({ ...base, key: 'base-1' }, once(content), call());
  for (const suffix of ['', '.ok']) await host.exec(['cp', `${IMAGES}/base-1${suffix}`, `${IMAGES}/base-2${suffix}`]);
  expect(await driver.findBase('default', 'base-2', call())).toBeUndefined();
  expect(await driver.importBase({ ...base, key: 'base-2' }, neverRead(), call())).toEqual({ ...imported, key: 'base-2' });
});

async function* neverRead(): AsyncGenerator<Uint8Array> {
  yield await Promise.reject(new Error('a complete base was read again'));
}

function never(): never {
  throw new Error('an image that was not sent was verified');
}
