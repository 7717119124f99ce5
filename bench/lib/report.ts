/**
 * What a benchmark prints and keeps: one row a measure, with the figure, the target, and what it is compared with. A table
 * for people, JSON below `.hostler/bench/` for whoever draws curves.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stateDir } from '../../e2e/environment/paths.ts';

export interface Measure {
  readonly name: string;
  readonly value: number;
  /** `ms`, `us`, `MB`, `x` (a ratio), `writes`, ... */
  readonly unit: string;
  /** What is to be reached: at most this, unless `atLeast`. */
  readonly target?: number;
  readonly atLeast?: boolean;
  /** How it was measured, in a few words. */
  readonly note?: string;
}

/** Prints the table and writes `.hostler/bench/<bench>.json`. Never fails on a missed target: machines differ, people judge. */
export function report(bench: string, measures: readonly Measure[]): void {
  const rows = measures.map((measure) => [
    measure.name,
    `${shown(measure.value)} ${measure.unit}`,
    target(measure),
    verdict(measure),
    measure.note ?? '',
  ]);
  printTable([['measure', 'measured', 'target', '', 'how'], ...rows]);
  const dir = join(stateDir, 'bench');
  mkdirSync(dir, { recursive: true });
  const file = join(dir, `${bench}.json`);
  writeFileSync(file, `${JSON.stringify({ bench, at: new Date().toISOString(), node: process.version, measures }, undefined, 2)}\n`);
  process.stdout.write(`written to ${file}\n`);
}

function target({ target, atLeast, unit }: Measure): string {
  return target === undefined ? '' : `${atLeast === true ? '>=' : '<='} ${shown(target)} ${unit}`;
}

function verdict({ target, atLeast, value }: Measure): string {
  if (target === undefined) return '';
  return (atLeast === true ? value >= target : value <= target) ? 'reached' : 'MISSED';
}

const shown = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2).replace(/\.?0+$/, ''));

function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows)
    process.stdout.write(
      `${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    );
}
