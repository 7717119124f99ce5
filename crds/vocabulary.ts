/**
 * The closed sets and fixed names of the API, free of schemas.
 *
 * The running operator imports values from here and only types from the kinds: TypeBox, which it has no use for, then
 * stays out of its memory. Nothing may be imported here.
 */

export const API_GROUP = 'hostler.dev';
export const API_VERSION = `${API_GROUP}/v1alpha1` as const;

/** Holds an Instance until its machine is proven gone, retained or abandoned. */
export const INSTANCE_FINALIZER = 'hostler.dev/instance-cleanup';
/** Holds a Hypervisor while Instances are placed on it. */
export const HYPERVISOR_FINALIZER = 'hostler.dev/hypervisor-cleanup';

/** Holds a HypervisorPool while anything is placed on its hosts, and until the Hypervisors that it made are gone. */
export const HYPERVISOR_POOL_FINALIZER = 'hostler.dev/hypervisor-pool-cleanup';
/** Label of the Hypervisors that a HypervisorPool made: its name. */
export const HYPERVISOR_POOL_LABEL = 'hostler.dev/hypervisor-pool';

/** Holds a Volume until its disk is removed, or is to stay. */
export const VOLUME_FINALIZER = 'hostler.dev/volume-cleanup';
/** Holds an Image whose content lies on hosts and nowhere else until that content is gone. */
export const IMAGE_FINALIZER = 'hostler.dev/image-cleanup';
/** Holds an InstanceSnapshot until nothing that it made is left. */
export const SNAPSHOT_FINALIZER = 'hostler.dev/snapshot-cleanup';

export const CONDITION_STATUSES = ['True', 'False', 'Unknown'] as const;
export type ConditionStatus = (typeof CONDITION_STATUSES)[number];

// Instance
export const POWER_STATES = ['Running', 'Stopped', 'Paused', 'Suspended'] as const;
export type PowerState = (typeof POWER_STATES)[number];

export const RESTART_POLICIES = ['Always', 'OnCrash', 'Never'] as const;
export type RestartPolicy = (typeof RESTART_POLICIES)[number];

export const RECONCILE_POLICIES = ['Reconcile', 'EnsureExists', 'WatchOnly', 'DryRun', 'Disabled'] as const;
export type ReconcilePolicy = (typeof RECONCILE_POLICIES)[number];

export const DELETION_POLICIES = ['Delete', 'Retain', 'Abandon'] as const;
export type DeletionPolicy = (typeof DELETION_POLICIES)[number];

export const LIFECYCLE_STATES = ['Active', 'Shelved', 'SoftDeleted'] as const;
export type LifecycleState = (typeof LIFECYCLE_STATES)[number];

/** Later versions add to it, never take away. */
export const PHASES = [
  'Pending',
  'Scheduling',
  'Building',
  'Running',
  'Stopped',
  'Paused',
  'Suspended',
  'Rescued',
  'Resizing',
  'ResizePending',
  'Migrating',
  'Rebuilding',
  'Shelved',
  'SoftDeleted',
  'Deleting',
  'Unknown',
  'Error',
] as const;
export type Phase = (typeof PHASES)[number];

/** Whether Hostler made the machine, or took over one that was not its own. */
export const ORIGINS = ['Created', 'Adopted'] as const;
export type Origin = (typeof ORIGINS)[number];

export const DISK_ROLES = ['root', 'config', 'ephemeral', 'swap', 'rescue'] as const;
export type DiskRole = (typeof DISK_ROLES)[number];

export const RESIZE_CONFIRMATIONS = ['Automatic', 'Manual'] as const;
export type ResizeConfirmation = (typeof RESIZE_CONFIRMATIONS)[number];

export const RESIZE_PHASES = ['Resizing', 'AwaitingConfirmation', 'Reverting', 'Reverted'] as const;
export type ResizePhase = (typeof RESIZE_PHASES)[number];

/** Roles of the disks that a resize makes larger. */
export const RESIZED_DISKS = ['root', 'ephemeral'] as const satisfies readonly DiskRole[];

