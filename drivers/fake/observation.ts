/** Puts the changes that a fake host sends together to the full observation that the contract asks for. */
import type { HostObservation, Machine, MachineState } from '../contract.ts';
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

export function machineOf({ state, hardware, running, addresses }: SentMachine): Machine {
  const { vcpus, memoryBytes, disks, interfaces } = running ?? hardware;
  const definition: FakeDefinition = { hardware, ...(running && { running }) };
  return {
    ...state,
    vcpus,
    memoryBytes,
    disks,
    interfaces: interfaces.map(({ mac }) => ({ mac, addresses: addresses[mac] ?? [] })),
    definition: JSON.stringify(definition),
  };
}
