/**
 * Names that two checkouts, or the demo and the tests of one, never share: they hold a hash of the directory.
 */
import { createHash } from 'node:crypto';

/** Eight hexadecimal digits: short enough for a network device, long enough not to collide on one machine. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** A UUID that is always the same for the same text. */
export function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
