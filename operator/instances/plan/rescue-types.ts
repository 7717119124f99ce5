/** The words of the planners for a rescue: what is asked for, what status recorded, and why it is over. */

export interface AskedRescue {
  readonly imageName: string;
  /** From the first start of the rescue system; undefined: without end. */
  readonly timeoutMs: number | undefined;
}

export interface RecordedRescue {
  readonly imageName: string;
  /** When the rescue system was first seen running. */
  readonly startedAt: number | undefined;
  /** It is over. */
  readonly ended: RescueEnd | undefined;
}

/** `TimedOut`, or what kept it from being done. */
export interface RescueEnd {
  readonly reason: string;
  readonly message: string;
}
