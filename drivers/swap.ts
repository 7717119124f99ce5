/** Moving what a guest has on one volume to another one, under it. Part of the contract (contract.ts). */
import type { Call } from './contract.ts';
import type { Target } from './owner.ts';
import type { MachineVolume } from './storage.ts';

export interface SwapSpec {
  /** What the machine is to have under `to.id` instead of what it has. Its disk is blank, and as large as the other. */
  readonly to: MachineVolume;
  /** Whole percent, now and then. */
  readonly onProgress?: (percent: number) => void;
}

export interface SwapVerbs {
  /**
   * Copies a volume of a machine that is on to the disk of another, whatever the guest writes meanwhile, and has the machine
   * use that one from then on, as it runs and in its definition; the old disk stays as it was at that moment. The machine is
   * busy while it is copied. There already: nothing is done. A copy to that disk which is under way, begun by an earlier call,
   * is gone on with; one to another disk is ended first. Until it is through the machine has its old volume: when it fails,
   * too. No such volume: `NotFound`, reason `VolumeNotPlugged`; no such disk: `NotFound`, reason `DiskNotFound`; one that
   * another machine has: `Conflict`, reason `DiskInUse`; of another size, or not blank: `InvalidSpec`, reasons
   * `VolumeSizeDiffers` and `VolumeNotBlank`. A machine that is off: `Conflict`.
   */
  swapVolume(target: Target, swap: SwapSpec, call: Call): Promise<void>;
  /** Ends a copy that is not through, of the volume of this id: the machine keeps what it has. None, off, or gone: nothing is done. */
  endSwap(target: Target, id: string, call: Call): Promise<void>;
}
