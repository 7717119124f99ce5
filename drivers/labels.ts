/** Failures carry a label, and labels - not classes, not messages - drive what happens next. (`Conflict` also says: busy.) */
export const LABELS = [
  'Transient',
  'HostUnreachable',
  'InvalidSpec',
  'NotFound',
  'Conflict',
  'InsufficientCapacity',
  'Unsupported',
  'RolledBack',
  'Unknown',
] as const;
export type Label = (typeof LABELS)[number];

export class DriverError extends Error {
  override readonly name = 'DriverError';
  readonly label: Label;
  /** CamelCase, for conditions, where the label alone would not tell the user enough: `NotOurs`, `InstanceExists`, `ChecksumMismatch`. */
  readonly reason: string;

  /** `message` is for people: what failed, on what, and what to do. `cause` keeps the hypervisor's own words. */
  constructor(label: Label, message: string, options?: { readonly cause?: unknown; readonly reason?: string }) {
    super(message, options);
    this.label = label;
    this.reason = options?.reason ?? label;
  }
}

/** Reason of a disk that takes the host longer than a call: asked again, it goes on. */
export const DISK_BEING_MADE = 'DiskBeingMade';

/** Whether the host is known to be in a state that an undo can act on. An error without a label tells nothing, and what goes on is no failure. */
export function isUndoable(failure: unknown): boolean {
  if (failure instanceof DriverError && failure.reason === DISK_BEING_MADE) return false;
  return failure instanceof DriverError && failure.label !== 'HostUnreachable' && failure.label !== 'Unknown';
}
