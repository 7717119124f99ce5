/** States of a domain, and the reasons for each; the keys are libvirt's names without their prefix. */

/** What a domain is doing (`virDomainState`). */
export const DomainState = {
  NOSTATE: 0,
  RUNNING: 1,
  BLOCKED: 2,
  PAUSED: 3,
  SHUTDOWN: 4,
  SHUTOFF: 5,
  CRASHED: 6,
  PMSUSPENDED: 7,
} as const;

/** Why it is in no state (`virDomainNostateReason`). */
export const DomainNostateReason = {
  UNKNOWN: 0,
} as const;

/** Why it is running (`virDomainRunningReason`). */
export const DomainRunningReason = {
  UNKNOWN: 0,
  BOOTED: 1,
  MIGRATED: 2,
  RESTORED: 3,
  FROM_SNAPSHOT: 4,
  UNPAUSED: 5,
  MIGRATION_CANCELED: 6,
  SAVE_CANCELED: 7,
  WAKEUP: 8,
  CRASHED: 9,
  POSTCOPY: 10,
  POSTCOPY_FAILED: 11,
} as const;

/** Why it is blocked (`virDomainBlockedReason`). */
export const DomainBlockedReason = {
  UNKNOWN: 0,
} as const;

/** Why it is paused (`virDomainPausedReason`). */
export const DomainPausedReason = {
  UNKNOWN: 0,
  USER: 1,
  MIGRATION: 2,
  SAVE: 3,
  DUMP: 4,
  IOERROR: 5,
  WATCHDOG: 6,
  FROM_SNAPSHOT: 7,
  SHUTTING_DOWN: 8,
  SNAPSHOT: 9,
  CRASHED: 10,
  STARTING_UP: 11,
  POSTCOPY: 12,
  POSTCOPY_FAILED: 13,
} as const;

/** Why it is shutting down (`virDomainShutdownReason`). */
export const DomainShutdownReason = {
  UNKNOWN: 0,
  USER: 1,
} as const;

/** Why it is off (`virDomainShutoffReason`). */
export const DomainShutoffReason = {
  UNKNOWN: 0,
  SHUTDOWN: 1,
  DESTROYED: 2,
  CRASHED: 3,
  MIGRATED: 4,
  SAVED: 5,
  FAILED: 6,
  FROM_SNAPSHOT: 7,
  DAEMON: 8,
} as const;

/** Why it is crashed (`virDomainCrashedReason`). */
export const DomainCrashedReason = {
  UNKNOWN: 0,
  PANICKED: 1,
} as const;

/** Why it is suspended by the guest (`virDomainPMSuspendedReason`). */
export const DomainPMSuspendedReason = {
  UNKNOWN: 0,
} as const;
