import { expect, test } from '@jest/globals';
import { captureEnded } from './capture.ts';

test.each([
  ['Cannot write to disk: No space left on device', 'InsufficientCapacity/OutOfSpace'],
  ['Input/output error', 'Transient/CaptureEnded'],
  [undefined, 'Transient/CaptureEnded'],
])('a copy that ended with %j', (words, expected) => {
  const { label, reason, message } = captureEnded(words);
  expect(`${label}/${reason}`).toBe(expected);
  expect(message).toContain(words ?? 'was ended');
});
