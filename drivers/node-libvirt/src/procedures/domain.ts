/** Procedures that find, describe and define domains. */
import { array, struct } from '../xdr/codec.ts';
import { exactUnsignedHyper, flags, int, uint, unsignedChar, unsignedHyper, unsignedShort, uuid } from '../xdr/primitives.ts';
import { DOMAIN_INTERFACE_MAX, DOMAIN_IP_ADDR_MAX, DOMAIN_LIST_MAX, DOMAIN_STATS_MAX } from '../types/limits.ts';
import { domain, domainRef } from '../types/references.ts';
import { optionalString, string } from '../types/strings.ts';
import { typedParams } from '../types/typed-params.ts';
import { procedure } from './procedure.ts';

const statsRecord = struct('remote_domain_stats_record', { dom: domain, params: typedParams(DOMAIN_STATS_MAX) });
const ipAddress = struct('remote_domain_ip_addr', { type: int, addr: string, prefix: uint });
const domainInterface = struct('remote_domain_interface', {
  name: string,
  hwaddr: optionalString,
  addrs: array(ipAddress, DOMAIN_IP_ADDR_MAX),
});

export const connectListAllDomains = procedure(
  'connect_list_all_domains',
  273,
  { need_results: int, flags },
  { domains: array(domain, DOMAIN_LIST_MAX), ret: uint },
);
export const connectGetAllDomainStats = procedure(
  'connect_get_all_domain_stats',
  344,
  { doms: array(domainRef, DOMAIN_LIST_MAX), stats: uint, flags },
  { retStats: array(statsRecord, DOMAIN_LIST_MAX) },
);
export const domainLookupById = procedure('domain_lookup_by_id', 22, { id: int }, { dom: domain });
export const domainLookupByName = procedure('domain_lookup_by_name', 23, { name: string }, { dom: domain });
export const domainLookupByUuid = procedure('domain_lookup_by_uuid', 24, { uuid }, { dom: domain });

export const domainDefineXmlFlags = procedure('domain_define_xml_flags', 350, { xml: string, flags }, { dom: domain });
export const domainUndefineFlags = procedure('domain_undefine_flags', 231, { dom: domainRef, flags }, {}, 'slow');
export const domainGetXmlDesc = procedure('domain_get_xml_desc', 14, { dom: domainRef, flags }, { xml: string });
export const domainGetState = procedure('domain_get_state', 212, { dom: domainRef, flags }, { state: int, reason: int });
export const domainGetInfo = procedure(
  'domain_get_info',
  16,
  { dom: domainRef },
  { state: unsignedChar, maxMem: unsignedHyper, memory: unsignedHyper, nrVirtCpu: unsignedShort, cpuTime: exactUnsignedHyper },
  'slow',
);
export const domainIsActive = procedure('domain_is_active', 150, { dom: domainRef }, { active: int });
export const domainIsPersistent = procedure('domain_is_persistent', 151, { dom: domainRef }, { persistent: int });
export const domainSetMetadata = procedure(
  'domain_set_metadata',
  264,
  { dom: domainRef, type: int, metadata: optionalString, key: optionalString, uri: optionalString, flags },
  {},
  'slow',
);
export const domainGetMetadata = procedure(
  'domain_get_metadata',
  265,
  { dom: domainRef, type: int, uri: optionalString, flags },
  { metadata: string },
);
export const domainInterfaceAddresses = procedure(
  'domain_interface_addresses',
  353,
  { dom: domainRef, source: uint, flags },
  { ifaces: array(domainInterface, DOMAIN_INTERFACE_MAX) },
  'slow',
);
