/** What a guest's memory is made of on its host. */
import { Type } from 'typebox';
import { atomicList } from '../schema/collections.ts';
import { quantity } from '../schema/number.ts';
import type { Read } from '../schema/static.ts';
import { numberSet } from './cpu.ts';

const NumaCell = Type.Object({
  cpus: numberSet("The guest's CPUs in this node, such as 0-3,8."),
  memory: quantity('Its memory.'),
  hostNodes: Type.Optional(numberSet('NUMA nodes of the host that its memory comes from, such as 0-1. Absent: any.')),
});

export const Memory = Type.Object(
  {
    hugePages: Type.Optional(
      Type.Object(
        {
          size: Type.Optional(
            quantity('Size of a page, such as 2Mi or 1Gi; the host must have set such aside. Absent: its usual huge pages.'),
          ),
        },
        { description: 'Memory in huge pages. Absent: in ordinary ones.' },
      ),
    ),
    locked: Type.Optional(Type.Boolean({ description: 'The host never swaps it out. Absent means false.' })),
    numaCells: Type.Optional(
      atomicList(NumaCell, {
        maxItems: 64,
        description: 'NUMA nodes of the guest, from node 0. Together they have all CPUs and all memory of the Flavor. Absent: one node.',
      }),
    ),
  },
  { description: 'What the memory is made of. A change takes effect at the next start. Absent: ordinary memory.' },
);
export type Memory = Read<typeof Memory>;
