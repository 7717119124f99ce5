/** Disks in a volume group, by libvirt's own code for such pools (e2e/environment/volume-group.ts says what stands in for LVM). */
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LibvirtHost } from '../../../e2e/environment/libvirt-host.ts';
import { uuidOf } from '../../../e2e/environment/names.ts';
import { testDir } from '../../../e2e/environment/paths.ts';
import { serialOutput } from '../../../e2e/environment/serial-output.ts';
import { Virsh } from '../../../e2e/environment/virsh.ts';
import { hasLoopDevices, VolumeGroup } from '../../../e2e/environment/volume-group.ts';
import { waitFor } from '../../../e2e/environment/wait.ts';
import { bootSector } from '../../../e2e/guests/boot-sector.ts';
import type { Driver, MachineSpec } from '../../contract.ts';
import { openLibvirt } from '../driver.ts';
import { once } from './volumes.ts';

const START_MS = 60_000;
const MiB = 2 ** 20;
const dir = join(testDir, `libvirt-devices-${process.pid}`);
const call = (timeoutMs = 20_000) => ({ signal: new AbortController().signal, timeoutMs });

const isEmpty = (content: Buffer): boolean => content.every((byte) => byte === 0);

(hasLoopDevices() ? describe : describe.skip)('a volume group', () => {
  let host: LibvirtHost;
  let group: VolumeGroup;
  let virsh: Virsh;
  let driver: Driver;
  let pool: string;

  beforeAll(async () => {
    host = await LibvirtHost.start({ dir, hostName: 'devices', hostId: uuidOf(dir), network: 'Own' });
    group = await VolumeGroup.start(host, 256 * MiB);
    virsh = new Virsh(host.uri);
    pool = group.name;
    driver = await opened();
  }, START_MS);

  afterAll(async () => {
    await driver.close();
    await group.stop();
    await host.destroy();
  }, START_MS);

  const opened = async (): Promise<Driver> => {
    const one = openLibvirt({ uri: host.uri, imagePools: { [group.name]: 'default' } });
    await one.connect(call());
    return one;
  };
  const contentOf = (name: string): Buffer => readFileSync(group.device(name));
  const files = (): Promise<readonly string[]> => virsh.volumes('default');
  const importBase = (key: string, content: Buffer, format: 'raw' | 'qcow2', virtualSizeBytes: number) =>
    driver.importBase(
      {
        pool,
        key,
        format,
        sizeBytes: content.length,
        verified: () => ({
          sha256: createHash('sha256').update(content).digest('hex'),
          sizeBytes: content.length,
          virtualSizeBytes,
        }),
      },
      once(content),
      call(),
    );

  test('a new disk has nothing of its earlier owner, up to its last byte', async () => {
    await driver.createDisk({ pool, name: 'blank', sizeBytes: 5 * MiB }, call());
    const content = contentOf('blank');
    expect([content.length, isEmpty(content)]).toEqual([8 * MiB, true]);
    // Again is as good as once, and leaves what is in it.
    execFileSync('dd', ['if=/dev/urandom', `of=${group.device('blank')}`, 'bs=512', 'count=1', 'conv=notrunc,fsync', 'status=none']);
    await driver.createDisk({ pool, name: 'blank', sizeBytes: 5 * MiB }, call());
    expect(isEmpty(contentOf('blank'))).toBe(false);
    expect(await driver.listDisks({ pools: [pool], namePrefix: 'blank' }, call())).toEqual([
      { pool, name: 'blank', capacityBytes: 8 * MiB },
    ]);
    expect((await files()).filter((name) => name.includes('blank'))).toEqual([]);
    await expect(driver.growDisk({ pool, name: 'blank' }, 16 * MiB, undefined, call())).rejects.toMatchObject({
      label: 'Unsupported',
      reason: 'PoolTypeUnsupported',
    });
    await driver.growDisk({ pool, name: 'blank' }, 6 * MiB, undefined, call());
    await driver.deleteDisk({ pool, name: 'blank' }, call());
    await driver.deleteDisk({ pool, name: 'blank' }, call());
    expect(await virsh.volumes(pool)).toEqual([]);
  });

  test('a disk of an image is a whole copy of it, and empty behind it; the image stands beside the group', async () => {
    const raw = Buffer.alloc(MiB, 7);
    const file = join(dir, 'image.qcow2');
    writeFileSync(`${file}.raw`, raw);
    execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', `${file}.raw`, file]);
    const image = readFileSync(file);
    await importBase('base-1', image, 'qcow2', MiB);
    expect(await driver.listBases(pool, 'base-', call())).toEqual(['base-1']);
    expect(await virsh.volumes(pool)).toEqual([]);
    await driver.createDisk({ pool, name: 'a', sizeBytes: 3 * MiB, baseKey: 'base-1' }, call());
    const content = contentOf('a');
    expect([content.subarray(0, MiB).equals(raw), isEmpty(content.subarray(MiB)), content.length]).toEqual([true, true, 4 * MiB]);
    // Nothing stands on anything.
    await driver.deleteBase(pool, 'base-1', call());
    await driver.createDisk({ pool, name: 'a.1', sizeBytes: 5 * MiB, fromDisk: 'a' }, call());
    await driver.deleteDisk({ pool, name: 'a' }, call());
    const copy = contentOf('a.1');
    expect([copy.subarray(0, MiB).equals(raw), isEmpty(copy.subarray(MiB)), copy.length]).toEqual([true, true, 8 * MiB]);
    await driver.writeDisk({ pool, name: 'drive' }, Buffer.from('first'), call());
    await driver.writeDisk({ pool, name: 'drive' }, Buffer.from('2nd'), call());
    const drive = contentOf('drive');
    expect([drive.subarray(0, 5).toString(), isEmpty(drive.subarray(5))]).toEqual(['2nd\0\0', true]);
    // And back: what is copied is a base of its own.
    const captured = await driver.copyToBase({ disk: { pool, name: 'a.1' }, pool, key: 'copy' }, call());
    expect(captured).toMatchObject({ format: 'qcow2', virtualSizeBytes: 8 * MiB });
    execFileSync('qemu-img', ['compare', '-f', 'raw', group.device('a.1'), host.outside('/var/lib/libvirt/images/copy')]);
    for (const name of ['a.1', 'drive']) await driver.deleteDisk({ pool, name }, call());
    await driver.deleteBase(pool, 'copy', call());
  });

  test('one that was not made whole is none, is removed by its sign, and made anew', async () => {
    // As whoever is killed in the middle leaves it.
    await virsh.run('vol-create-as', 'default', 'cut.making', '4M', '--format', 'qcow2');
    await virsh.run('vol-create-as', pool, 'cut', '4M');
    expect(await driver.listDisks({ pools: [pool], namePrefix: 'cut', expected: ['cut'] }, call())).toEqual([
      { pool, name: 'cut.making', capacityBytes: 0 },
    ]);
    await driver.createDisk({ pool, name: 'cut', sizeBytes: 4 * MiB }, call());
    expect(isEmpty(contentOf('cut'))).toBe(true);
    await virsh.run('vol-create-as', 'default', 'cut.making', '4M', '--format', 'qcow2');
    await driver.deleteDisk({ pool, name: 'cut.making' }, call());
    expect([await virsh.volumes(pool), (await files()).filter((name) => name.startsWith('cut'))]).toEqual([[], []]);
  });

  test('one that takes longer than the call goes on, and is told of when it is whole', async () => {
    const disk = { pool, name: 'slow', sizeBytes: 64 * MiB };
    // No time but for the answer.
    await expect(driver.createDisk(disk, call(1_050))).rejects.toMatchObject({ label: 'Conflict', reason: 'DiskBeingMade' });
    expect(await driver.listDisks({ pools: [pool], namePrefix: 'slow' }, call())).toEqual([
      { pool, name: 'slow.making', capacityBytes: 0 },
    ]);
    await driver.createDisk(disk, call());
    expect(isEmpty(contentOf('slow'))).toBe(true);
    await driver.deleteDisk(disk, call());
  });

  test('what libvirt cannot do there is said', async () => {
    const unsupported = { label: 'Unsupported', reason: 'PoolTypeUnsupported' };
    await expect(driver.createDisk({ pool, name: 'x', sizeBytes: MiB, secretId: uuidOf('x') }, call())).rejects.toMatchObject(unsupported);
    const without = openLibvirt({ uri: host.uri });
    const { pools } = await without.connect(call());
    expect(pools.find(({ name }) => name === pool)).toMatchObject({ disks: 'Existing' });
    await expect(without.createDisk({ pool, name: 'x', sizeBytes: MiB }, call())).rejects.toMatchObject({
      ...unsupported,
      message: expect.stringContaining('imagePool') as unknown,
    });
    await without.close();
  });

  test('a guest boots from its disk there, with a volume beside it, and its disk is copied while it runs', async () => {
    const uid = uuidOf(`${dir}/guest`);
    const owner = { clusterId: 'c', namespace: 'n', name: 'guest', uid, role: 'main' } as const;
    const spec: MachineSpec = {
      machineId: uid,
      name: 'guest',
      owner,
      vcpus: 1,
      memoryBytes: 16 * MiB,
      disks: [
        { role: 'root', pool, name: 'root' },
        { role: 'config', pool, name: 'config' },
      ],
      interfaces: [],
    };
    await importBase('boots', Buffer.concat([bootSector('AtKey')], MiB), 'raw', MiB);
    await driver.createDisk({ pool, name: 'root', sizeBytes: MiB, baseKey: 'boots' }, call());
    await driver.writeDisk({ pool, name: 'config' }, Buffer.from('config'), call());
    await driver.createDisk({ pool, name: 'data', sizeBytes: MiB }, call());
    await driver.define(spec, call());
    const target = { machineId: uid, clusterId: 'c', uid };
    await driver.startPaused(target, { runId: 'r', bootHash: 'b' }, call());
    await driver.unpause(target, call());
    await waitFor('the guest to boot', async () => ((await serialOutput(host, uid)).includes('BOOTED') ? true : undefined));
    await driver.attachVolume(target, { id: 'data', pool, name: 'data', serial: 's', readOnly: false }, call());
    const machine = await driver.inspect(uid, call());
    expect(machine?.disks.map(({ role, name, pool: at }) => [role, at, name])).toEqual([
      ['root', pool, 'root'],
      ['config', pool, 'config'],
    ]);
    expect(machine?.volumes).toEqual([{ id: 'data', pool, name: 'data', plugged: 'Both' }]);
    expect(machine && driver.drift(spec, machine)).toEqual([]);
    expect(await driver.mergeDisk(target, { pool, name: 'root' }, call())).toEqual({ kind: 'Done' });
    const capture = { disk: { pool, name: 'root' }, pool, key: 'live', quiesce: 'Never' } as const;
    expect(await driver.captureBase(target, capture, call())).toMatchObject({ virtualSizeBytes: 4 * MiB });
    execFileSync('qemu-img', ['compare', '-f', 'raw', group.device('root'), host.outside('/var/lib/libvirt/images/live'), '-U']);
    await driver.powerOff(target, call());
    await driver.undefine(target, call());
    for (const name of ['root', 'config', 'data']) await driver.deleteDisk({ pool, name }, call());
  });
});
