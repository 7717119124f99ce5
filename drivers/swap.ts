/** Moving what a machine has on one volume to another one, under its guest or while it is off. Part of the contract (contract.ts). */
import type { Call } from './contract.ts';
import type { Target } from './owner.ts';
import type { DiskRef, MachineVolume } from './storage.ts';

export interface SwapSpec {
  /** What the machine is to have under `to.id`, or to boot from, instead of what it has. Its disk is blank. */
  readonly to: MachineVolume | RootDisk;
  /** How large that disk is, or is to be. */
  readonly sizeBytes: number;
  /** Whole percent, now and then. */
  readonly onProgress?: (percent: number) => void;
}

/** Only of a machine that is off. */
export interface RootDisk extends DiskRef {
  readonly role: 'root';
}

export const isRoot = (to: SwapSpec['to']): to is RootDisk => 'role' in to;

export interface SwapVerbs {
  /**
   * Copies a volume of a machine to the disk of another, and has the machine use that one from then on, in its definition and
   * as it runs; the old disk stays as it was at that moment. There already: nothing is done. Until it is through the machine has
   * its old volume: when it fails, too. No such volume: `NotFound`, reason `VolumeNotPlugged`; a disk that another machine has:
   * `Conflict`, reason `DiskInUse`; a saved machine, or the root disk of one that is on: `Conflict`.
   *
   * Of a machine that is on it is copied whatever the guest writes meanwhile, and the machine is busy. A copy to that disk which
   * is under way, begun by an earlier call, is gone on with; one to another disk is ended first. No such disk: `NotFound`,
   * reason `DiskNotFound`; of another size, or not blank: `InvalidSpec`, reasons `VolumeSizeDiffers` and `VolumeNotBlank`.
   *
   * Of a machine that is off the disk is made anew, as large as `sizeBytes`, whether there is one of that name or not; one
   * smaller than the old one is `InvalidSpec`, reason `VolumeSizeDiffers`, an encrypted one, old or new, `Unsupported`, reason
   * `VolumeUnfit`. Cut off, or failed, there may be no such disk, or part of one. One that an earlier call is still at
   * work on: `Conflict`, reason `Busy`. A machine that somebody starts meanwhile keeps its old one: `Conflict`, reason
   * `StartedMeanwhile`.
   */
  swapVolume(target: Target, swap: SwapSpec, call: Call): Promise<void>;
  /** Ends a copy that is not through, of the volume of this id of a machine that is on: it keeps what it has. None, off, or gone: nothing is done. */
  endSwap(target: Target, id: string, call: Call): Promise<void>;
}
