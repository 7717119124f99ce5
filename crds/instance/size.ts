/** For status: what a guest runs with whose size can be changed without a restart. */
import { Type } from 'typebox';
import { count, quantity } from '../schema/number.ts';
import type { Read } from '../schema/static.ts';

export const RunningSize = Type.Object(
  {
    vcpus: count('CPUs that it has.'),
    memory: quantity('Memory that it has: a guest gives back at its own pace, or not at all.'),
    maxVcpus: count('CPUs that it can be given in this run.'),
    maxMemory: quantity('Memory that it can be given in this run.'),
  },
  { description: 'What the guest runs with, as its host says. Of guests that were started with a maximum only.' },
);
export type RunningSize = Read<typeof RunningSize>;
