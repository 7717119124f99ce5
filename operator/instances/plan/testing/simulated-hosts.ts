/** The hosts and machines of the simulation, and how one is seen from another host. */
import type { ObservedMachine, Recorded, Twin, World } from '../types.ts';
import type { SimulatedGuest } from './simulated-guest.ts';
import type { RescueMachine } from './simulated-rescue.ts';

export const UID = 'uid-1';
export const ID = 'machine-1';

export interface SimMachine extends Omit<SimulatedGuest, keyof RescueMachine>, RescueMachine {
  uid: string;
  root: string;
  vcpus: number;
  powerReason: string;
  persistent: boolean;
  filtered: boolean;
}

export interface SimHost {
  silent: boolean;
  boot: number;
  machine: SimMachine | undefined;
  disks: Set<string>;
  /** What the last tick saw, and when. */
  seen: { at: number; machine: SimMachine | undefined } | undefined;
  missed: number;
}

export const newHost = (disks: Set<string>): SimHost => ({ silent: false, boot: 1, machine: undefined, disks, seen: undefined, missed: 0 });

/** Defined again, it carries on with the run that status recorded as ended; else it was never started. */
export const newMachine = ({ powerOff, run }: Recorded, root: string): SimMachine => ({
  uid: UID,
  root,
  vcpus: 1,
  power: 'Stopped',
  powerReason: 'Unknown',
  runId: powerOff?.runId,
  bootHash: powerOff?.runId !== undefined && powerOff.runId === run?.id ? run.bootHash : undefined,
  persistent: true,
  filtered: false,
  role: 'main',
});

export const twinsOf = (hypervisorName: string, machine: SimMachine | undefined): readonly Twin[] =>
  machine === undefined
    ? []
    : [
        {
          hypervisorName,
          machineId: ID,
          power: machine.power,
          runId: machine.runId,
          movedAway: machine.powerReason === 'Migrated',
          kind: machine.uid === UID ? 'Ours' : 'Stranger',
        },
      ];

/** The run as status has it: the boot is known of one that lived here in it. */
export function runSeen(known: Recorded['run'], { runId, bootHash, power }: ObservedMachine, bootId: string): Recorded['run'] {
  const run = runId === known?.id ? known : runId === undefined ? undefined : { id: runId, bootHash: bootHash ?? '', bootId: undefined };
  const lives = power === 'Running' || power === 'Paused';
  return run !== undefined && run.bootId === undefined && lives ? { ...run, bootId } : run;
}

/** What is known of the other hosts. `since`: observations must be newer; `left`: when a host was left for another. */
export function elsewhereOf(
  others: readonly (readonly [string, SimHost])[],
  known: {
    readonly since: number | undefined;
    readonly left: ReadonlyMap<string, number>;
    /** When the host on record was observed, and acted on. */
    readonly at: number | undefined;
    readonly actedAt: number;
  },
): World['elsewhere'] {
  const { since, left, at, actedAt } = known;
  const isOutdated = (name: string, { seen }: SimHost): boolean => (seen?.at ?? 0) <= (left.get(name) ?? 0);
  const isUnheard = (name: string, host: SimHost, after: number | undefined): boolean =>
    !host.silent && (host.seen === undefined || isOutdated(name, host) || (after !== undefined && host.seen.at <= after));
  const silent = others.filter(([, host]) => host.silent).map(([name]) => name);
  return {
    twins: others.flatMap(([name, other]) => (isOutdated(name, other) ? [] : twinsOf(name, other.seen?.machine))),
    confirmed: others.every(([, { seen }]) => seen?.at === at) && actedAt <= (at ?? 0),
    unheard: others.filter(([name, other]) => isUnheard(name, other, since)).map(([name]) => name),
    unobserved: others.filter(([name, other]) => isUnheard(name, other, undefined)).map(([name]) => name),
    silentSharers: since === undefined ? [] : silent,
    silent,
  };
}
