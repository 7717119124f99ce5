import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { packed, unpacked } from './packed.ts';

test('whatever is packed comes out again', () => {
  const block = fc.oneof(
    fc.constant(new Uint8Array(512)),
    fc.uint8Array({ minLength: 0, maxLength: 1_200 }),
    fc.integer({ min: 0, max: 1_500 }).map((length) => new Uint8Array(length)),
  );
  fc.assert(
    fc.property(fc.array(block, { maxLength: 8 }), (blocks) => {
      const content = Buffer.concat(blocks);
      expect(Buffer.from(unpacked(packed(content))).equals(content)).toBe(true);
    }),
  );
});

test('a part of a larger buffer is packed by itself', () => {
  const whole = Buffer.from('before, content, after');
  expect(Buffer.from(unpacked(packed(whole.subarray(8, 15)))).toString()).toBe('content');
});

test('zeros take no room', () => {
  const drive = new Uint8Array(1024 * 1024);
  drive.set(Buffer.from('#cloud-config'), 700_000);
  expect(packed(drive).length).toBeLessThan(1_000);
});