export const FIRMWARE_TYPES = ['BIOS', 'UEFI'] as const;
export const DEVICE_MODES = ['Enabled', 'Disabled'] as const;
export const WATCHDOG_ACTIONS = ['Reset', 'PowerOff', 'Pause', 'None'] as const;
export const TPM_MODELS = ['CRB', 'TIS'] as const;
export const VIDEO_MODELS = ['None', 'VGA', 'Virtio', 'QXL', 'Bochs', 'Cirrus'] as const;

export const CPU_MODES = ['HostModel', 'HostPassthrough', 'Maximum', 'Custom'] as const;
export const CPU_FEATURE_POLICIES = ['Require', 'Optional', 'Disable', 'Forbid', 'Force'] as const;

export const DISK_CACHES = ['None', 'WriteThrough', 'WriteBack', 'DirectSync', 'Unsafe'] as const;
export const DISCARDS = ['Unmap', 'Ignore'] as const;
export const DISK_IO = ['Native', 'Threads', 'Uring'] as const;
export const DISK_SERIALS = ['ByName', 'None'] as const;
/** Spelled as everybody spells them. */
export const CARD_MODELS = ['virtio', 'e1000', 'e1000e', 'rtl8139'] as const;

/** Most faults that status.faults keeps, the newest last. */
export const MAX_FAULTS = 10;

/** Most disks that status.disks names, and the longest name of one: a host cannot make an object grow without end. */
export const MAX_DISKS = 64;
export const MAX_VOLUME_LENGTH = 1024;
export const MAX_POOL_LENGTH = 255;

/** Most volumes of one instance. */
export const MAX_VOLUMES = 16;

/** `Attaching`: it is this instance's, and not plugged in yet; `Detaching`: it is not asked for any more, and the guest still has it. */
/** Of volumes; the guest sees its other disks on virtio. */
export const VOLUME_BUSES = ['Virtio', 'SCSI', 'SATA'] as const;
export type VolumeBus = (typeof VOLUME_BUSES)[number];
export const ATTACHMENT_PHASES = ['Attaching', 'Attached', 'Detaching'] as const;
export type AttachmentPhase = (typeof ATTACHMENT_PHASES)[number];
export const GUEST_AGENT_MODES = ['Enabled', 'Disabled'] as const;
export type GuestAgentMode = (typeof GUEST_AGENT_MODES)[number];

/** What of a guest's words status.guest keeps: lengths of texts, and numbers of items. */
export const GUEST_LIMITS = { text: 253, mac: 64, path: 1024, address: 45, addresses: 32, interfaces: 32, fileSystems: 64 } as const;

// InstanceAction
/** What is done to an Instance, one at a time. */
export const INSTANCE_CHANGES = [
  'Start',
  'Reboot',
  'Rebuild',
  'Restore',
  'CrashDump',
  'ConfirmResize',
  'RevertResize',
  'SetPassword',
  'InjectFile',
  'InjectNetworkInfo',
  'InjectMetadata',
  'ResetNetwork',
  'Freeze',
  'Thaw',
  'SwapVolume',
] as const;

/** What is only looked at, whatever else is going on. */
export const OBSERVATIONS = ['Diagnostics', 'ConsoleLog', 'Screenshot'] as const;
export type ObservationName = (typeof OBSERVATIONS)[number];

export const isObservation = (action: string): action is ObservationName => OBSERVATIONS.some((name) => name === action);

export const INSTANCE_ACTIONS = [...INSTANCE_CHANGES, ...OBSERVATIONS] as const;
export type InstanceActionName = (typeof INSTANCE_ACTIONS)[number];

/** What an Instance is asked to do once: by InstanceActions, and by objects of kinds of their own. */
export const INSTANCE_ACTS = [...INSTANCE_CHANGES, 'Snapshot'] as const;
export type InstanceActName = (typeof INSTANCE_ACTS)[number];

/** Where an agent writes what the guest is told while it runs, unless somebody says where. */
export const NETWORK_INFO_FILE = '/etc/netplan/50-cloud-init.yaml';
export const METADATA_FILE = '/run/hostler-metadata.json';

export const REBOOT_TYPES = ['Soft', 'Hard'] as const;
export type RebootType = (typeof REBOOT_TYPES)[number];

