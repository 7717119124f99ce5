/** Procedures of the connection itself and of the host: who is there, what it is and what it can do. */
import { array } from '../xdr/codec.ts';
import { chars, fixedChars, flags, int, unsignedHyper } from '../xdr/primitives.ts';
import { AUTH_SASL_DATA_MAX, AUTH_TYPE_LIST_MAX } from '../types/limits.ts';
import { optionalString, string } from '../types/strings.ts';
import { procedure } from './procedure.ts';

const authType = { ...int, type: 'remote_auth_type' };
const saslData = chars(AUTH_SASL_DATA_MAX);

export const authList = procedure('auth_list', 66, {}, { types: array(authType, AUTH_TYPE_LIST_MAX) });
export const authPolkit = procedure('auth_polkit', 70, {}, { complete: int });
export const authSaslInit = procedure('auth_sasl_init', 67, {}, { mechlist: string });
export const authSaslStart = procedure(
  'auth_sasl_start',
  68,
  { mech: string, nil: int, data: saslData },
  { complete: int, nil: int, data: saslData },
);
export const authSaslStep = procedure('auth_sasl_step', 69, { nil: int, data: saslData }, { complete: int, nil: int, data: saslData });

export const connectOpen = procedure('connect_open', 1, { name: optionalString, flags }, {});
export const connectClose = procedure('connect_close', 2, {}, {});
export const connectGetType = procedure('connect_get_type', 3, {}, { type: string });
export const connectGetVersion = procedure('connect_get_version', 4, {}, { hv_ver: unsignedHyper });
export const connectGetLibVersion = procedure('connect_get_lib_version', 157, {}, { lib_ver: unsignedHyper });
export const connectGetHostname = procedure('connect_get_hostname', 59, {}, { hostname: string });
export const connectGetUri = procedure('connect_get_uri', 110, {}, { uri: string });
export const connectGetCapabilities = procedure('connect_get_capabilities', 7, {}, { capabilities: string }, 'slow');
export const connectGetDomainCapabilities = procedure(
  'connect_get_domain_capabilities',
  342,
  { emulatorbin: optionalString, arch: optionalString, machine: optionalString, virttype: optionalString, flags },
  { capabilities: string },
  'slow',
);
export const connectGetSysinfo = procedure('connect_get_sysinfo', 203, { flags }, { sysinfo: string });
export const connectSupportsFeature = procedure('connect_supports_feature', 60, { feature: int }, { supported: int });

export const nodeGetInfo = procedure(
  'node_get_info',
  6,
  {},
  { model: fixedChars(32), memory: unsignedHyper, cpus: int, mhz: int, nodes: int, sockets: int, cores: int, threads: int },
);
export const nodeGetFreeMemory = procedure('node_get_free_memory', 102, {}, { freeMem: unsignedHyper });
