/** Where the content of an image lies on a host. */
import { Type } from 'typebox';
import type { Read } from '../schema/static.ts';
import { hypervisorName, labelName, word } from '../schema/text.ts';

/** For status only: a name on a host in a spec would be a name that tenants choose. */
export const ImageLocation = (description: string) =>
  Type.Object(
    {
      hypervisorName: hypervisorName('Hypervisor that made it.'),
      pool: labelName('Key of its storage pool, in spec.pools of the Hypervisor.'),
      volume: word('Name of the volume in the pool.', 255),
    },
    { description },
  );
export type ImageLocation = Read<ReturnType<typeof ImageLocation>>;
