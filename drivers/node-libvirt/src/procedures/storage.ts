/** Procedures of storage pools and volumes. */
import { array } from '../xdr/codec.ts';
import { char, flags, int, uint, unsignedChar, unsignedHyper, uuid } from '../xdr/primitives.ts';
import { STORAGE_POOL_LIST_MAX, STORAGE_VOL_LIST_MAX } from '../types/limits.ts';
import { storagePool, storagePoolRef, storageVolume } from '../types/references.ts';
import { string } from '../types/strings.ts';
import { procedure } from './procedure.ts';

export const connectListAllStoragePools = procedure(
  'connect_list_all_storage_pools',
  281,
  { need_results: int, flags },
  { pools: array(storagePool, STORAGE_POOL_LIST_MAX), ret: uint },
);
export const storagePoolLookupByName = procedure('storage_pool_lookup_by_name', 84, { name: string }, { pool: storagePool });
export const storagePoolLookupByUuid = procedure('storage_pool_lookup_by_uuid', 85, { uuid }, { pool: storagePool });
export const storagePoolLookupByVolume = procedure('storage_pool_lookup_by_volume', 86, { vol: storageVolume }, { pool: storagePool });
export const storagePoolLookupByTargetPath = procedure('storage_pool_lookup_by_target_path', 391, { path: string }, { pool: storagePool });
export const storagePoolGetInfo = procedure(
  'storage_pool_get_info',
  87,
  { pool: storagePoolRef },
  { state: unsignedChar, capacity: unsignedHyper, allocation: unsignedHyper, available: unsignedHyper },
);
export const storagePoolGetXmlDesc = procedure('storage_pool_get_xml_desc', 88, { pool: storagePoolRef, flags }, { xml: string });
export const storagePoolDefineXml = procedure('storage_pool_define_xml', 77, { xml: string, flags }, { pool: storagePool });
export const storagePoolCreateXml = procedure('storage_pool_create_xml', 76, { xml: string, flags }, { pool: storagePool }, 'slow');
export const storagePoolCreate = procedure('storage_pool_create', 78, { pool: storagePoolRef, flags }, {}, 'slow');
export const storagePoolBuild = procedure('storage_pool_build', 79, { pool: storagePoolRef, flags }, {}, 'slow');
export const storagePoolDestroy = procedure('storage_pool_destroy', 80, { pool: storagePoolRef }, {}, 'slow');
export const storagePoolUndefine = procedure('storage_pool_undefine', 82, { pool: storagePoolRef }, {});
export const storagePoolRefresh = procedure('storage_pool_refresh', 83, { pool: storagePoolRef, flags }, {}, 'slow');
export const storagePoolListAllVolumes = procedure(
  'storage_pool_list_all_volumes',
  282,
  { pool: storagePoolRef, need_results: int, flags },
  { vols: array(storageVolume, STORAGE_VOL_LIST_MAX), ret: uint },
);

export const storageVolLookupByName = procedure(
  'storage_vol_lookup_by_name',
  95,
  { pool: storagePoolRef, name: string },
  { vol: storageVolume },
);
export const storageVolLookupByKey = procedure('storage_vol_lookup_by_key', 96, { key: string }, { vol: storageVolume });
export const storageVolLookupByPath = procedure('storage_vol_lookup_by_path', 97, { path: string }, { vol: storageVolume });
export const storageVolCreateXml = procedure(
  'storage_vol_create_xml',
  93,
  { pool: storagePoolRef, xml: string, flags },
  { vol: storageVolume },
  'slow',
);
export const storageVolCreateXmlFrom = procedure(
  'storage_vol_create_xml_from',
  125,
  { pool: storagePoolRef, xml: string, clonevol: storageVolume, flags },
  { vol: storageVolume },
  'slow',
);
export const storageVolDelete = procedure('storage_vol_delete', 94, { vol: storageVolume, flags }, {}, 'slow');
export const storageVolGetInfo = procedure(
  'storage_vol_get_info',
  98,
  { vol: storageVolume },
  { type: char, capacity: unsignedHyper, allocation: unsignedHyper },
  'slow',
);
export const storageVolGetXmlDesc = procedure('storage_vol_get_xml_desc', 99, { vol: storageVolume, flags }, { xml: string }, 'slow');
export const storageVolGetPath = procedure('storage_vol_get_path', 100, { vol: storageVolume }, { name: string });
export const storageVolResize = procedure('storage_vol_resize', 260, { vol: storageVolume, capacity: unsignedHyper, flags }, {}, 'slow');

const transfer = { vol: storageVolume, offset: unsignedHyper, length: unsignedHyper, flags };
/** Opens a stream towards the daemon. */
export const storageVolUpload = procedure('storage_vol_upload', 208, transfer, {}, 'slow');
/** Opens a stream from the daemon. */
export const storageVolDownload = procedure('storage_vol_download', 209, transfer, {}, 'slow');
