/** The rescues of the simulation: their steps, and what must never happen to a rescue machine or its disks. */
import type { Desired, Looked, PowerState, RecordedRescue, RescueEnd, StepName } from '../types.ts';

const DISK = 'rescue';
const CONFIG = 'rescue-config';

export interface RescueMachine {
  power: PowerState;
  role: 'main' | 'rescue';
  runId: string | undefined;
  bootHash: string | undefined;
}

export class SimulatedRescue {
  /** What is in the way: there is no image, or the host does not start the system made from it. */
  fails: 'Not' | 'NoImage' | 'AtStart' = 'Not';

  look(): Looked['rescue'] {
    return this.fails === 'NoImage' ? { kind: 'NotReady', reason: 'ImageNotFound', until: 'it exists' } : { kind: 'Ready' };
  }

  begin({ rescue }: Desired): RecordedRescue | undefined {
    return rescue && { imageName: rescue.imageName, startedAt: undefined, ended: undefined };
  }

  end(known: RecordedRescue | undefined, why: RescueEnd | undefined): RecordedRescue | undefined {
    return known && why && { ...known, ended: why };
  }

  /** As report.ts says. */
  report(
    known: RecordedRescue | undefined,
    asked: boolean,
    { role, power }: Pick<RescueMachine, 'role'> & { readonly power: string },
    now: number,
  ): RecordedRescue | undefined {
    if (known === undefined || (known.ended !== undefined && !asked)) return undefined;
    return role === 'rescue' && power === 'Running' ? { ...known, startedAt: known.startedAt ?? now } : known;
  }

  onDisks(disks: Set<string>, role: RescueMachine['role'] | undefined): Partial<Record<StepName, () => void>> {
    return {
      'create-rescue-disk': () => disks.add(DISK),
      'delete-rescue-disks': () => {
        if (role === 'rescue') throw new Error('the rescue disks were deleted under their machine');
        for (const disk of [DISK, CONFIG]) disks.delete(disk);
      },
    };
  }

  onMachine(machine: RescueMachine, disks: Set<string>): Partial<Record<StepName, () => void>> {
    return {
      'enter-rescue': () => {
        if (!disks.has(DISK)) throw new Error('a rescue machine without its disk');
        disks.add(CONFIG);
        become(machine, 'rescue');
      },
      'leave-rescue': () => become(machine, 'main'),
    };
  }
}

function become(machine: RescueMachine, role: RescueMachine['role']): void {
  if (machine.power !== 'Stopped') throw new Error(`made a ${role} machine while it is ${machine.power}`);
  if (machine.role !== role) Object.assign(machine, { role, runId: undefined, bootHash: undefined });
}
