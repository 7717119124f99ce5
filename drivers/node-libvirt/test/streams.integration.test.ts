/** Streams against a real daemon: volumes of a folder, and the console of a real guest. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DomainStart, LibvirtClient, type StoragePool, type StorageVolume } from '../src/index.ts';
import { bootSector } from './boot-sector.ts';
import { collect, pieces } from './content.ts';
import { anyLibvirtd, type Libvirtd } from './libvirtd.ts';

// Starting daemons takes long on a busy machine.
jest.setTimeout(60_000);

const MIB = 1024 * 1024;
const POOL = 'node-libvirt-streams';
const GUEST = '0c8a5b9e-4f3d-4c6e-9d55-000000000002';

let libvirtd: Libvirtd;
let client: LibvirtClient;
let pool: StoragePool;

beforeAll(async () => {
  libvirtd = await anyLibvirtd();
});
afterAll(() => libvirtd.stop());
beforeEach(async () => {
  client = await LibvirtClient.connect(libvirtd.qemuUri);
  const folder = path.join(libvirtd.dir, 'pool');
  await mkdir(folder, { recursive: true });
  pool = await client.pools.createTransient(`<pool type='dir'><name>${POOL}</name><target><path>${folder}</path></target></pool>`);
});
afterEach(async () => {
  await Promise.all((await client.volumes.list(pool)).map((volume) => client.volumes.delete(volume)));
  await client.pools.stop(pool);
  client.close();
});

function volumeOf(name: string, bytes: number): Promise<StorageVolume> {
  return client.volumes.create(
    pool,
    `<volume><name>${name}</name><capacity>${bytes}</capacity><target><format type='raw'/></target></volume>`,
  );
}

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('volumes', () => {
  test('what was uploaded is downloaded', async () => {
    const content = randomBytes(9 * MIB + 1234);
    const volume = await volumeOf('round-trip', content.length);
    await client.volumes.upload(volume, pieces(content, 777_777));
    expect(sha(await collect(client.volumes.download(volume)))).toBe(sha(content));
  });

  test('a part of it', async () => {
    const volume = await volumeOf('part', MIB);
    await client.volumes.upload(volume, pieces(Buffer.from('hello'), 2), { offset: 4096, length: 5 });
    await expect(collect(client.volumes.download(volume, { offset: 4094, length: 9 }))).resolves.toEqual(Buffer.from('\0\0hello\0\0'));
  });

  test('several at once, none mixed up', async () => {
    const contents = Array.from({ length: 6 }, () => randomBytes(2 * MIB));
    const volumes = await Promise.all(contents.map((content, index) => volumeOf(`many-${index}`, content.length)));
    await Promise.all(volumes.map((volume, index) => client.volumes.upload(volume, pieces(contents[index] ?? Buffer.alloc(0), 300_000))));
    const hashes = await Promise.all(volumes.map(async (volume) => sha(await collect(client.volumes.download(volume)))));
    expect(hashes).toEqual(contents.map(sha));
  });

  test('more than was said: the daemon refuses, the client goes on', async () => {
    const volume = await volumeOf('too-much', MIB);
    const upload = client.volumes.upload(volume, pieces(randomBytes(4 * MIB), MIB), { length: MIB });
    await expect(upload).rejects.toMatchObject({ name: 'LibvirtError' });
    await expect(client.volumes.info(volume)).resolves.toMatchObject({ capacityBytes: MIB });
  });

  test('a source that fails: its error, and nothing hangs', async () => {
    const volume = await volumeOf('failing', MIB);
    const failing = (async function* () {
      yield await Promise.resolve(Buffer.from('some'));
      throw new Error('the source is gone');
    })();
    await expect(client.volumes.upload(volume, failing)).rejects.toThrow('the source is gone');
    await client.volumes.upload(volume, pieces(Buffer.from('again'), 5));
  });

  test('a consumer that leaves early, and one that was aborted', async () => {
    const volume = await volumeOf('left', 32 * MIB);
    for await (const chunk of client.volumes.download(volume)) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    const controller = new AbortController();
    const reading = (async () => {
      for await (const chunk of client.volumes.download(volume, { signal: controller.signal })) {
        if (chunk.length > 0) controller.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toThrow('enough');
    await expect(client.volumes.info(volume)).resolves.toMatchObject({ capacityBytes: 32 * MIB });
  });

  test('a volume that does not exist', async () => {
    const nothing = { pool: POOL, name: 'nothing', key: '/nothing' };
    await expect(collect(client.volumes.download(nothing))).rejects.toMatchObject({ codeName: 'NO_STORAGE_VOL' });
    await expect(client.volumes.upload(nothing, pieces(Buffer.from('x'), 1))).rejects.toMatchObject({ codeName: 'NO_STORAGE_VOL' });
  });

  test('resizing and cloning', async () => {
    const content = randomBytes(MIB);
    const volume = await volumeOf('original', content.length);
    await client.volumes.upload(volume, pieces(content, MIB));
    const clone = await client.volumes.createFrom(
      pool,
      `<volume><name>clone</name><capacity>${MIB}</capacity><target><format type='raw'/></target></volume>`,
      volume,
    );
    await client.volumes.resize(clone, 2 * MIB);
    expect(sha((await collect(client.volumes.download(clone))).subarray(0, MIB))).toBe(sha(content));
    await expect(client.volumes.info(clone)).resolves.toMatchObject({ capacityBytes: 2 * MIB });
  });
});

test('a console is read and written', async () => {
  const image = path.join(libvirtd.dir, 'boot.img');
  await writeFile(image, bootSector());
  const guest = await client.domains.createTransient(guestXml(image), { flags: DomainStart.PAUSED });
  try {
    const console = await client.domains.openConsole(guest, { timeoutMs: 30_000 });
    await client.domains.resume(guest);
    let text = '';
    for await (const chunk of console) {
      const before = text;
      text += Buffer.from(chunk).toString();
      if (text.includes('BOOTED\r\n') && !before.includes('BOOTED\r\n')) await console.write(Buffer.from('hello'));
      if (text.endsWith('hello')) break;
    }
    expect(text).toContain('BOOTED\r\nhello');
    console.abort();
  } finally {
    await client.domains.destroy(guest);
  }
});

function guestXml(image: string): string {
  return `<domain type='qemu'><name>node-libvirt-console</name><uuid>${GUEST}</uuid><memory unit='MiB'>16</memory><vcpu>1</vcpu>
    <os><type arch='x86_64' machine='pc'>hvm</type></os>
    <devices>
      <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='${image}'/><target dev='hda' bus='ide'/></disk>
      <controller type='usb' model='none'/><serial type='pty'/><memballoon model='none'/>
    </devices></domain>`;
}
