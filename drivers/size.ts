/**
 * How large a machine is, and how that changes while it runs (`Driver.resizeLive`).
 *
 * Within the maximum that it was started with, which is `Conflict`, reason `BeyondMaximum`, where it is too small. CPUs are
 * plugged in, and never out: fewer than run is `Conflict`, reason `CpusInUse`. Memory is asked of the guest, or back for it,
 * and it gives in its own time, or never; what it has is told by `Machine.memoryBytes`. As large already: nothing is done.
 * A machine that does not run is `Conflict`. Cut off, it leaves part of it done: the next attempt does the rest.
 */
export interface MachineSize {
  readonly vcpus: number;
  readonly memoryBytes: number;
}
