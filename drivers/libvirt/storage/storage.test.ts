import { expect, test } from '@jest/globals';
import { DeadlineError } from 'node-libvirt';
import { ownTime, timeOf } from '../time.ts';
import { child, parseXml } from '../xml.ts';
import { bootable, readMarker, writeMarker } from './marker.ts';
import { pathIn, pathsOf, type Pool } from './pools.ts';
import { HEADER_BYTES, refusalOf } from './qcow2.ts';
import { qcow2Volume, rawVolume } from './volumes.ts';
import { Watched } from './watched.ts';

const failureOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

const base = { key: 'base-1', format: 'qcow2', sizeBytes: 10, virtualSizeBytes: 20, sha256: 'ab' } as const;

test('a marker tells what the base is', () => {
  expect(readMarker('base-1', writeMarker(base))).toEqual(base);
});

test.each([
  '',
  '\0'.repeat(120),
  '{',
  'null',
  '[]',
  '{"version":2}',
  '{"version":1,"format":"vhd","sizeBytes":1,"virtualSizeBytes":1,"sha256":"x"}',
])('what is not a whole marker does not count: %j', (content) => {
  expect(readMarker('base-1', new TextEncoder().encode(content))).toBeUndefined();
});

test('a marker that was cut off anywhere does not count', () => {
  const whole = writeMarker(base);
  for (let length = 0; length < whole.length - 1; length += 1) expect(readMarker('base-1', whole.subarray(0, length))).toBeUndefined();
});

test('formats that QEMU does not boot from are unsupported', () => {
  expect(failureOf(() => bootable('vhd'))).toMatchObject({ label: 'Unsupported' });
});

const pool = { path: '/pool' } as Pool;
test.each(['', '.', '..', '../x', '/etc/passwd', 'a/b'])('the name %j lies in no pool', (name) => {
  expect(failureOf(() => pathIn(pool, name))).toMatchObject({ label: 'InvalidSpec' });
});

test.each([
  ['a file', { path: '/pool', devices: '', target: '', ref: { name: 'fast' } }, 'a', ['/pool/a', 'fast/a']],
  [
    'a logical volume',
    { path: 'lvm', devices: '/dev/vg0', target: '', ref: { name: 'lvm' } },
    'a',
    ['lvm/a', '/dev/vg0/a', '/dev/mapper/vg0-a'],
  ],
  ['an image of Ceph', { path: 'rbd:vms', devices: '', target: '', ref: { name: 'ceph' } }, 'a', ['rbd:vms/a', 'ceph/a']],
  ['a unit', { path: 'san', devices: '', target: 'iqn.x:t', ref: { name: 'san' } }, 'unit:0:0:7', ['san/unit:0:0:7', 'iscsi:iqn.x:t/7']],
])('who has %s may call it by its path, by its pool, or by what is beneath that', (_, of, name, paths) => {
  expect([...pathsOf(of as Pool, name)]).toEqual(paths);
});

test('an overlay names its base and the format of it; a blank disk names none', () => {
  const overlay = parseXml('volume', qcow2Volume('x', 1024, { path: '/pool/base', format: 'raw' }));
  expect(child(overlay, 'backingStore')).toEqual({ path: ['/pool/base'], format: [{ '@type': 'raw' }] });
  expect(child(parseXml('volume', qcow2Volume('x', 1024, undefined)), 'backingStore')).toBeUndefined();
  expect(child(parseXml('volume', rawVolume('x<y', 7)), 'capacity')).toEqual({ '@unit': 'bytes', '#text': '7' });
});

async function* hanging(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(3);
  await new Promise(() => undefined);
}
async function drain(content: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of content) void chunk;
}

test('content that hangs is given up when the time is over, or at an abort', async () => {
  await expect(drain(new Watched(hanging(), ownTime(20)))).rejects.toBeInstanceOf(DeadlineError);
  const abort = new AbortController();
  const watched = new Watched(hanging(), timeOf({ signal: abort.signal, timeoutMs: 60_000 }));
  const drained = drain(watched);
  abort.abort(new Error('enough'));
  await expect(drained).rejects.toThrow('enough');
});

async function* failing(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(3);
  throw new Error('checksum');
}

test('content is counted, and its own failure is passed on', async () => {
  const watched = new Watched(failing(), ownTime(1000));
  await expect(drain(watched)).rejects.toThrow('checksum');
  expect(watched.bytes).toBe(3);
});

function header({ magic = 0x51_46_49_fb, version = 3, backing = 0n, features = 0n }): Uint8Array {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES));
  view.setUint32(0, magic);
  view.setUint32(4, version);
  view.setBigUint64(8, backing);
  view.setBigUint64(72, features);
  return new Uint8Array(view.buffer);
}

test.each`
  what                                  | file                                    | expected
  ${'a file that stands alone'}         | ${header({})}                           | ${undefined}
  ${'one with dirty bits'}              | ${header({ features: 3n })}             | ${undefined}
  ${'a backing file'}                   | ${header({ backing: 0x128n })}          | ${'HasBackingFile'}
  ${'external data'}                    | ${header({ features: 4n })}             | ${'HasExternalData'}
  ${'version 2, which has no features'} | ${header({ version: 2, features: 4n })} | ${undefined}
  ${'something else'}                   | ${header({ magic: 0 })}                 | ${'NotQcow2'}
  ${'a file that is too short'}         | ${header({}).subarray(0, 50)}           | ${'NotQcow2'}
`('$what -> $expected', ({ file, expected }) => {
  expect(refusalOf(file as Uint8Array)).toBe(expected);
});
