/** Volumes in the words of the planners: what the machine has of them, and what keeps one from being plugged in. */

export interface VolumeFacts {
  /** Name of the volume within the instance. */
  readonly name: string;
  /** The spec asks for this very disk under this name. */
  readonly wanted: boolean;
  /** Whether the machine has it. `Partly`: in its definition or as it runs, and not where else it should be. `Unread`: its definition would tell. */
  readonly plugged: 'No' | 'Partly' | 'Yes' | 'Unread';
  /** What is due with it was tried before. */
  readonly tried: boolean;
  /** What keeps it from being plugged in; undefined: nothing. */
  readonly hindrance: Hindrance | undefined;
}

export interface Hindrance {
  /** `Missing`: nobody made the object yet; `Coming`: it ends by itself; `Bad`: it may last. */
  readonly kind: 'Missing' | 'Coming' | 'Bad';
  readonly reason: string;
  /** What the wait ends with, for people. */
  readonly until: string;
}
