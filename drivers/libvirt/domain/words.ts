/** Our words for libvirt's, by a table that has them the other way round. */

/** Somebody else's word is left as it is: it equals none of ours. */
export function wordFor(words: Readonly<Record<string, string>>, theirs: string): string {
  return Object.entries(words).find(([, text]) => text === theirs)?.[0] ?? theirs;
}
