/**
 * A machine that was nobody's and was taken over: its definition is not Hostler's, and is never made anew. It is started,
 * stopped, paused, saved and given volumes; what would make another machine of it is refused, and what the spec says of its
 * parts is compared and told, not forced.
 */
import type { Plan, StepName, Steps, World } from './types.ts';
import { blocked } from './types.ts';

/** What a start of a machine of ours does first, to bring it in line. */
const BROUGHT_IN_LINE: ReadonlySet<StepName> = new Set(['write-config-drive', 'define']);
const REMAKING: ReadonlySet<StepName> = new Set([
  'define',
  'begin-resize',
  'begin-rescue',
  'create-rescue-disk',
  'enter-rescue',
  'create-root-disk',
]);
const STARTS: ReadonlySet<Steps['operation']> = new Set(['Start', 'Reboot']);

export const isAdopted = ({ record }: Pick<World, 'record'>): boolean => record.origin === 'Adopted';

/** The plan as it is for such a machine. */
export function asAdopted(wanted: Steps, world: World): Plan {
  if (!isAdopted(world)) return wanted;
  if (STARTS.has(wanted.operation)) return { ...wanted, steps: wanted.steps.filter((step) => !BROUGHT_IN_LINE.has(step)) };
  const remakes = wanted.steps.some((step) => REMAKING.has(step));
  return remakes
    ? blocked(
        'NotMadeHere',
        `the machine was taken over as it is, and Hostler does not make it anew (${wanted.operation}): withdraw what asks for that, or do it on the host`,
      )
    : wanted;
}
