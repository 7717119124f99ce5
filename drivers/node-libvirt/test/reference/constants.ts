/** Every table of constants, and what libvirt calls it: the enumeration, and the prefix that our keys leave out. */
import * as flags from '../../src/constants/domain-flags.ts';
import * as states from '../../src/constants/domain-state.ts';
import * as errors from '../../src/constants/errors.ts';
import * as events from '../../src/constants/events.ts';
import * as networks from '../../src/constants/network.ts';
import * as storage from '../../src/constants/storage.ts';
import * as params from '../../src/constants/typed-params.ts';
import type { ConstantTable } from '../../src/constants/table.ts';

export interface NamedTable {
  readonly name: string;
  readonly values: ConstantTable;
  readonly enumeration: string;
  /** libvirt's name of one of our keys. */
  readonly nameOf: (key: string) => string;
}

const tables: readonly (readonly [name: string, values: ConstantTable, enumeration: string, prefix: string])[] = [
  ['ListDomains', flags.ListDomains, 'virConnectListAllDomainsFlags', 'VIR_CONNECT_LIST_DOMAINS_'],
  ['DomainStats', flags.DomainStats, 'virDomainStatsTypes', 'VIR_DOMAIN_STATS_'],
  ['GetAllDomainStats', flags.GetAllDomainStats, 'virConnectGetAllDomainStatsFlags', 'VIR_CONNECT_GET_ALL_DOMAINS_STATS_'],
  ['DomainXml', flags.DomainXml, 'virDomainXMLFlags', 'VIR_DOMAIN_XML_'],
  ['DomainDefine', flags.DomainDefine, 'virDomainDefineFlags', 'VIR_DOMAIN_DEFINE_'],
  ['DomainStart', flags.DomainStart, 'virDomainCreateFlags', 'VIR_DOMAIN_START_'],
  ['DomainUndefine', flags.DomainUndefine, 'virDomainUndefineFlagsValues', 'VIR_DOMAIN_UNDEFINE_'],
  ['DomainDestroy', flags.DomainDestroy, 'virDomainDestroyFlagsValues', 'VIR_DOMAIN_DESTROY_'],
  ['DomainShutdown', flags.DomainShutdown, 'virDomainShutdownFlagValues', 'VIR_DOMAIN_SHUTDOWN_'],
  ['DomainReboot', flags.DomainReboot, 'virDomainRebootFlagValues', 'VIR_DOMAIN_REBOOT_'],
  ['DomainSave', flags.DomainSave, 'virDomainSaveRestoreFlags', 'VIR_DOMAIN_SAVE_'],
  ['DomainAffect', flags.DomainAffect, 'virDomainModificationImpact', 'VIR_DOMAIN_AFFECT_'],
  ['DomainDeviceModify', flags.DomainDeviceModify, 'virDomainDeviceModifyFlags', 'VIR_DOMAIN_DEVICE_MODIFY_'],
  ['DomainMemory', flags.DomainMemory, 'virDomainMemoryModFlags', 'VIR_DOMAIN_MEM_'],
  ['DomainVcpu', flags.DomainVcpu, 'virDomainVcpuFlags', 'VIR_DOMAIN_VCPU_'],
  ['DomainMetadataType', flags.DomainMetadataType, 'virDomainMetadataType', 'VIR_DOMAIN_METADATA_'],
  [
    'DomainInterfaceAddressesSource',
    flags.DomainInterfaceAddressesSource,
    'virDomainInterfaceAddressesSource',
    'VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_',
  ],
  ['IpAddressType', flags.IpAddressType, 'virIPAddrType', 'VIR_IP_ADDR_TYPE_'],
  ['DomainConsole', flags.DomainConsole, 'virDomainConsoleFlags', 'VIR_DOMAIN_CONSOLE_'],
  ['DomainJobType', flags.DomainJobType, 'virDomainJobType', 'VIR_DOMAIN_JOB_'],
  ['DomainJobOperation', flags.DomainJobOperation, 'virDomainJobOperation', 'VIR_DOMAIN_JOB_OPERATION_'],
  ['DomainGetJobStats', flags.DomainGetJobStats, 'virDomainGetJobStatsFlags', 'VIR_DOMAIN_JOB_STATS_'],
  ['SnapshotList', flags.SnapshotList, 'virDomainSnapshotListFlags', 'VIR_DOMAIN_SNAPSHOT_LIST_'],
  ['SnapshotDelete', flags.SnapshotDelete, 'virDomainSnapshotDeleteFlags', 'VIR_DOMAIN_SNAPSHOT_DELETE_'],
  ['SnapshotCreate', flags.SnapshotCreate, 'virDomainSnapshotCreateFlags', 'VIR_DOMAIN_SNAPSHOT_CREATE_'],
  ['BlockCopy', flags.BlockCopy, 'virDomainBlockCopyFlags', 'VIR_DOMAIN_BLOCK_COPY_'],
  ['BlockJobAbort', flags.BlockJobAbort, 'virDomainBlockJobAbortFlags', 'VIR_DOMAIN_BLOCK_JOB_ABORT_'],
  ['BackupBegin', flags.BackupBegin, 'virDomainBackupBeginFlags', 'VIR_DOMAIN_BACKUP_BEGIN_'],
  ['CheckpointDelete', flags.CheckpointDelete, 'virDomainCheckpointDeleteFlags', 'VIR_DOMAIN_CHECKPOINT_DELETE_'],
  ['DomainState', states.DomainState, 'virDomainState', 'VIR_DOMAIN_'],
  ['DomainNostateReason', states.DomainNostateReason, 'virDomainNostateReason', 'VIR_DOMAIN_NOSTATE_'],
  ['DomainRunningReason', states.DomainRunningReason, 'virDomainRunningReason', 'VIR_DOMAIN_RUNNING_'],
  ['DomainBlockedReason', states.DomainBlockedReason, 'virDomainBlockedReason', 'VIR_DOMAIN_BLOCKED_'],
  ['DomainPausedReason', states.DomainPausedReason, 'virDomainPausedReason', 'VIR_DOMAIN_PAUSED_'],
  ['DomainShutdownReason', states.DomainShutdownReason, 'virDomainShutdownReason', 'VIR_DOMAIN_SHUTDOWN_'],
  ['DomainShutoffReason', states.DomainShutoffReason, 'virDomainShutoffReason', 'VIR_DOMAIN_SHUTOFF_'],
  ['DomainCrashedReason', states.DomainCrashedReason, 'virDomainCrashedReason', 'VIR_DOMAIN_CRASHED_'],
  ['DomainPMSuspendedReason', states.DomainPMSuspendedReason, 'virDomainPMSuspendedReason', 'VIR_DOMAIN_PMSUSPENDED_'],
  ['ErrorDomain', errors.ErrorDomain, 'virErrorDomain', 'VIR_FROM_'],
  ['DomainEventType', events.DomainEventType, 'virDomainEventType', 'VIR_DOMAIN_EVENT_'],
  ['DomainEventDefinedDetail', events.DomainEventDefinedDetail, 'virDomainEventDefinedDetailType', 'VIR_DOMAIN_EVENT_DEFINED_'],
  ['DomainEventUndefinedDetail', events.DomainEventUndefinedDetail, 'virDomainEventUndefinedDetailType', 'VIR_DOMAIN_EVENT_UNDEFINED_'],
  ['DomainEventStartedDetail', events.DomainEventStartedDetail, 'virDomainEventStartedDetailType', 'VIR_DOMAIN_EVENT_STARTED_'],
  ['DomainEventSuspendedDetail', events.DomainEventSuspendedDetail, 'virDomainEventSuspendedDetailType', 'VIR_DOMAIN_EVENT_SUSPENDED_'],
  ['DomainEventResumedDetail', events.DomainEventResumedDetail, 'virDomainEventResumedDetailType', 'VIR_DOMAIN_EVENT_RESUMED_'],
  ['DomainEventStoppedDetail', events.DomainEventStoppedDetail, 'virDomainEventStoppedDetailType', 'VIR_DOMAIN_EVENT_STOPPED_'],
  ['DomainEventShutdownDetail', events.DomainEventShutdownDetail, 'virDomainEventShutdownDetailType', 'VIR_DOMAIN_EVENT_SHUTDOWN_'],
  [
    'DomainEventPMSuspendedDetail',
    events.DomainEventPMSuspendedDetail,
    'virDomainEventPMSuspendedDetailType',
    'VIR_DOMAIN_EVENT_PMSUSPENDED_',
  ],
  ['DomainEventCrashedDetail', events.DomainEventCrashedDetail, 'virDomainEventCrashedDetailType', 'VIR_DOMAIN_EVENT_CRASHED_'],
  ['DomainWatchdogAction', events.DomainWatchdogAction, 'virDomainEventWatchdogAction', 'VIR_DOMAIN_EVENT_WATCHDOG_'],
  ['DomainIoErrorAction', events.DomainIoErrorAction, 'virDomainEventIOErrorAction', 'VIR_DOMAIN_EVENT_IO_ERROR_'],
  [
    'AgentLifecycleState',
    events.AgentLifecycleState,
    'virConnectDomainEventAgentLifecycleState',
    'VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_',
  ],
  [
    'AgentLifecycleReason',
    events.AgentLifecycleReason,
    'virConnectDomainEventAgentLifecycleReason',
    'VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_REASON_',
  ],
  ['BlockJobType', events.BlockJobType, 'virDomainBlockJobType', 'VIR_DOMAIN_BLOCK_JOB_TYPE_'],
  ['BlockJobStatus', events.BlockJobStatus, 'virConnectDomainEventBlockJobStatus', 'VIR_DOMAIN_BLOCK_JOB_'],
  [
    'MemoryFailureRecipient',
    events.MemoryFailureRecipient,
    'virDomainMemoryFailureRecipientType',
    'VIR_DOMAIN_EVENT_MEMORY_FAILURE_RECIPIENT_',
  ],
  ['MemoryFailureAction', events.MemoryFailureAction, 'virDomainMemoryFailureActionType', 'VIR_DOMAIN_EVENT_MEMORY_FAILURE_ACTION_'],
  ['NetworkEventType', events.NetworkEventType, 'virNetworkEventLifecycleType', 'VIR_NETWORK_EVENT_'],
  ['StoragePoolEventType', events.StoragePoolEventType, 'virStoragePoolEventLifecycleType', 'VIR_STORAGE_POOL_EVENT_'],
  ['SecretEventType', events.SecretEventType, 'virSecretEventLifecycleType', 'VIR_SECRET_EVENT_'],
  ['NodeDeviceEventType', events.NodeDeviceEventType, 'virNodeDeviceEventLifecycleType', 'VIR_NODE_DEVICE_EVENT_'],
  ['ListNetworks', networks.ListNetworks, 'virConnectListAllNetworksFlags', 'VIR_CONNECT_LIST_NETWORKS_'],
  ['NetworkXml', networks.NetworkXml, 'virNetworkXMLFlags', 'VIR_NETWORK_XML_'],
  ['ListSecrets', networks.ListSecrets, 'virConnectListAllSecretsFlags', 'VIR_CONNECT_LIST_SECRETS_'],
  ['SecretUsageType', networks.SecretUsageType, 'virSecretUsageType', 'VIR_SECRET_USAGE_TYPE_'],
  ['ListNodeDevices', networks.ListNodeDevices, 'virConnectListAllNodeDeviceFlags', 'VIR_CONNECT_LIST_NODE_DEVICES_'],
  ['StoragePoolState', storage.StoragePoolState, 'virStoragePoolState', 'VIR_STORAGE_POOL_'],
  ['ListStoragePools', storage.ListStoragePools, 'virConnectListAllStoragePoolsFlags', 'VIR_CONNECT_LIST_STORAGE_POOLS_'],
  ['StoragePoolCreate', storage.StoragePoolCreate, 'virStoragePoolCreateFlags', 'VIR_STORAGE_POOL_CREATE_'],
  ['StoragePoolBuild', storage.StoragePoolBuild, 'virStoragePoolBuildFlags', 'VIR_STORAGE_POOL_BUILD_'],
  ['StorageVolumeType', storage.StorageVolumeType, 'virStorageVolType', 'VIR_STORAGE_VOL_'],
  ['StorageVolumeCreate', storage.StorageVolumeCreate, 'virStorageVolCreateFlags', 'VIR_STORAGE_VOL_CREATE_'],
  ['StorageVolumeDelete', storage.StorageVolumeDelete, 'virStorageVolDeleteFlags', 'VIR_STORAGE_VOL_DELETE_'],
  ['StorageVolumeResize', storage.StorageVolumeResize, 'virStorageVolResizeFlags', 'VIR_STORAGE_VOL_RESIZE_'],
  ['StorageXml', storage.StorageXml, 'virStorageXMLFlags', 'VIR_STORAGE_XML_'],
  ['TypedParamType', params.TypedParamType, 'virTypedParameterType', 'VIR_TYPED_PARAM_'],
];

export const CONSTANTS: readonly NamedTable[] = [
  ...tables.map(([name, values, enumeration, prefix]) => ({ name, values, enumeration, nameOf: (key: string) => `${prefix}${key}` })),
  {
    name: 'ErrorCode',
    values: errors.ErrorCode,
    enumeration: 'virErrorNumber',
    nameOf: (key) => (key.startsWith('WAR_') ? `VIR_${key}` : `VIR_ERR_${key}`),
  },
];

/** Not ours to carry: the number after the last one, which changes, and a name for no flag. */
export function isLeftOut(name: string): boolean {
  return name.endsWith('_LAST') || name === 'VIR_DOMAIN_NONE';
}
