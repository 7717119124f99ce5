import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { inMessages } from './packer.ts';

async function* inPieces(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

test('content comes out whole and in order, in full messages and a last one, however it was cut', async () => {
  const cut = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(cut, fc.integer({ min: 1, max: 30 }), async (pieces, size) => {
      const messages: Buffer[] = [];
      for await (const message of inMessages(inPieces(pieces), size)) messages.push(Buffer.concat(message));
      expect(Buffer.concat(messages)).toEqual(Buffer.concat(pieces));
      expect(messages.slice(0, -1).every(({ length }) => length === size)).toBe(true);
      expect(messages.every(({ length }) => length > 0 && length <= size)).toBe(true);
    }),
  );
});

test('a source that fails fails it, and one that is left is told', async () => {
  let told = false;
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      yield new Uint8Array(8);
      throw new Error('gone');
    } finally {
      told = true;
    }
  }
  const read = async (): Promise<void> => {
    for await (const _ of inMessages(source(), 100));
  };
  await expect(read()).rejects.toThrow('gone');
  told = false;
  for await (const _ of inMessages(source(), 4)) break;
  expect(told).toBe(true);
});
