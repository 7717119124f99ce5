const NONE: readonly string[] = Object.freeze([]);

/** Each value once, in its order: what an index takes. Asked of every change, and of most objects there is none or one. */
export function distinct(values: readonly string[]): readonly string[] {
  if (values.length === 0) return NONE;
  return values.length === 1 ? values : [...new Set(values)];
}
