/** Procedures of networks, packet filters, secrets and node devices. */
import { array } from '../xdr/codec.ts';
import { flags, int, opaque, uint, uuid } from '../xdr/primitives.ts';
import { NETWORK_LIST_MAX, NODE_DEVICE_LIST_MAX, NWFILTER_LIST_MAX, SECRET_LIST_MAX, SECRET_VALUE_MAX } from '../types/limits.ts';
import { network, networkRef, nodeDevice, nwFilter, secret, secretRef } from '../types/references.ts';
import { optionalString, string } from '../types/strings.ts';
import { procedure } from './procedure.ts';

export const connectListAllNetworks = procedure(
  'connect_list_all_networks',
  283,
  { need_results: int, flags },
  { nets: array(network, NETWORK_LIST_MAX), ret: uint },
);
export const networkLookupByName = procedure('network_lookup_by_name', 46, { name: string }, { net: network });
export const networkLookupByUuid = procedure('network_lookup_by_uuid', 47, { uuid }, { net: network });
export const networkGetXmlDesc = procedure('network_get_xml_desc', 43, { net: networkRef, flags }, { xml: string });
export const networkDefineXml = procedure('network_define_xml', 41, { xml: string }, { net: network });
export const networkCreate = procedure('network_create', 39, { net: networkRef }, {}, 'slow');
export const networkDestroy = procedure('network_destroy', 42, { net: networkRef }, {}, 'slow');
export const networkUndefine = procedure('network_undefine', 49, { net: networkRef }, {});
export const networkIsActive = procedure('network_is_active', 152, { net: networkRef }, { active: int });

export const connectListAllNwfilters = procedure(
  'connect_list_all_nwfilters',
  286,
  { need_results: int, flags },
  { filters: array(nwFilter, NWFILTER_LIST_MAX), ret: uint },
);

export const connectListAllSecrets = procedure(
  'connect_list_all_secrets',
  287,
  { need_results: int, flags },
  { secrets: array(secret, SECRET_LIST_MAX), ret: uint },
);
export const secretLookupByUuid = procedure('secret_lookup_by_uuid', 141, { uuid }, { secret });
export const secretDefineXml = procedure('secret_define_xml', 142, { xml: string, flags }, { secret });
export const secretGetXmlDesc = procedure('secret_get_xml_desc', 143, { secret: secretRef, flags }, { xml: string });
export const secretSetValue = procedure('secret_set_value', 144, { secret: secretRef, value: opaque(SECRET_VALUE_MAX), flags }, {});
export const secretUndefine = procedure('secret_undefine', 146, { secret: secretRef }, {});

export const connectListAllNodeDevices = procedure(
  'connect_list_all_node_devices',
  285,
  { need_results: int, flags },
  { devices: array(nodeDevice, NODE_DEVICE_LIST_MAX), ret: uint },
);
export const nodeDeviceGetXmlDesc = procedure('node_device_get_xml_desc', 114, { name: string, flags }, { xml: string }, 'slow');
export const nodeDeviceLookupByName = procedure('node_device_lookup_by_name', 113, { name: string }, { dev: nodeDevice });
export const nodeDeviceGetParent = procedure('node_device_get_parent', 115, { name: string }, { parentName: optionalString });
