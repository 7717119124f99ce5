/** Switching a machine off on the way to something else: the guest is asked first, as by a stop. */
import { planPower } from './power.ts';
import { shutdownProgress } from './shutdown.ts';
import type { ObservedMachine, Operation, Plan, World } from './types.ts';

/** Undefined: it is off. `reason`: of the wait for the guest. */
export function planGoingOff(world: World, machine: ObservedMachine, operation: Operation, reason: string): Plan | undefined {
  const stop = planPower(
    { powerState: 'Stopped', restartPolicy: 'Never' },
    {
      now: world.now,
      power: machine.power,
      powerReason: machine.powerReason,
      end: undefined,
      everStarted: true,
      startAsked: 'No',
      shutdown: shutdownProgress(world.record.shutdown, world.desired.shutdownTimeoutMs, world.now),
      restarts: undefined,
    },
  );
  if (stop.kind === 'Settled') return undefined;
  if (stop.kind === 'Steps') return { ...stop, operation };
  return stop.kind === 'Wait' && stop.reason === 'ShuttingDown' ? { ...stop, reason } : stop;
}
