/** What a host copied itself outlives a power cut: told by which files libvirt and qemu-img have flushed when the copy is told done. */
import { expect, test } from '@jest/globals';
import { ErrorCode, LibvirtError, type LibvirtClient, type StorageVolume } from 'node-libvirt';
import { Bases } from '../storage/bases.ts';
import { Pools } from '../storage/pools.ts';
import { parseXml, child, textOf } from '../xml.ts';
import { ownTime } from '../time.ts';
import { copyToBase } from './capture.ts';

interface File {
  readonly content: Uint8Array;
  /** Raw files that are made or cloned, and whatever `qemu-img resize` wrote to; not what it converted, nor what was uploaded. */
  readonly flushed: boolean;
}

const GIB = 2 ** 30;
const left = ownTime(5_000);
const isRaw = (xml: string): boolean => xml.includes("type='raw'") || xml.includes('type="raw"');
const nameIn = (xml: string): string => textOf(child(parseXml('volume', xml), 'name'));

function host({ full = false } = {}) {
  const files = new Map<string, File>([['disk', { content: Buffer.from('disk'), flushed: true }]]);
  const refused = new LibvirtError(
    { code: ErrorCode.INVALID_ARG, domain: 18, level: 2, message: "can't shrink capacity below existing allocation", int1: 0, int2: 0 },
    'storage_vol_resize',
  );
  const gone = new LibvirtError({ code: ErrorCode.NO_STORAGE_VOL, domain: 18, level: 2, message: 'gone', int1: 0, int2: 0 }, 'x');
  const put = (name: string, content: Uint8Array, flushed: boolean): StorageVolume => {
    files.set(name, { content, flushed });
    return { pool: 'p', name, key: name };
  };
  const contentOf = ({ name }: StorageVolume): Uint8Array => {
    const file = files.get(name);
    if (file === undefined) throw gone;
    return file.content;
  };
  const client = {
    domains: { list: async () => [] },
    pools: {
      lookupByName: async (name: string) => ({ name, uuid: name }),
      xml: async () => `<pool type='dir'><target><path>/pools/p</path></target></pool>`,
      refresh: async () => undefined,
      info: async () => ({ state: 2, capacityBytes: 100 * GIB, allocationBytes: 0, availableBytes: 50 * GIB }),
    },
    volumes: {
      list: async () => [...files.keys()].map((name) => ({ name })),
      lookupByName: async (_: unknown, name: string) => (files.has(name) ? { pool: 'p', name, key: name } : undefined),
      info: async () => ({ type: 0, capacityBytes: 4, allocationBytes: 4 }),
      xml: async (volume: StorageVolume) => {
        const { length } = contentOf(volume);
        return `<volume><capacity unit='bytes'>4</capacity><physical unit='bytes'>${length}</physical><target><format type='qcow2'/></target></volume>`;
      },
      create: async (_: unknown, xml: string) => put(nameIn(xml), Buffer.alloc(0), true),
      createFrom: async (_: unknown, xml: string, source: StorageVolume) => put(nameIn(xml), contentOf(source), isRaw(xml)),
      upload: async (volume: StorageVolume, content: AsyncIterable<Uint8Array>) => {
        for await (const piece of content) put(volume.name, piece, false);
      },
      resize: async (volume: StorageVolume) => {
        if (full) throw refused;
        put(volume.name, contentOf(volume), true);
      },
      download: async function* (volume: StorageVolume) {
        await Promise.resolve();
        // Of a qcow2 file nothing but its header is looked at.
        yield volume.name === 'copy' ? QCOW2 : contentOf(volume);
      },
      delete: async ({ name }: StorageVolume) => {
        if (!files.delete(name)) throw gone;
      },
    },
  } as unknown as LibvirtClient;
  const pools = new Pools(client);
  return { files, on: { client, pools, bases: new Bases(client, pools) } };
}

/** Version 3, no backing file, no features. */
const QCOW2 = (() => {
  const header = Buffer.alloc(512);
  header.write('QFI\xfb', 0, 'latin1');
  header.writeUInt32BE(3, 4);
  header.writeUInt32BE(16, 20);
  header.writeBigUInt64BE(4n, 24);
  header.writeUInt32BE(104, 100);
  return header;
})();

const copy = { disk: { pool: 'p', name: 'disk' }, pool: 'p', key: 'copy' };

test('a copy that is told done is there after a power cut', async () => {
  const { files, on } = host();
  await copyToBase(on, copy, left);
  expect([...files].map(([name, { flushed }]) => `${name} ${flushed ? 'flushed' : 'lost'}`).toSorted()).toEqual([
    'copy flushed',
    'copy.ok flushed',
    'disk flushed',
  ]);
  for (const [name, { flushed }] of files) if (!flushed) files.delete(name);
  const again = new Bases(on.client, new Pools(on.client));
  expect(await again.find('p', 'copy', left)).toMatchObject({ key: 'copy', format: 'qcow2' });
});

test('one of a disk that was written from end to end, which libvirt does not resize, is told done as well', async () => {
  const { files, on } = host({ full: true });
  await copyToBase(on, copy, left);
  expect([files.get('copy')?.flushed, files.get('copy.ok')?.flushed]).toEqual([false, true]);
});

test('what was cut off while its marker was made is no base, and goes with it', async () => {
  const { files, on } = host();
  files.set('copy', { content: Buffer.from('disk'), flushed: true });
  files.set('copy.ok.new', { content: Buffer.from('{}'), flushed: false });
  const seen = [await on.bases.find('p', 'copy', left), await on.bases.list('p', 'copy', left)];
  expect(seen).toEqual([undefined, ['copy']]);
  await on.bases.delete('p', 'copy', left);
  expect([...files.keys()]).toEqual(['disk']);
});

test('what its marker was made from goes with the next one who wants the copy, where it was cut off before it went', async () => {
  const { files, on } = host();
  await copyToBase(on, copy, left);
  files.set('copy.ok.new', { content: Buffer.from('{}'), flushed: false });
  const again = new Bases(on.client, new Pools(on.client));
  expect(await copyToBase({ ...on, bases: again }, copy, left)).toMatchObject({ key: 'copy' });
  expect([...files.keys()].toSorted()).toEqual(['copy', 'copy.ok', 'disk']);
});
