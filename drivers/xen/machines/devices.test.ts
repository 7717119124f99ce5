import { expect, test } from '@jest/globals';
import type { MachineDisk } from '../../contract.ts';
import { freeNumbers, numbered } from './devices.ts';

const disk = (role: MachineDisk['role'], label?: string): MachineDisk => ({
  role,
  pool: 'p',
  name: label ?? role,
  ...(label !== undefined && { label }),
});
const numbersOf = (disks: readonly MachineDisk[]) => Object.fromEntries(numbered(disks).map(([{ name }, number]) => [name, number]));

test('what it boots from, swap and the config drive are among the four that every guest sees', () => {
  const disks = [disk('root'), disk('ephemeral', 'a'), disk('ephemeral', 'b'), disk('swap'), disk('config')];
  expect(numbersOf(disks)).toEqual({ root: 0, swap: 2, config: 3, a: 4, b: 5 });
});

test('a machine that is rescued boots from the rescue disk, and has its own beside it', () => {
  expect(numbersOf([disk('root'), disk('config'), disk('rescue')])).toEqual({ rescue: 0, root: 1, config: 3 });
});

test('what is plugged in later takes the next that is free, or keeps what it had', () => {
  const next = freeNumbers(new Set([0, 3, 4]));
  expect([next(), next(7), next(7), next()]).toEqual([5, 7, 6, 8]);
});
