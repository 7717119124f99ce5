/** Who waits for a watch to show a version: versions of our own writes, each of which is an event of the watch sooner or later. */
import { compareVersions } from './version.ts';

export class Sightings {
  private readonly waiting = new Map<string, PromiseWithResolvers<void>>();

  of(version: string): Promise<void> {
    let entry = this.waiting.get(version);
    if (entry === undefined) this.waiting.set(version, (entry = Promise.withResolvers<void>()));
    return entry.promise;
  }

  /** An event of exactly that version. */
  saw(version: string): void {
    const entry = this.waiting.get(version);
    if (entry === undefined) return;
    this.waiting.delete(version);
    entry.resolve();
  }

  /** Everything up to that version was seen, or will never be shown by itself: a list, or a bookmark. */
  cameTo(version: string): void {
    for (const [waited, { resolve }] of this.waiting) {
      if ((compareVersions(waited, version) ?? 0) > 0) continue;
      this.waiting.delete(waited);
      resolve();
    }
  }
}
