/**
 * Kubernetes quantities of whole things: bytes, or counts. `16Mi`, `1.5Gi`, `2G`, `0`, `4`.
 *
 * A subset of apimachinery's `resource.Quantity`: never negative, no milli units and no exponents, because a fraction of
 * a byte is always a mistake. Whatever the CRDs accept, this parser accepts: both use the same pattern.
 */

/** A quantity as users write it: a string with a unit, or a bare whole number. */
export type Quantity = string | number;

const BINARY_UNITS = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50 } as const;
const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, ...BINARY_UNITS };

/** Longest text that the CRDs accept. */
export const QUANTITY_MAX_LENGTH = 20;
export const QUANTITY_PATTERN = '^[0-9]{1,16}(\\.[0-9]{1,3})?(k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$';
const QUANTITY = new RegExp(QUANTITY_PATTERN);

/**
 * The quantity as a whole number. A fraction left over is rounded up, and what is too large to be counted exactly is the
 * largest number that is not (8 PiB): as apimachinery does. Throws a `RangeError` that names what is not a quantity.
 */
export function parseQuantity(quantity: Quantity): number {
  const value = typeof quantity === 'number' ? quantity : parseText(quantity);
  if (!Number.isInteger(value) || value < 0) throw new RangeError(`not a quantity: ${JSON.stringify(quantity)}`);
  return Math.min(value, Number.MAX_SAFE_INTEGER);
}

function parseText(text: string): number {
  if (!QUANTITY.test(text)) throw new RangeError(`not a quantity: ${JSON.stringify(text)}`);
  const unit = text.replace(/^[0-9.]+/, '');
  const digits = text.slice(0, text.length - unit.length);
  const [whole = '0', decimals = ''] = digits.split('.');
  // Counted exactly in thousandths, so that 0.1Ki is 103 and 0.401Pi, whose thousandths no number holds, is whole.
  const thousandths = BigInt(whole + decimals.padEnd(3, '0')) * BigInt(UNITS[unit] ?? 0);
  return Number((thousandths + 999n) / 1000n);
}

/** The shortest text that parses back to exactly this whole number: binary units where they divide it, else plain bytes. */
export function formatQuantity(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a whole number: ${value}`);
  const best = Object.entries(BINARY_UNITS).findLast(([, factor]) => value !== 0 && value % factor === 0);
  return best === undefined ? String(value) : `${value / best[1]}${best[0]}`;
}
