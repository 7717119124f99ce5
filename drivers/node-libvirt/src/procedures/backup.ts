/** Procedures of backups, and of holding a guest's file systems still while one begins. All wait for the guest: they are slow. */
import { array } from '../xdr/codec.ts';
import { flags, int } from '../xdr/primitives.ts';
import { DOMAIN_FREEZE_MOUNTPOINTS_MAX } from '../types/limits.ts';
import { domainRef } from '../types/references.ts';
import { optionalString, string } from '../types/strings.ts';
import { procedure } from './procedure.ts';

export const domainBackupBegin = procedure(
  'domain_backup_begin',
  421,
  { dom: domainRef, backup_xml: string, checkpoint_xml: optionalString, flags },
  {},
  'slow',
);
export const domainBackupGetXmlDesc = procedure('domain_backup_get_xml_desc', 422, { dom: domainRef, flags }, { xml: string }, 'slow');

const mountpoints = array(string, DOMAIN_FREEZE_MOUNTPOINTS_MAX);
export const domainFsfreeze = procedure('domain_fsfreeze', 335, { dom: domainRef, mountpoints, flags }, { filesystems: int }, 'slow');
export const domainFsthaw = procedure('domain_fsthaw', 336, { dom: domainRef, mountpoints, flags }, { filesystems: int }, 'slow');
