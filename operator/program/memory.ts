/**
 * How much memory the operator takes beyond what it uses. By default V8 lets the old generation of a heap that grows fast
 * come to several times what lives in it, and gives it back only when something is allocated again, which an operator at
 * rest hardly does. It may not be set in NODE_OPTIONS, hence here; V8 reads it after each collection.
 */
import { setFlagsFromString } from 'node:v8';

/** The old generation is collected when it is this much larger than what lived at the last collection. */
const HEAP_GROWING_PERCENT = 100;
export const HEAP_FLAG = `--heap-growing-percent=${HEAP_GROWING_PERCENT}`;

export function limitHeapGrowth(): void {
  setFlagsFromString(HEAP_FLAG);
}
