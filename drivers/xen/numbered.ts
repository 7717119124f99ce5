/**
 * A value in one of XAPI's maps that is never gone while it changes.
 *
 * XAPI changes maps one key at a time, and a key that is there cannot be written over: it is removed first. A value under one
 * key would be gone for a moment, and for good if we were cut off then. So every change takes a key with a higher number, and
 * the one before is removed after that; the highest number that can be read counts.
 */

export type StringMap = Readonly<Record<string, string>>;

/** What to do to a map, in this order. */
export interface MapChange {
  readonly add: readonly (readonly [key: string, value: string])[];
  readonly remove: readonly string[];
}

const NUMBER = /^\d{1,9}$/;

/** For a new map. */
export const firstEntry = (prefix: string, value: string): StringMap => ({ [`${prefix}1`]: value });

/** The latest that `read` makes something of. */
export function latest<T>(map: StringMap, prefix: string, read: (value: string) => T | undefined): T | undefined {
  for (const key of keysOf(map, prefix).toReversed()) {
    const value = read(map[key] ?? '');
    if (value !== undefined) return value;
  }
  return undefined;
}

export function changeTo(map: StringMap, prefix: string, value: string): MapChange {
  const keys = keysOf(map, prefix);
  return { add: [[`${prefix}${numberOf(keys.at(-1), prefix) + 1}`, value]], remove: keys };
}

/** In the order of their numbers. */
function keysOf(map: StringMap, prefix: string): readonly string[] {
  const keys = Object.keys(map).filter((key) => key.startsWith(prefix) && NUMBER.test(key.slice(prefix.length)));
  return keys.toSorted((a, b) => numberOf(a, prefix) - numberOf(b, prefix));
}

const numberOf = (key: string | undefined, prefix: string): number => (key === undefined ? 0 : Number(key.slice(prefix.length)));

/** Anybody may have written anything there. */
export function parseRecord(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
