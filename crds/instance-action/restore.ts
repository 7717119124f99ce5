/** Parameters of the action Restore. */
import { Type } from 'typebox';
import type { Read } from '../schema/static.ts';
import { objectName } from '../schema/text.ts';

export const Restore = Type.Object(
  { snapshotName: objectName('Name of an InstanceSnapshot of this very Instance. It is kept while a disk stands on it.') },
  { description: 'What to put the root disk back to.' },
);
export type Restore = Read<typeof Restore>;
