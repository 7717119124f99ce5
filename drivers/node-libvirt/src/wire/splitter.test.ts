import { describe, expect, jest, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ProtocolError } from '../errors.ts';
import { FRAME_MAX_BYTES, FRAME_MIN_BYTES } from './frame.ts';
import { FrameSplitter } from './splitter.ts';

function frameOf(payload: Uint8Array): Buffer {
  const frame = Buffer.alloc(FRAME_MIN_BYTES + payload.length, 0xee);
  frame.writeUInt32BE(frame.length);
  frame.set(payload, FRAME_MIN_BYTES);
  return frame;
}

const frames = fc.array(fc.uint8Array({ maxLength: 200 }).map(frameOf), { minLength: 1, maxLength: 20 });

test('frames come out whole and in order, however they were cut', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }), (sent, cuts) => {
      const got: string[] = [];
      const splitter = new FrameSplitter((frame) => got.push(frame.toString('hex')));
      const bytes = Buffer.concat(sent);
      for (let at = 0, cut = 0; at < bytes.length; cut++) {
        const size = cuts[cut % cuts.length] ?? 1;
        splitter.push(bytes.subarray(at, at + size));
        at += size;
      }
      expect(got).toEqual(sent.map((frame) => frame.toString('hex')));
    }),
  );
});

test('a large frame in many small chunks is put together once', () => {
  const frame = frameOf(new Uint8Array(8 * 1024 * 1024));
  let size = 0;
  const splitter = new FrameSplitter((whole) => (size = whole.length));
  const concat = jest.spyOn(Buffer, 'concat');
  for (let at = 0; at < frame.length; at += 1000) splitter.push(frame.subarray(at, at + 1000));
  const copied = concat.mock.calls.reduce((sum, [_list, length]) => sum + (length ?? 0), 0);
  concat.mockRestore();
  expect(size).toBe(frame.length);
  // The start, until the length is known, and the whole: not one copy for each chunk.
  expect(copied).toBeLessThan(2 * frame.length);
});

test('frames whose chunks lie one behind the other are not copied at all', () => {
  const sent = [1000, 5000, 10].map((length) => frameOf(new Uint8Array(length)));
  const bytes = Buffer.concat(sent);
  const got: Buffer[] = [];
  const splitter = new FrameSplitter((whole) => got.push(whole));
  const concat = jest.spyOn(Buffer, 'concat');
  for (let at = 0; at < bytes.length; at += 300) splitter.push(bytes.subarray(at, at + 300));
  const copies = concat.mock.calls.length;
  concat.mockRestore();
  expect([copies, got.map(({ length }) => length)]).toEqual([0, sent.map(({ length }) => length)]);
  expect(got.every(({ buffer }) => buffer === bytes.buffer)).toBe(true);
});

test('a frame that was begun in another buffer is copied, and none after it', () => {
  const frames = Buffer.alloc(3 * (FRAME_MIN_BYTES + 400), frameOf(new Uint8Array(400)));
  const got: Buffer[] = [];
  const splitter = new FrameSplitter((whole) => got.push(whole));
  splitter.push(Buffer.alloc(100, frames.subarray(0, 100)));
  for (let at = 100; at < frames.length; at += 100) splitter.push(frames.subarray(at, at + 100));
  expect(got.map(({ buffer }) => buffer === frames.buffer)).toEqual([false, true, true]);
});

describe('a length that no frame has', () => {
  test.each([0, 4, FRAME_MIN_BYTES - 1, FRAME_MAX_BYTES + 1, 0xffff_ffff])('%d bytes', (length) => {
    const start = Buffer.alloc(4);
    start.writeUInt32BE(length);
    expect(() => new FrameSplitter(() => {}).push(start)).toThrow(ProtocolError);
  });
});
