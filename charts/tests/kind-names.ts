/** The kinds that manifests.ts has rows for. */
export const kindNames = [
  'Instance',
  'InstanceAction',
  'InstanceSnapshot',
  'BackupSchedule',
  'Flavor',
  'Image',
  'ImageStore',
  'Network',
  'Volume',
  'Hypervisor',
  'HypervisorPool',
] as const;
export type KindName = (typeof kindNames)[number];
