import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { consoleText } from './console-text.ts';

const tail = (content: string | Uint8Array, truncated = false) => ({ content: Buffer.from(content), truncated });

test.each([
  ['lines of a terminal', 'a\r\nb\r\n', 'a\nb\n'],
  ['a line that is written over', '10%\r20%\r\r\n', '10%\n20%\n'],
  ['colours', '\u001B[1;32mok\u001B[0m\n', 'ok\n'],
  ['movements of the cursor', '\u001B[2J\u001B[12;1Hlogin: \u001B[?25l\u001B7\u001B(B', 'login: '],
  ['the title of a window', 'a\u001B]0;rm -rf /\u0007b\u001B]2;x\u001B\\c', 'abc'],
  ['what a terminal would answer', '\u001B[c\u0005\u009B6n', '6n'],
  ['control characters', 'a\u0000\u0007\u0008b\tc\u007F', 'ab\tc'],
  ['other scripts', 'Grüße, 世界', 'Grüße, 世界'],
  ['what is no UTF-8', Buffer.from([0x61, 0xff, 0x62]), 'a\uFFFDb'],
])('%s', (_, printed, expected) => {
  expect(consoleText(tail(printed))).toEqual({ text: expected });
});

test('a character that was cut through at the beginning is left out', () => {
  expect(consoleText(tail(Buffer.from('世界').subarray(1), true))).toEqual({ text: '界', truncated: true });
});

test.each([
  [1, 'c\n'],
  [2, 'b\nc\n'],
  [3, 'a\nb\nc\n'],
  [9, 'a\nb\nc\n'],
])('the last %d lines', (lines, expected) => {
  expect(consoleText(tail('a\nb\nc\n'), { lines })).toEqual({ text: expected, ...(lines < 3 ? { truncated: true } : {}) });
});

test('a line that is not ended yet is one', () => {
  expect(consoleText(tail('a\nlogin: '), { lines: 1 })).toEqual({ text: 'login: ', truncated: true });
});

test('whatever a guest prints is no longer than it was, and nothing that a terminal would obey', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (content, truncated) => {
      const { text } = consoleText({ content, truncated });
      expect(text.length).toBeLessThanOrEqual(content.length);
      expect(text).not.toMatch(/[^\P{Cc}\n\t]/u);
    }),
  );
});
