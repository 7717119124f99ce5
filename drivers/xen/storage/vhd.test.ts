import { expect, test } from '@jest/globals';
import { ownTime } from '../time.ts';
import { peeked, virtualSizeOfVhd } from './vhd.ts';

function vhd({ size = 1024n, type = 3, cookie = 'conectix' } = {}): Uint8Array {
  const head = Buffer.alloc(512);
  head.write(cookie, 'latin1');
  head.writeBigUInt64BE(size, 48);
  head.writeUInt32BE(type, 60);
  return head;
}

test('the size of the disk is in the copy of the footer', () => {
  expect(virtualSizeOfVhd(vhd({ size: 10n * 2n ** 30n }))).toBe(10 * 2 ** 30);
});

test.each([
  ['no VHD', vhd({ cookie: 'QFI' })],
  ['one that needs another', vhd({ type: 4 })],
  ['one of fixed size, which has its footer at the end alone', vhd({ type: 2 })],
  ['one that claims everything', vhd({ size: 2n ** 63n })],
  ['an empty one', vhd({ size: 0n })],
  ['half of a beginning', vhd().subarray(0, 100)],
])('%s is refused', (_what, head) => {
  expect(() => virtualSizeOfVhd(head)).toThrow(expect.objectContaining({ label: 'InvalidSpec', reason: 'ImageBroken' }));
});

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

test.each([1, 7, 512, 4096])('what was looked at is not lost, in pieces of %i', async (size) => {
  const bytes = Buffer.from(Array.from({ length: 1300 }, (_, index) => index % 256));
  const { head, whole } = await peeked(inPieces(bytes, size), 512, ownTime(1000));
  expect(head.length).toBeGreaterThanOrEqual(512);
  const pieces: Uint8Array[] = [];
  for await (const piece of whole) pieces.push(piece);
  expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
});

test('a content that ends early is given as it is', async () => {
  const { head } = await peeked(inPieces(Buffer.from('short'), 2), 512, ownTime(1000));
  expect(Buffer.from(head).toString()).toBe('short');
});
