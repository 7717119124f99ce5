/** Numbers in events; the keys are libvirt's names without their prefix. */

/** What happened to a domain (`virDomainEventType`). */
export const DomainEventType = {
  DEFINED: 0,
  UNDEFINED: 1,
  STARTED: 2,
  SUSPENDED: 3,
  RESUMED: 4,
  STOPPED: 5,
  SHUTDOWN: 6,
  PMSUSPENDED: 7,
  CRASHED: 8,
} as const;

/** How it was defined (`virDomainEventDefinedDetailType`). */
export const DomainEventDefinedDetail = {
  ADDED: 0,
  UPDATED: 1,
  RENAMED: 2,
  FROM_SNAPSHOT: 3,
} as const;

/** How it was undefined (`virDomainEventUndefinedDetailType`). */
export const DomainEventUndefinedDetail = {
  REMOVED: 0,
  RENAMED: 1,
} as const;

/** How it was started (`virDomainEventStartedDetailType`). */
export const DomainEventStartedDetail = {
  BOOTED: 0,
  MIGRATED: 1,
  RESTORED: 2,
  FROM_SNAPSHOT: 3,
  WAKEUP: 4,
} as const;

/** How it was suspended (`virDomainEventSuspendedDetailType`). */
export const DomainEventSuspendedDetail = {
  PAUSED: 0,
  MIGRATED: 1,
  IOERROR: 2,
  WATCHDOG: 3,
  RESTORED: 4,
  FROM_SNAPSHOT: 5,
  API_ERROR: 6,
  POSTCOPY: 7,
  POSTCOPY_FAILED: 8,
} as const;

/** How it was resumed (`virDomainEventResumedDetailType`). */
export const DomainEventResumedDetail = {
  UNPAUSED: 0,
  MIGRATED: 1,
  FROM_SNAPSHOT: 2,
  POSTCOPY: 3,
  POSTCOPY_FAILED: 4,
} as const;

/** How it was stopped (`virDomainEventStoppedDetailType`). */
export const DomainEventStoppedDetail = {
  SHUTDOWN: 0,
  DESTROYED: 1,
  CRASHED: 2,
  MIGRATED: 3,
  SAVED: 4,
  FAILED: 5,
  FROM_SNAPSHOT: 6,
} as const;

/** How it was shut down (`virDomainEventShutdownDetailType`). */
export const DomainEventShutdownDetail = {
  FINISHED: 0,
  GUEST: 1,
  HOST: 2,
} as const;

/** How it was suspended by the guest (`virDomainEventPMSuspendedDetailType`). */
export const DomainEventPMSuspendedDetail = {
  MEMORY: 0,
  DISK: 1,
} as const;

/** How it was crashed (`virDomainEventCrashedDetailType`). */
export const DomainEventCrashedDetail = {
  PANICKED: 0,
  CRASHLOADED: 1,
} as const;

/** What a fired watchdog did (`virDomainEventWatchdogAction`). */
export const DomainWatchdogAction = {
  NONE: 0,
  PAUSE: 1,
  RESET: 2,
  POWEROFF: 3,
  SHUTDOWN: 4,
  DEBUG: 5,
  INJECTNMI: 6,
} as const;

/** What followed an I/O error (`virDomainEventIOErrorAction`). */
export const DomainIoErrorAction = {
  NONE: 0,
  PAUSE: 1,
  REPORT: 2,
} as const;

/** Whether the guest agent is there (`virConnectDomainEventAgentLifecycleState`). */
export const AgentLifecycleState = {
  CONNECTED: 1,
  DISCONNECTED: 2,
} as const;

/** Why it came or went (`virConnectDomainEventAgentLifecycleReason`). */
export const AgentLifecycleReason = {
  UNKNOWN: 0,
  DOMAIN_STARTED: 1,
  CHANNEL: 2,
} as const;

/** What a block job does (`virDomainBlockJobType`). */
export const BlockJobType = {
  UNKNOWN: 0,
  PULL: 1,
  COPY: 2,
  COMMIT: 3,
  ACTIVE_COMMIT: 4,
  BACKUP: 5,
} as const;

/** How a block job stands (`virConnectDomainEventBlockJobStatus`). */
export const BlockJobStatus = {
  COMPLETED: 0,
  FAILED: 1,
  CANCELED: 2,
  READY: 3,
} as const;

/** Whose memory failed (`virDomainMemoryFailureRecipientType`). */
export const MemoryFailureRecipient = {
  HYPERVISOR: 0,
  GUEST: 1,
} as const;

/** What followed a memory failure (`virDomainMemoryFailureActionType`). */
export const MemoryFailureAction = {
  IGNORE: 0,
  INJECT: 1,
  FATAL: 2,
  RESET: 3,
} as const;

/** What happened to a network (`virNetworkEventLifecycleType`). */
export const NetworkEventType = {
  DEFINED: 0,
  UNDEFINED: 1,
  STARTED: 2,
  STOPPED: 3,
} as const;

/** What happened to a storage pool (`virStoragePoolEventLifecycleType`). */
export const StoragePoolEventType = {
  DEFINED: 0,
  UNDEFINED: 1,
  STARTED: 2,
  STOPPED: 3,
  CREATED: 4,
  DELETED: 5,
} as const;

/** What happened to a secret (`virSecretEventLifecycleType`). */
export const SecretEventType = {
  DEFINED: 0,
  UNDEFINED: 1,
} as const;

/** What happened to a node device (`virNodeDeviceEventLifecycleType`). */
export const NodeDeviceEventType = {
  CREATED: 0,
  DELETED: 1,
  DEFINED: 2,
  UNDEFINED: 3,
} as const;
