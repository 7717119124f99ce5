/** When to look again at the latest, where some change is expected to wake us before. */

/** A silent host that is looked at again wakes us, but not one without a session that is fenced or turns out to be another. */
export const SILENT_AGAIN_MS = 30_000;
