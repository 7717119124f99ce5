/**
 * Durations as Go and Kubernetes write them: `30s`, `10m`, `1h30m`, `250ms`, `0s`, `0`. Never negative, nothing below a
 * millisecond. What the CRDs accept and what this parser accepts is the same pattern.
 */

/** Longest accepted text. */
export const DURATION_MAX_LENGTH = 32;
export const DURATION_PATTERN = '^(0|([0-9]{1,9}(\\.[0-9]{1,3})?(ms|s|m|h))+)$';
const DURATION = new RegExp(DURATION_PATTERN);
const PART = /([0-9.]+)(ms|s|m|h)/g;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Milliseconds, rounded. Throws a `RangeError` that names the text when it is not a duration. */
export function parseDuration(text: string): number {
  if (text.length > DURATION_MAX_LENGTH || !DURATION.test(text)) throw new RangeError(`not a duration: ${JSON.stringify(text)}`);
  let milliseconds = 0;
  for (const [, digits = '0', unit = ''] of text.matchAll(PART)) milliseconds += Number(digits) * (UNITS[unit] ?? Number.NaN);
  return Math.round(milliseconds);
}

/** As Go prints it, without parts that are nothing: `90000` is `1m30s`, `0` is `0s`. Takes whole milliseconds. */
export function formatDuration(milliseconds: number): string {
  if (!Number.isSafeInteger(milliseconds) || milliseconds < 0)
    throw new RangeError(`not a duration in whole milliseconds: ${milliseconds}`);
  const parts: string[] = [];
  let rest = milliseconds;
  for (const unit of ['h', 'm', 's', 'ms']) {
    const size = UNITS[unit] ?? 1;
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * size;
  }
  return parts.join('') || '0s';
}
