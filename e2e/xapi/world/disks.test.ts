/** Bytes of disks, chains of them, and what becomes of parents. */
import { beforeEach, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { testPool, type TestPool } from '../xapi.testing.ts';
import { BLOCK_BYTES, BlockDevice } from './blocks.ts';
import { blocksOf, coalesce } from './disks.ts';

const MIB = 1024 ** 2;

let pool: TestPool;
beforeEach(async () => {
  pool = await testPool();
  pool.world.coalescing = false;
});

const create = async (bytes = 4 * MIB) =>
  pool.call<string>('VDI.create', {
    SR: pool.scene.sharedSr,
    virtual_size: String(bytes),
    type: 'user',
    sharable: false,
    read_only: false,
    other_config: {},
  });
const vdi = (ref: string) => pool.world.store.get('VDI', ref);
const parentOf = (ref: string) => vdi(ref).sm_config['vhd-parent'];
const hidden = () => pool.world.store.all('VDI').filter(([, { managed }]) => !managed);

test('a disk reads what was written, and zeros elsewhere; zeros take no room', () => {
  const size = 3 * BLOCK_BYTES + 100;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(size - 1), fc.uint8Array({ minLength: 1, maxLength: 300 })), { maxLength: 8 }),
      fc.nat(8),
      (writes, branchAt) => {
        const expected = Buffer.alloc(size);
        let disk = new BlockDevice(size);
        for (const [index, [at, bytes]] of writes.entries()) {
          if (index === branchAt) disk = disk.child();
          const part = Buffer.from(bytes).subarray(0, size - at);
          disk.write(at, part);
          part.copy(expected, at);
        }
        expect(disk.read(0, size).equals(expected)).toBe(true);
        expect(disk.copy().read(0, size).equals(expected)).toBe(true);
        disk.mergeParent();
        expect(disk.read(0, size).equals(expected)).toBe(true);
      },
    ),
  );
  const zeros = new BlockDevice(size);
  zeros.write(0, Buffer.alloc(BLOCK_BYTES));
  expect(zeros.ownBytes).toBe(0);
  expect(() => zeros.write(size - 1, Buffer.alloc(2))).toThrow(RangeError);
});

test('a snapshot makes a hidden parent of both; writing to one does not change the other', async () => {
  const disk = await create();
  blocksOf(pool.world, disk).write(0, Buffer.from('before'));
  const snapshot = await pool.call<string>('VDI.snapshot', disk);
  blocksOf(pool.world, disk).write(0, Buffer.from('after!'));
  expect(blocksOf(pool.world, snapshot).read(0, 6).toString()).toBe('before');
  expect(blocksOf(pool.world, disk).read(0, 6).toString()).toBe('after!');
  const [[, base] = ['', undefined]] = hidden();
  expect([parentOf(disk), parentOf(snapshot)]).toEqual([base?.uuid, base?.uuid]);
});

test('a sibling keeps the parent; without it the parent is merged some time later', async () => {
  const disk = await create();
  blocksOf(pool.world, disk).write(0, Buffer.from('kept'));
  const snapshot = await pool.call<string>('VDI.snapshot', disk);
  pool.world.coalescing = true;
  coalesce(pool.world, pool.scene.sharedSr);
  expect(hidden()).toHaveLength(1);
  pool.world.coalescing = false;
  await pool.call('VDI.destroy', snapshot);
  expect(parentOf(disk)).toBeDefined();
  pool.world.coalescing = true;
  coalesce(pool.world, pool.scene.sharedSr);
  expect(parentOf(disk)).toBeUndefined();
  expect(hidden()).toEqual([]);
  expect(blocksOf(pool.world, disk).read(0, 4).toString()).toBe('kept');
});

test('sizes: rounded up, never smaller, never more than there is room', async () => {
  const disk = await create(3 * MIB);
  expect(vdi(disk).virtual_size).toBe(4 * MIB);
  await expect(pool.call('VDI.resize', disk, '1')).rejects.toThrow('VDI_TOO_SMALL');
  await pool.call('VDI.resize', disk, String(8 * MIB));
  expect(vdi(disk).virtual_size).toBe(8 * MIB);
  pool.world.store.update('SR', pool.scene.sharedSr, { physical_size: 10 * MIB });
  await expect(create(12 * MIB)).rejects.toThrow('SR_BACKEND_FAILURE_44(, There is insufficient space, )');
});

test('one operation at a time, and none on a disk in use', async () => {
  const disk = await create();
  pool.world.durations = { '*': 30 };
  const first = pool.task('VDI.clone', disk);
  await new Promise((resolve) => {
    setTimeout(resolve, 10);
  });
  await expect(pool.call('VDI.clone', disk)).rejects.toThrow(`OTHER_OPERATION_IN_PROGRESS(VDI, ${disk}, clone,`);
  expect((await first)['status']).toBe('success');
  const dom0 = pool.world.store.get('host', pool.scene.hosts[0] ?? '').control_domain;
  const vbd = await pool.call<string>('VBD.create', {
    VM: dom0,
    VDI: disk,
    userdevice: 'autodetect',
    bootable: false,
    mode: 'RW',
    type: 'Disk',
    empty: false,
    other_config: {},
    qos_algorithm_type: '',
    qos_algorithm_params: {},
  });
  await pool.call('VBD.plug', vbd);
  await expect(pool.call('VDI.destroy', disk)).rejects.toThrow(`VDI_IN_USE(${disk}, destroy)`);
  await expect(pool.call('VBD.destroy', vbd)).rejects.toThrow('OPERATION_NOT_ALLOWED');
  await expect(pool.call('VBD.plug', vbd)).rejects.toThrow(`DEVICE_ALREADY_ATTACHED(${vbd})`);
  await pool.call('VBD.unplug', vbd);
  await expect(pool.call('VBD.unplug', vbd)).rejects.toThrow(`DEVICE_ALREADY_DETACHED(${vbd})`);
  await pool.call('VDI.destroy', disk);
  expect(pool.world.store.has('VBD', vbd)).toBe(false);
});
