/** Flags of calls on domains, to be or-ed; the keys are libvirt's names without their prefix. */

/** Which domains a list holds (`virConnectListAllDomainsFlags`): one of a group narrows, several of a group widen. */
export const ListDomains = {
  ACTIVE: 1,
  INACTIVE: 2,
  PERSISTENT: 4,
  TRANSIENT: 8,
  RUNNING: 16,
  PAUSED: 32,
  SHUTOFF: 64,
  OTHER: 128,
  MANAGEDSAVE: 256,
  NO_MANAGEDSAVE: 512,
  AUTOSTART: 1024,
  NO_AUTOSTART: 2048,
  HAS_SNAPSHOT: 4096,
  NO_SNAPSHOT: 8192,
  HAS_CHECKPOINT: 16384,
  NO_CHECKPOINT: 32768,
} as const;

/** What bulk statistics hold (`virDomainStatsTypes`). */
export const DomainStats = {
  STATE: 1,
  CPU_TOTAL: 2,
  BALLOON: 4,
  VCPU: 8,
  INTERFACE: 16,
  BLOCK: 32,
  PERF: 64,
  IOTHREAD: 128,
  MEMORY: 256,
  DIRTYRATE: 512,
  VM: 1024,
} as const;

/** Whose statistics, and how (`virConnectGetAllDomainStatsFlags`). `NOWAIT` leaves out what a busy domain cannot say now. */
export const GetAllDomainStats = {
  ACTIVE: 1,
  INACTIVE: 2,
  PERSISTENT: 4,
  TRANSIENT: 8,
  RUNNING: 16,
  PAUSED: 32,
  SHUTOFF: 64,
  OTHER: 128,
  NOWAIT: 0x20000000,
  BACKING: 0x40000000,
  ENFORCE_STATS: 0x80000000,
} as const;

/** Which definition (`virDomainXMLFlags`). */
export const DomainXml = {
  SECURE: 1,
  INACTIVE: 2,
  UPDATE_CPU: 4,
  MIGRATABLE: 8,
} as const;

/** How to define (`virDomainDefineFlags`). */
export const DomainDefine = {
  VALIDATE: 1,
} as const;

/** How to start (`virDomainCreateFlags`). */
export const DomainStart = {
  PAUSED: 1,
  AUTODESTROY: 2,
  BYPASS_CACHE: 4,
  FORCE_BOOT: 8,
  VALIDATE: 16,
  RESET_NVRAM: 32,
} as const;

/** What goes with the definition (`virDomainUndefineFlagsValues`). */
export const DomainUndefine = {
  MANAGED_SAVE: 1,
  SNAPSHOTS_METADATA: 2,
  NVRAM: 4,
  KEEP_NVRAM: 8,
  CHECKPOINTS_METADATA: 16,
  TPM: 32,
  KEEP_TPM: 64,
} as const;

/** How to power off (`virDomainDestroyFlagsValues`). */
export const DomainDestroy = {
  DEFAULT: 0,
  GRACEFUL: 1,
  REMOVE_LOGS: 2,
} as const;

/** How to ask for a shutdown (`virDomainShutdownFlagValues`). */
export const DomainShutdown = {
  DEFAULT: 0,
  ACPI_POWER_BTN: 1,
  GUEST_AGENT: 2,
  INITCTL: 4,
  SIGNAL: 8,
  PARAVIRT: 16,
} as const;

/** How to ask for a reboot (`virDomainRebootFlagValues`). */
export const DomainReboot = {
  DEFAULT: 0,
  ACPI_POWER_BTN: 1,
  GUEST_AGENT: 2,
  INITCTL: 4,
  SIGNAL: 8,
  PARAVIRT: 16,
} as const;

/** How to save and restore (`virDomainSaveRestoreFlags`). */
export const DomainSave = {
  BYPASS_CACHE: 1,
  RUNNING: 2,
  PAUSED: 4,
  RESET_NVRAM: 8,
} as const;

/** What a change applies to (`virDomainModificationImpact`). */
export const DomainAffect = {
  CURRENT: 0,
  LIVE: 1,
  CONFIG: 2,
} as const;

/** What a device change applies to (`virDomainDeviceModifyFlags`). */
export const DomainDeviceModify = {
  CURRENT: 0,
  LIVE: 1,
  CONFIG: 2,
  FORCE: 4,
} as const;

