/**
 * Looking into a machine without touching it: the verbs of the contract for that, and the plain records that they give.
 *
 * They need no mark, for they change nothing, and they wait for no job on the machine. What a guest prints or shows is the
 * guest's word: whoever keeps it bounds it.
 */
import type { Call } from './contract.ts';

export interface Insight {
  /** What the host counts of a machine that is on. One that is off: `Conflict`. */
  readDiagnostics(machineId: string, call: Call): Promise<Diagnostics>;
  /**
   * The last bytes, at most so many, of what the guest printed on its first serial port, in this run and earlier ones; also of
   * a machine that is off. Nothing printed yet: empty. A machine whose output is kept nowhere is `Unsupported`, reason
   * `ConsoleNotLogged`. Needs capability `ConsoleLog`.
   */
  readConsoleLog(machineId: string, maxBytes: number, call: Call): Promise<ConsoleTail>;
  /**
   * What is on the first screen of a machine that is on. One that is off: `Conflict`; one without a graphics card: `Unsupported`,
   * reason `NoScreen`. Needs capability `Screenshot`.
   */
  takeScreenshot(machineId: string, call: Call): Promise<Screenshot>;
}

/** The machine prints nowhere that is kept: reason of an `Unsupported`. */
export const CONSOLE_NOT_LOGGED = 'ConsoleNotLogged';
/** The machine has no graphics card: reason of an `Unsupported`. */
export const NO_SCREEN = 'NoScreen';

/** Counted since the start of the run. What a host does not count is absent. */
export interface Diagnostics {
  readonly memory: { readonly maximumBytes?: number; readonly usedBytes?: number; readonly residentBytes?: number };
  /** Those that are switched on. */
  readonly cpus: readonly CpuCounters[];
  readonly disks: readonly DiskCounters[];
  readonly interfaces: readonly InterfaceCounters[];
  /** All that the host counts, in its own words. */
  readonly raw: Readonly<Record<string, string>>;
}

export interface CpuCounters {
  readonly id: number;
  readonly timeMs?: number;
}

export interface DiskCounters {
  /** The disk's id within the machine (`root`, the id of a volume); of any other, as the host names it. */
  readonly name: string;
  readonly readBytes?: number;
  readonly readRequests?: number;
  readonly writeBytes?: number;
  readonly writeRequests?: number;
  readonly errors?: number;
}

/** `rx` is to the guest. */
export interface InterfaceCounters {
  /** Lower case. */
  readonly mac: string;
  /** That of the machine's spec, where it is one of these. */
  readonly name?: string;
  readonly rxBytes?: number;
  readonly rxPackets?: number;
  readonly rxErrors?: number;
  readonly rxDrops?: number;
  readonly txBytes?: number;
  readonly txPackets?: number;
  readonly txErrors?: number;
  readonly txDrops?: number;
}

export interface ConsoleTail {
  readonly content: Uint8Array;
  /** There is more before it. */
  readonly truncated: boolean;
}

/** `PPM` is the binary kind, P6, with at most 255 for a colour. */
export interface Screenshot {
  readonly format: 'PNG' | 'PPM';
  readonly content: Uint8Array;
}
