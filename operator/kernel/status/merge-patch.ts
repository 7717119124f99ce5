/** The JSON merge patch (RFC 7386) that turns one value into another: as small as it can be, arrays whole. */
import { isEqualJson, isRecord, type JsonRecord } from './equal.ts';

/** Undefined when nothing differs. A key of value undefined or null in `to` is an absent one, as in any merge patch. */
export function mergePatchOf(from: JsonRecord, to: JsonRecord): JsonRecord | undefined {
  const patch: Record<string, unknown> = {};
  let differs = false;
  const set = (key: string, value: unknown): void => {
    patch[key] = value;
    differs = true;
  };
  for (const [key, wanted] of Object.entries(to)) {
    const found = from[key];
    if (wanted === undefined || wanted === null) {
      if (found !== undefined && found !== null) set(key, null);
    } else if (isRecord(found) && isRecord(wanted)) {
      const inner = mergePatchOf(found, wanted);
      if (inner !== undefined) set(key, inner);
    } else if (!isEqualJson(found, wanted)) set(key, wanted);
  }
  for (const key of Object.keys(from)) if (!(key in to) && from[key] !== undefined) set(key, null);
  return differs ? patch : undefined;
}
