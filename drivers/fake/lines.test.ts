import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { LineReader, LineTooLongError, LineWriter } from './lines.ts';

const line = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replaceAll('\n', ''));

test('lines come out as they were sent, however the bytes were cut', () => {
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
      const reader = new LineReader(1_000);
      const read: string[] = [];
      for (let at = 0, cut = 0; at < bytes.length; cut++) {
        const end = at + (cuts[cut % cuts.length] ?? 1);
        read.push(...reader.push(bytes.subarray(at, end)));
        at = end;
      }
      expect(read).toEqual(lines);
    }),
  );
});

test('a line that never ends is refused before it fills the memory', () => {
  const reader = new LineReader(100);
  reader.push(Buffer.from('x'.repeat(60)));
  expect(() => reader.push(Buffer.from('x'.repeat(60)))).toThrow(LineTooLongError);
});

test('what is said in one turn is one write', async () => {
  const socket = new PassThrough();
  const writes: string[] = [];
  socket.on('data', (chunk: Buffer) => writes.push(chunk.toString()));
  const writer = new LineWriter(socket);
  writer.send({ a: 1 });
  writer.send({ b: 'two\nlines' });
  expect(writes).toEqual([]);
  await turn();
  await turn();
  expect(writes).toEqual(['{"a":1}\n{"b":"two\\nlines"}\n']);
});
