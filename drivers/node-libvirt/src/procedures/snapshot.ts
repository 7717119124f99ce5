/** Procedures of snapshots and checkpoints. */
import { array } from '../xdr/codec.ts';
import { flags, int } from '../xdr/primitives.ts';
import { DOMAIN_CHECKPOINT_LIST_MAX, DOMAIN_SNAPSHOT_LIST_MAX } from '../types/limits.ts';
import { checkpoint, checkpointRef, domainRef, snapshot, snapshotRef } from '../types/references.ts';
import { string } from '../types/strings.ts';
import { procedure } from './procedure.ts';

export const domainListAllSnapshots = procedure(
  'domain_list_all_snapshots',
  274,
  { dom: domainRef, need_results: int, flags },
  { snapshots: array(snapshot, DOMAIN_SNAPSHOT_LIST_MAX), ret: int },
);
export const domainSnapshotCreateXml = procedure(
  'domain_snapshot_create_xml',
  185,
  { dom: domainRef, xml_desc: string, flags },
  { snap: snapshot },
  'slow',
);
export const domainSnapshotGetXmlDesc = procedure('domain_snapshot_get_xml_desc', 186, { snap: snapshotRef, flags }, { xml: string });
export const domainSnapshotDelete = procedure('domain_snapshot_delete', 193, { snap: snapshotRef, flags }, {}, 'slow');

export const domainListAllCheckpoints = procedure(
  'domain_list_all_checkpoints',
  413,
  { dom: domainRef, need_results: int, flags },
  { checkpoints: array(checkpoint, DOMAIN_CHECKPOINT_LIST_MAX), ret: int },
);
export const domainCheckpointDelete = procedure('domain_checkpoint_delete', 417, { checkpoint: checkpointRef, flags }, {}, 'slow');
