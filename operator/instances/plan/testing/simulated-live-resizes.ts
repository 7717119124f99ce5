/** Sizes of the guest of the simulation: CPUs, which are part of the boot hash (`boot-hash@2` has two, `boot-hash` one). */
import { Refused } from './simulated-faults.ts';
import { changing } from '../live-resize.ts';
import type { Desired, ObservedMachine, Recorded, StepName } from '../types.ts';

/** Every run has room for so many. */
const MOST = 3;

export interface SizedMachine {
  vcpus: number;
  readonly power: string;
  bootHash: string | undefined;
}

export const vcpusOf = (bootHash: string | undefined): number => Number(/@(\d)/.exec(bootHash ?? '')?.[1] ?? 1);
export const withVcpus = (bootHash: string | undefined, vcpus: number): string =>
  `${(bootHash ?? '').replace(/@\d/, '')}${vcpus === 1 ? '' : `@${vcpus}`}`;

const fixedOf = (bootHash: string | undefined): string => withVcpus(bootHash, 1);

const memoryBytes = 1;

export class SimulatedLiveResizes {
  /** On record. */
  #vcpus = 1;

  /** As report.ts does: what the machine was started for is what the spec asks. */
  report({ bootHash }: Pick<SizedMachine, 'bootHash'>, desired: Desired, run: Recorded['run']): Recorded['run'] {
    if (bootHash !== desired.bootHash) return run;
    this.#vcpus = vcpusOf(bootHash);
    return run && { ...run, bootHash: bootHash ?? '', fixedHash: fixedOf(bootHash) };
  }

  /** Where resizes are done in the other way, none is done live. */
  desired(desired: Desired, resizes: boolean): Desired {
    const size = { vcpus: vcpusOf(desired.bootHash), memoryBytes };
    const before = { vcpus: this.#vcpus, memoryBytes };
    return {
      ...desired,
      live: { size, before, fixedHash: fixedOf(desired.bootHash), elastic: true, resizes: desired.resize === undefined && !resizes },
    };
  }

  observed({ vcpus }: SizedMachine): Pick<ObservedMachine, 'size'> {
    return { size: { vcpus, memoryBytes, maximum: { vcpus: MOST, memoryBytes } } };
  }

  steps(machine: SizedMachine, { bootHash }: Desired): Partial<Record<StepName, () => void>> {
    const running = (work: () => void) => (): void => {
      if (machine.power !== 'Running') throw new Refused('it does not run');
      work();
    };
    return {
      'begin-live-resize': running(() => {
        machine.bootHash = changing(machine.bootHash ?? '');
      }),
      'resize-live': running(() => {
        const vcpus = vcpusOf(bootHash);
        if (vcpus < machine.vcpus || vcpus > MOST) throw new Error('resized to what it cannot be');
        machine.vcpus = vcpus;
      }),
      'end-live-resize': running(() => {
        machine.bootHash = bootHash;
      }),
      'mark-run': running(() => {
        if (vcpusOf(bootHash) !== machine.vcpus) throw new Error('marked as what it is not');
        machine.bootHash = bootHash;
      }),
    };
  }
}
