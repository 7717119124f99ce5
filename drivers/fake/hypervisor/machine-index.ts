/** The machines of one host, found by id, by name and by the namespace and name in their mark. */
import type { MachineRecord } from './machine.ts';

export class MachineIndex {
  readonly #byId = new Map<string, MachineRecord>();
  readonly #idsByName = new Map<string, string>();
  readonly #idsByMark = new Map<string, Set<string>>();

  get(machineId: string): MachineRecord | undefined {
    return this.#byId.get(machineId);
  }

  byName(name: string): MachineRecord | undefined {
    const id = this.#idsByName.get(name);
    return id === undefined ? undefined : this.#byId.get(id);
  }

  marked(namespace: string, name: string): readonly MachineRecord[] {
    return [...(this.#idsByMark.get(markKey({ namespace, name })) ?? [])].flatMap((id) => this.#byId.get(id) ?? []);
  }

  all(): Iterable<MachineRecord> {
    return this.#byId.values();
  }

  set(machine: MachineRecord): void {
    const old = this.#byId.get(machine.machineId);
    if (old?.owner !== machine.owner) this.#unmark(old);
    this.#byId.set(machine.machineId, machine);
    this.#idsByName.set(machine.name, machine.machineId);
    if (machine.owner === undefined || old?.owner === machine.owner) return;
    const key = markKey(machine.owner);
    const marked = this.#idsByMark.get(key);
    if (marked === undefined) this.#idsByMark.set(key, new Set([machine.machineId]));
    else marked.add(machine.machineId);
  }

  delete(machine: MachineRecord): void {
    this.#unmark(this.#byId.get(machine.machineId));
    this.#byId.delete(machine.machineId);
    this.#idsByName.delete(machine.name);
  }

  #unmark(machine: MachineRecord | undefined): void {
    if (machine?.owner === undefined) return;
    const key = markKey(machine.owner);
    const marked = this.#idsByMark.get(key);
    marked?.delete(machine.machineId);
    if (marked?.size === 0) this.#idsByMark.delete(key);
  }
}

/** Neither part of a Kubernetes name has a slash. */
function markKey({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}
