/** Storage pools and volumes; the keys are libvirt's names without their prefix. */

/** What a pool is (`virStoragePoolState`). */
export const StoragePoolState = {
  INACTIVE: 0,
  BUILDING: 1,
  RUNNING: 2,
  DEGRADED: 3,
  INACCESSIBLE: 4,
} as const;

/** Which pools a list holds (`virConnectListAllStoragePoolsFlags`). */
export const ListStoragePools = {
  INACTIVE: 1,
  ACTIVE: 2,
  PERSISTENT: 4,
  TRANSIENT: 8,
  AUTOSTART: 16,
  NO_AUTOSTART: 32,
  DIR: 64,
  FS: 128,
  NETFS: 256,
  LOGICAL: 512,
  DISK: 1024,
  ISCSI: 2048,
  SCSI: 4096,
  MPATH: 8192,
  RBD: 16384,
  SHEEPDOG: 32768,
  GLUSTER: 65536,
  ZFS: 131072,
  VSTORAGE: 262144,
  ISCSI_DIRECT: 524288,
} as const;

/** How to start a pool (`virStoragePoolCreateFlags`). */
export const StoragePoolCreate = {
  NORMAL: 0,
  WITH_BUILD: 1,
  WITH_BUILD_OVERWRITE: 2,
  WITH_BUILD_NO_OVERWRITE: 4,
} as const;

/** How to build a pool (`virStoragePoolBuildFlags`). */
export const StoragePoolBuild = {
  NEW: 0,
  REPAIR: 1,
  RESIZE: 2,
  NO_OVERWRITE: 4,
  OVERWRITE: 8,
} as const;

/** What a volume is (`virStorageVolType`). */
export const StorageVolumeType = {
  FILE: 0,
  BLOCK: 1,
  DIR: 2,
  NETWORK: 3,
  NETDIR: 4,
  PLOOP: 5,
} as const;

/** How to make a volume (`virStorageVolCreateFlags`). */
export const StorageVolumeCreate = {
  PREALLOC_METADATA: 1,
  REFLINK: 2,
  VALIDATE: 4,
} as const;

/** How to delete a volume (`virStorageVolDeleteFlags`). */
export const StorageVolumeDelete = {
  NORMAL: 0,
  ZEROED: 1,
  WITH_SNAPSHOTS: 2,
} as const;

/** How to resize a volume (`virStorageVolResizeFlags`). */
export const StorageVolumeResize = {
  ALLOCATE: 1,
  DELTA: 2,
  SHRINK: 4,
} as const;

/** Which definition (`virStorageXMLFlags`). */
export const StorageXml = {
  INACTIVE: 1,
} as const;
