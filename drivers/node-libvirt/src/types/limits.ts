/** Maxima of libvirt's remote protocol. A message that passes one is refused, ours before it is sent and theirs when it comes. */
import type { Limit } from '../xdr/codec.ts';

const limit = (name: string, max: number): Limit => ({ name, max });

export const STRING_MAX = limit('REMOTE_STRING_MAX', 4_194_304);
export const AUTH_SASL_DATA_MAX = limit('REMOTE_AUTH_SASL_DATA_MAX', 65_536);
export const AUTH_TYPE_LIST_MAX = limit('REMOTE_AUTH_TYPE_LIST_MAX', 20);
export const DOMAIN_LIST_MAX = limit('REMOTE_DOMAIN_LIST_MAX', 16_384);
export const DOMAIN_STATS_MAX = limit('REMOTE_CONNECT_GET_ALL_DOMAIN_STATS_MAX', 262_144);
export const DOMAIN_JOB_STATS_MAX = limit('REMOTE_DOMAIN_JOB_STATS_MAX', 64);
export const DOMAIN_BLOCK_COPY_PARAMETERS_MAX = limit('REMOTE_DOMAIN_BLOCK_COPY_PARAMETERS_MAX', 16);
export const DOMAIN_FREEZE_MOUNTPOINTS_MAX = limit('REMOTE_DOMAIN_FSFREEZE_MOUNTPOINTS_MAX', 256);
export const DOMAIN_INTERFACE_MAX = limit('REMOTE_DOMAIN_INTERFACE_MAX', 2048);
export const DOMAIN_IP_ADDR_MAX = limit('REMOTE_DOMAIN_IP_ADDR_MAX', 2048);
export const DOMAIN_SNAPSHOT_LIST_MAX = limit('REMOTE_DOMAIN_SNAPSHOT_LIST_MAX', 16_384);
export const DOMAIN_CHECKPOINT_LIST_MAX = limit('REMOTE_DOMAIN_CHECKPOINT_LIST_MAX', 16_384);
export const NETWORK_LIST_MAX = limit('REMOTE_NETWORK_LIST_MAX', 16_384);
export const NODE_DEVICE_LIST_MAX = limit('REMOTE_NODE_DEVICE_LIST_MAX', 65_536);
export const NWFILTER_LIST_MAX = limit('REMOTE_NWFILTER_LIST_MAX', 16_384);
export const SECRET_LIST_MAX = limit('REMOTE_SECRET_LIST_MAX', 16_384);
export const SECRET_VALUE_MAX = limit('REMOTE_SECRET_VALUE_MAX', 65_536);
export const STORAGE_POOL_LIST_MAX = limit('REMOTE_STORAGE_POOL_LIST_MAX', 16_384);
export const STORAGE_VOL_LIST_MAX = limit('REMOTE_STORAGE_VOL_LIST_MAX', 16_384);
