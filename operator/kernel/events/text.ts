/** Fitting text into what the API takes. */

/** Cuts at a character, so that the text stays within `maxBytes` of UTF-8. */
export function cutBytes(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const ellipsis = '...';
  let end = maxBytes - ellipsis.length;
  const bytes = Buffer.from(text);
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end) + ellipsis;
}

const MAX_NAME = 253;

/** Name of an event: the object's, cut where it is too long, and something that makes it unique. */
export function eventName(objectName: string, unique: string): string {
  const kept = objectName.slice(0, MAX_NAME - unique.length - 1).replace(/[-.]+$/, '');
  return `${kept}.${unique}`;
}
