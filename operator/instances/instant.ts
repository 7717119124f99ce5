/** RFC 3339 with milliseconds: moments that are computed with must not lose the part of a second. */
export const instant = (epochMs: number): string => new Date(epochMs).toISOString();
