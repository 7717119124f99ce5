/** Power planning for a machine as it was observed: the facts put together, and the guards around a start and a resume. */
import { planPower } from './power.ts';
import { shutdownProgress } from './shutdown.ts';
import { planResumable, planUnseen } from './twins.ts';
import type { ObservedMachine, Plan, PowerOff, World } from './types.ts';

/** `asked`: whether somebody asks for a start, beside what the spec says. */
export function planMachinePower(
  world: World,
  machine: ObservedMachine,
  end: PowerOff | undefined,
  asked: 'No' | 'Edit' | 'Action' = byEdit(world, machine),
): Plan {
  const power = planPower(world.desired, {
    now: world.now,
    power: machine.power,
    powerReason: machine.powerReason,
    end,
    everStarted: machine.runId !== undefined,
    startAsked: asked,
    shutdown: shutdownProgress(world.record.shutdown, world.desired.shutdownTimeoutMs, world.now),
    restarts: world.record.restarts,
  });
  if (power.kind === 'Steps' && power.operation === 'Resume') return planResumable(world, machine) ?? power;
  const starts = (power.kind === 'Steps' && power.operation === 'Start') || (power.kind === 'Wait' && power.reason === 'EndUnexplained');
  return starts ? (planUnseen(world, machine, end) ?? power) : power;
}

/** Off, whatever the spec asks: settled once it is. */
export function planOff({ now, record, desired }: World, { power, powerReason }: ObservedMachine): Plan {
  return planPower(
    { powerState: 'Stopped', restartPolicy: 'Never' },
    {
      now,
      power,
      powerReason,
      end: undefined,
      everStarted: true,
      startAsked: 'No',
      shutdown: shutdownProgress(record.shutdown, desired.shutdownTimeoutMs, now),
      restarts: undefined,
    },
  );
}

function byEdit({ desired, record }: World, { bootHash }: ObservedMachine): 'No' | 'Edit' {
  if (record.origin === 'Adopted') return 'No';
  return bootHash !== undefined && desired.bootHash !== undefined && bootHash !== desired.bootHash ? 'Edit' : 'No';
}
