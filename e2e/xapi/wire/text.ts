/** A value that is known to be text, say a reference; anything else is no text at all. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
