/** Values as they are written on a command line: each parser returns the value or throws a sentence that says what is wanted. */
import { isIP } from 'node:net';

/** A flag that cannot be used as it was given. The message names the flag. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Go's notation (`10s`, `1m30s`, `250ms`) in milliseconds. */
export function parseDurationMs(flag: string, text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text) {
    throw new UsageError(`--${flag} wants a duration such as 10s or 1m30s, not "${text}"`);
  }
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (UNIT_MS[unit ?? ''] ?? 0), 0);
}

/** `host:port`; an empty host (`:8080`) means every address, IPv6 is bracketed, and `0` as a whole (undefined) means: not served. */
export function parseAddress(flag: string, text: string): string | undefined {
  if (text === '0') return undefined;
  const match = /^(?:\[[0-9a-fA-F:.]+\]|[^:[\]]*):(\d{1,5})$/.exec(text);
  if (match === null || Number(match[1]) > 65_535) throw new UsageError(`--${flag} wants host:port, or 0 for none, not "${text}"`);
  return text;
}

/** A comma-separated list; empty text is an empty list. */
export const parseList = (text: string): readonly string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** Addresses in CIDR notation; a bare address means that one. */
export function parseCidrs(flag: string, text: string): readonly string[] {
  return parseList(text).map((item) => {
    const [address = '', prefix, ...rest] = item.split('/');
    const family = isIP(address);
    const longest = family === 6 ? 128 : 32;
    const length = prefix === undefined ? longest : Number(prefix);
    if (family === 0 || rest.length > 0 || prefix === '' || !Number.isInteger(length) || length < 0 || length > longest) {
      throw new UsageError(`--${flag} wants networks such as 10.0.0.0/8 or fd00::/8, separated by commas, not "${item}"`);
    }
    return `${address}/${length}`;
  });
}

export function parseOneOf<const T extends readonly string[]>(flag: string, text: string, values: T): T[number] {
  const found = values.find((value) => value === text);
  if (found === undefined) throw new UsageError(`--${flag} is one of ${values.join(', ')}, not "${text}"`);
  return found;
}

export function parsePositiveInteger(flag: string, text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value === 0 || !Number.isSafeInteger(value))
    throw new UsageError(`--${flag} wants a whole number above 0, not "${text}"`);
  return value;
}
