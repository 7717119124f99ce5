import { expect, test } from '@jest/globals';
import { startTimeOf } from './processes.ts';

/** proc(5): state is field 3, num_threads field 20, starttime field 22. */
const stat = (state: string, threads: number, command = 'kube-apiserver') =>
  `4711 (${command}) ${state} 1 4711 4711 0 -1 4194560 0 0 0 0 12 3 0 0 20 0 ${threads} 0 987654 0 0 18446744073709551615\n`;

test.each([
  { what: 'sleeping', line: stat('S', 9), startTime: '987654' },
  { what: 'a first thread that ended before the others', line: stat('Z', 3), startTime: '987654' },
  { what: 'ended, not yet reaped', line: stat('Z', 1), startTime: undefined },
  { what: 'dead', line: stat('X', 1), startTime: undefined },
  { what: 'a command with parentheses and spaces', line: stat('R', 1, 'a) Z (b'), startTime: '987654' },
])('$what', ({ line, startTime }) => {
  expect(startTimeOf(line)).toBe(startTime);
});
