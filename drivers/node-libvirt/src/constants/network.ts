/** Networks, secrets and node devices; the keys are libvirt's names without their prefix. */

/** Which networks a list holds (`virConnectListAllNetworksFlags`). */
export const ListNetworks = {
  INACTIVE: 1,
  ACTIVE: 2,
  PERSISTENT: 4,
  TRANSIENT: 8,
  AUTOSTART: 16,
  NO_AUTOSTART: 32,
} as const;

/** Which definition (`virNetworkXMLFlags`). */
export const NetworkXml = {
  INACTIVE: 1,
} as const;

/** Which secrets a list holds (`virConnectListAllSecretsFlags`). */
export const ListSecrets = {
  EPHEMERAL: 1,
  NO_EPHEMERAL: 2,
  PRIVATE: 4,
  NO_PRIVATE: 8,
} as const;

/** What a secret is for (`virSecretUsageType`). */
export const SecretUsageType = {
  NONE: 0,
  VOLUME: 1,
  CEPH: 2,
  ISCSI: 3,
  TLS: 4,
  VTPM: 5,
} as const;

/** Which node devices a list holds (`virConnectListAllNodeDeviceFlags`). */
export const ListNodeDevices = {
  CAP_SYSTEM: 1,
  CAP_PCI_DEV: 2,
  CAP_USB_DEV: 4,
  CAP_USB_INTERFACE: 8,
  CAP_NET: 16,
  CAP_SCSI_HOST: 32,
  CAP_SCSI_TARGET: 64,
  CAP_SCSI: 128,
  CAP_STORAGE: 256,
  CAP_FC_HOST: 512,
  CAP_VPORTS: 1024,
  CAP_SCSI_GENERIC: 2048,
  CAP_DRM: 4096,
  CAP_MDEV_TYPES: 8192,
  CAP_MDEV: 16384,
  CAP_CCW_DEV: 32768,
  CAP_CSS_DEV: 65536,
  CAP_VDPA: 131072,
  CAP_AP_CARD: 262144,
  CAP_AP_QUEUE: 524288,
  CAP_AP_MATRIX: 0x100000,
  CAP_VPD: 0x200000,
  INACTIVE: 0x40000000,
  ACTIVE: 0x80000000,
} as const;
