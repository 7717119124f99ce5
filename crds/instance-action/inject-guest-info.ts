/** Parameters of the actions InjectNetworkInfo and InjectMetadata. */
import { Type } from 'typebox';
import type { Read } from '../schema/static.ts';
import { pattern } from '../schema/text.ts';
import { METADATA_FILE, NETWORK_INFO_FILE } from '../vocabulary.ts';

const guestPath = (description: string) => Type.Optional(pattern('^/[^\\x00-\\x1f\\x7f]+$', 1024, description));

export const InjectNetworkInfo = Type.Object(
  {
    path: guestPath(
      `File in the guest: an absolute path, whose folder is there. Absent means ${NETWORK_INFO_FILE}, which cloud-init has netplan read.`,
    ),
  },
  { description: 'Where to write the network configuration. Absent: where cloud-init has it on guests with netplan.' },
);
export type InjectNetworkInfo = Read<typeof InjectNetworkInfo>;

export const InjectMetadata = Type.Object(
  { path: guestPath(`File in the guest: an absolute path, whose folder is there. Absent means ${METADATA_FILE}.`) },
  { description: `Where to write the metadata. Absent: to ${METADATA_FILE}.` },
);
export type InjectMetadata = Read<typeof InjectMetadata>;
