/** Having an image on hosts before anybody asks for it there. */
import { Type } from 'typebox';
import { setOf } from '../schema/collections.ts';
import { count } from '../schema/number.ts';
import { labelSelector } from '../schema/references.ts';
import type { Read } from '../schema/static.ts';
import { hypervisorName, labelName, text } from '../schema/text.ts';

export const PreCache = Type.Object(
  {
    hypervisorNames: Type.Optional(
      setOf(hypervisorName('Name of a Hypervisor.'), { minItems: 1, maxItems: 256, description: 'Hypervisors that are to have it.' }),
    ),
    hypervisorSelector: Type.Optional(labelSelector('Hypervisors whose labels match are to have it. Empty: all of them.')),
    pool: Type.Optional(labelName('Key of the storage pool, in spec.pools of each. Absent: the default pool of each.')),
  },
  {
    description:
      'Hypervisors that fetch the image at once, and keep it, so that the first instance there need not wait. status.locations says where it is.',
    'x-kubernetes-validations': [
      {
        rule: 'has(self.hypervisorNames) || has(self.hypervisorSelector)',
        message: 'say which: hypervisorNames, hypervisorSelector, or both',
      },
    ],
  },
);
export type PreCache = Read<typeof PreCache>;

export const PreCacheStatus = Type.Object(
  {
    wanted: count('How many Hypervisors are to have it.'),
    cached: count('How many of them have it, verified.'),
    message: Type.Optional(text('What the others wait for, or what went wrong there.', 1024)),
  },
  { description: 'How far spec.preCache has come.' },
);
export type PreCacheStatus = Read<typeof PreCacheStatus>;
