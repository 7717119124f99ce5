/** Puts the changes that a fake host sends together to the full observation that the contract asks for. */
import type { HostObservation, Machine, MachineState, MachineVolume, PluggedVolume } from '../contract.ts';
import type { SentMachine, SentObservation } from './protocol.ts';

/** Lives as long as its connection: generations of another one mean nothing to this host. */
export class Observed {
  readonly #machines = new Map<string, MachineState>();
  #list: readonly MachineState[] = [];
  #generation = 0;

  /** What the next observation is asked with. */
  get since(): number {
    return this.#generation;
  }

  /** Answers that overtook each other do no harm: an older one tells nothing new. */
  apply({ bootId, generation, complete, machines, removed }: SentObservation): HostObservation {
    if (generation < this.#generation) return { bootId, machines: this.#list };
    this.#generation = generation;
    if (complete) this.#machines.clear();
    for (const machine of machines) this.#machines.set(machine.machineId, machine);
    for (const machineId of removed) this.#machines.delete(machineId);
    if (complete || machines.length > 0 || removed.length > 0) this.#list = [...this.#machines.values()];
    return { bootId, machines: this.#list };
  }
}

/** The definition of a fake machine: what the next start takes, and what runs. */
export type FakeDefinition = Pick<SentMachine, 'hardware' | 'running'>;

export function machineOf({ state, hardware, running, guestAgent, addresses }: SentMachine): Machine {
  const { vcpus, memoryBytes, maximum, disks, interfaces } = running ?? hardware;
  const definition: FakeDefinition = { hardware, ...(running && { running }) };
  return {
    ...state,
    vcpus,
    memoryBytes,
    ...(maximum && { maximum }),
    disks,
    ...pluggedVolumes(hardware.volumes, running && (running.volumes ?? [])),
    interfaces: interfaces.map(({ mac }) => ({ mac, addresses: addresses[mac] ?? [] })),
    ...(guestAgent && { guestAgent }),
    definition: JSON.stringify(definition),
  };
}

const has = (list: readonly MachineVolume[], id: string): boolean => list.some((one) => one.id === id);

/** `run` is undefined of a machine that is off. */
function pluggedVolumes(next: readonly MachineVolume[] = [], run: readonly MachineVolume[] = []): Pick<Machine, 'volumes'> {
  const volumes: readonly PluggedVolume[] = [
    ...next.map(({ id, pool, name }) => ({ id, pool, name, plugged: has(run, id) ? ('Both' as const) : ('Next' as const) })),
    ...run.flatMap(({ id, pool, name }) => (has(next, id) ? [] : [{ id, pool, name, plugged: 'Run' as const }])),
  ];
  return volumes.length === 0 ? {} : { volumes };
}