/** Which memory (`virDomainMemoryModFlags`). */
export const DomainMemory = {
  CURRENT: 0,
  LIVE: 1,
  CONFIG: 2,
  MAXIMUM: 4,
} as const;

/** Which vCPUs (`virDomainVcpuFlags`). */
export const DomainVcpu = {
  CURRENT: 0,
  LIVE: 1,
  CONFIG: 2,
  MAXIMUM: 4,
  GUEST: 8,
  HOTPLUGGABLE: 16,
} as const;

/** Which metadata (`virDomainMetadataType`). */
export const DomainMetadataType = {
  DESCRIPTION: 0,
  TITLE: 1,
  ELEMENT: 2,
} as const;

/** Who is asked for addresses (`virDomainInterfaceAddressesSource`). */
export const DomainInterfaceAddressesSource = {
  LEASE: 0,
  AGENT: 1,
  ARP: 2,
} as const;

/** Kind of an address (`virIPAddrType`). */
export const IpAddressType = {
  IPV4: 0,
  IPV6: 1,
} as const;

/** How to open a console (`virDomainConsoleFlags`). */
export const DomainConsole = {
  FORCE: 1,
  SAFE: 2,
} as const;

/** How far a job is (`virDomainJobType`). */
export const DomainJobType = {
  NONE: 0,
  BOUNDED: 1,
  UNBOUNDED: 2,
  COMPLETED: 3,
  FAILED: 4,
  CANCELLED: 5,
} as const;

/** What a job does (`virDomainJobOperation`). */
export const DomainJobOperation = {
  UNKNOWN: 0,
  START: 1,
  SAVE: 2,
  RESTORE: 3,
  MIGRATION_IN: 4,
  MIGRATION_OUT: 5,
  SNAPSHOT: 6,
  SNAPSHOT_REVERT: 7,
  DUMP: 8,
  BACKUP: 9,
  SNAPSHOT_DELETE: 10,
} as const;

/** Which job (`virDomainGetJobStatsFlags`). */
export const DomainGetJobStats = {
  COMPLETED: 1,
  KEEP_COMPLETED: 2,
} as const;

/** Which snapshots (`virDomainSnapshotListFlags`). */
export const SnapshotList = {
  DESCENDANTS: 1,
  ROOTS: 1,
  METADATA: 2,
  LEAVES: 4,
  NO_LEAVES: 8,
  NO_METADATA: 16,
  INACTIVE: 32,
  ACTIVE: 64,
  DISK_ONLY: 128,
  INTERNAL: 256,
  EXTERNAL: 512,
  TOPOLOGICAL: 1024,
} as const;

/** How to delete a snapshot (`virDomainSnapshotDeleteFlags`). */
export const SnapshotDelete = {
  CHILDREN: 1,
  METADATA_ONLY: 2,
  CHILDREN_ONLY: 4,
} as const;

/** How to make a snapshot (`virDomainSnapshotCreateFlags`). */
export const SnapshotCreate = {
  REDEFINE: 1,
  CURRENT: 2,
  NO_METADATA: 4,
  HALT: 8,
  DISK_ONLY: 16,
  REUSE_EXT: 32,
  QUIESCE: 64,
  ATOMIC: 128,
  LIVE: 256,
  VALIDATE: 512,
} as const;

/** How a backup begins (`virDomainBackupBeginFlags`). */
export const BackupBegin = {
  REUSE_EXTERNAL: 1,
} as const;

/** How a disk is copied (`virDomainBlockCopyFlags`). */
export const BlockCopy = {
  SHALLOW: 1,
  REUSE_EXT: 2,
  TRANSIENT_JOB: 4,
  SYNCHRONOUS_WRITES: 8,
} as const;

/** How a job on a disk is ended (`virDomainBlockJobAbortFlags`). */
export const BlockJobAbort = {
  ASYNC: 1,
  PIVOT: 2,
} as const;

/** How to delete a checkpoint (`virDomainCheckpointDeleteFlags`). */
export const CheckpointDelete = {
  CHILDREN: 1,
  METADATA_ONLY: 2,
  CHILDREN_ONLY: 4,
} as const;
