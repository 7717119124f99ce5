/** What a pass over one key ends with. */
export interface Result {
  /** Look again after this. Absent: when something changes. 0: at once, behind what waits already. */
  readonly requeueAfterMs?: number;
}

/** Nothing to come back for. */
export const DONE: Result = Object.freeze({});

export const requeueAfter = (ms: number): Result => ({ requeueAfterMs: ms });

/** A failure that trying again cannot mend: logged and counted, not retried until something changes. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}
