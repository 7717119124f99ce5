/**
 * CrashDump: one non-maskable interrupt for a running guest, which then dumps its memory, or does whatever it was set up
 * to do. No state is changed by us; what becomes of the guest is judged like any other end.
 *
 * Done at most once: a second interrupt would end a dump that is being written. So what was cut off is not begun again.
 */
import type { CrashDumpAction, ObservedMachine, Plan, World } from '../types.ts';
import { steps } from '../types.ts';
import { end, hasBegun, outcome, refuse } from './protocol.ts';

export function planCrashDump(world: World, machine: ObservedMachine, action: CrashDumpAction): Plan {
  if (hasBegun(world, action)) return planCutOff(world, action);
  if (machine.power !== 'Running')
    return refuse(action, 'NotRunning', `the guest is ${machine.power}: only one that runs can dump its memory`);
  return {
    ...steps('CrashDump', 'begin-action', 'inject-nmi', 'end-action'),
    outcome: outcome('Succeeded', 'Injected', 'the guest got an NMI; whether it dumps its memory is its own affair', action),
  };
}

/** It was not ended in the pass that began it. */
function planCutOff({ record }: World, action: CrashDumpAction): Plan {
  const { failure } = record;
  return failure?.operation === 'CrashDump'
    ? end('Failed', failure.reason, failure.message, action)
    : end('Failed', 'Interrupted', 'the operator was cut off: the guest may have got the NMI or not; ask again if it did not', action);
}