/** What of an observation an InstanceAction keeps: bytes of printed text, characters of a picture in base64, numbers of items, lengths of texts. */
export const OBSERVATION_LIMITS = {
  consoleBytes: 65_536,
  consoleLines: 10_000,
  pictureCharacters: 524_288,
  items: 128,
  raw: 1024,
  text: 255,
} as const;

export const ACTION_PHASES = ['Pending', 'Running', 'Succeeded', 'Failed'] as const;
export type ActionPhase = (typeof ACTION_PHASES)[number];

// InstanceSnapshot
export const SNAPSHOT_MODES = ['Live', 'Cold'] as const;
export type SnapshotMode = (typeof SNAPSHOT_MODES)[number];

export const QUIESCES = ['Preferred', 'Required', 'Never'] as const;
export type Quiesce = (typeof QUIESCES)[number];

// Image
export const IMAGE_FORMATS = ['qcow2', 'raw', 'vhd'] as const;
export type ImageFormat = (typeof IMAGE_FORMATS)[number];

/** What a guest's system is, where Hostler must know. */
export const GUEST_SYSTEMS = ['Linux', 'Windows'] as const;
export type GuestSystem = (typeof GUEST_SYSTEMS)[number];

export const CONFIG_DRIVE_LAYOUTS = ['OpenStack', 'NoCloud', 'Ignition', 'Sysprep'] as const;
export type ConfigDriveLayout = (typeof CONFIG_DRIVE_LAYOUTS)[number];

/** As Linux calls them. */
export const CONFIG_DRIVE_FORMATS = ['iso9660', 'vfat'] as const;
export type ConfigDriveFormat = (typeof CONFIG_DRIVE_FORMATS)[number];

export const CONFIG_DRIVE_DEVICES = ['Disk', 'CDROM'] as const;
export type ConfigDriveDevice = (typeof CONFIG_DRIVE_DEVICES)[number];
// Volume
export const ORPHAN_POLICIES = ['Report', 'Stop', 'Delete'] as const;
export type OrphanPolicy = (typeof ORPHAN_POLICIES)[number];

export const VOLUME_DELETION_POLICIES = ['Delete', 'Retain'] as const;
export type VolumeDeletionPolicy = (typeof VOLUME_DELETION_POLICIES)[number];

/** In the words of Kubernetes' own volumes. */
export const VOLUME_ACCESS_MODES = ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany'] as const;
export type VolumeAccessMode = (typeof VOLUME_ACCESS_MODES)[number];

/** Most users of a Volume that its status names. */
export const MAX_VOLUME_USERS = 64;

/** `Pending`: not made yet, and nobody needs it. */
export const VOLUME_PHASES = ['Pending', 'Creating', 'Available', 'InUse', 'Deleting', 'Unknown', 'Error'] as const;
export type VolumePhase = (typeof VOLUME_PHASES)[number];

// Hypervisor
/** Characters of what a machine's mark says of its last start; status holds no more. */
export const LONGEST_RUN_ID = 63;
export const LONGEST_BOOT_HASH = 128;

/** What of a host's words status.facts keeps: lengths of texts, and numbers of items. */
export const FACT_LIMITS = { name: 253, id: 128, architecture: 63, warning: 1024, names: 256, warnings: 16, versions: 16 } as const;

export const DRIVERS = ['libvirt', 'Xen', 'fake'] as const;
export type DriverName = (typeof DRIVERS)[number];

/** What not every host can give its guests. */
export const HOST_FEATURES = ['UEFI', 'SecureBoot', 'TPM', 'RandomNumbers', 'Watchdog'] as const;

// HypervisorPool
/** Most hosts of one pool. */
export const MAX_POOL_MEMBERS = 64;

/** `Left`: the pool does not have it any more, and its Hypervisor is still there. */
export const POOL_MEMBER_STATES = ['Present', 'Left'] as const;
export type PoolMemberState = (typeof POOL_MEMBER_STATES)[number];

/** What a licence may withhold of what Hostler uses. */
export const POOL_RESTRICTIONS = [
  'AddressLocking',
  'LiveMigration',
  'StorageMigration',
  'SuspendedSnapshots',
  'DynamicMemory',
  'LiveCPUs',
  'VLAN',
  'PoolSize',
] as const;
export type PoolRestriction = (typeof POOL_RESTRICTIONS)[number];
