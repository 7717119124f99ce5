/** One machine of a fake host: an immutable record, replaced at every change, and how it looks from outside. */
import type { MachineState, Power } from '../../contract.ts';
import type { OwnerMark } from '../../owner.ts';
import type { Hardware, SentMachine } from '../protocol.ts';

export interface MachineRecord {
  readonly machineId: string;
  readonly name: string;
  /** Absent: somebody else's. */
  readonly owner?: OwnerMark;
  readonly power: Power;
  readonly powerReason: string;
  /** False: runs without a definition, and is gone when it ends. */
  readonly persistent: boolean;
  /** The job that runs on it. */
  readonly job?: string;
  /** As the next start takes it. */
  readonly hardware: Hardware;
  readonly run?: Run;
  /** How often its guest has booted; absent: never. */
  readonly boots?: number;
}

/** From a start to the power off, over pauses; a saved state keeps it. */
export interface Run {
  /** Another one each time, so that what was meant for an earlier run does not hit a later one. */
  readonly number: number;
  readonly hardware: Hardware;
  /** `Booting` guests do not hear a shutdown signal; `Held` ones have not executed an instruction yet. */
  readonly guest: 'Held' | 'Booting' | 'Up';
  /** Packet filters are in force. */
  readonly filtered: boolean;
  /** From when the guest is up; absent: it has none. */
  readonly agent?: GuestAgent;
}

export const AGENT_MODES = ['Answers', 'Absent', 'Hangs'] as const;
export type AgentMode = (typeof AGENT_MODES)[number];

/** The agent in a guest, and what was done through it. */
export interface GuestAgent {
  readonly mode: AgentMode;
  readonly frozen: boolean;
  /** By path. */
  readonly files: Readonly<Record<string, { readonly sizeBytes: number; readonly mode?: string }>>;
  /** How often it read its network configuration again; absent: never. */
  readonly networkResets?: number;
  /** How often that of a user was set. */
  readonly passwords: Readonly<Record<string, number>>;
}

export const newAgent = (mode: AgentMode): GuestAgent => ({ mode, frozen: false, files: {}, passwords: {} });

/** What a host says of it: whether its channel is open. */
function channelOf(machine: MachineRecord): NonNullable<SentMachine['guestAgent']> {
  const { agent, guest } = machine.run ?? {};
  return guest === 'Up' && agent !== undefined && agent.mode !== 'Absent' ? 'Connected' : 'Disconnected';
}

export function isOn(machine: MachineRecord): boolean {
  return machine.power === 'Running' || machine.power === 'Paused';
}

export function stateOf(machine: MachineRecord): MachineState {
  return {
    machineId: machine.machineId,
    name: machine.name,
    power: machine.power,
    powerReason: machine.powerReason,
    ...(machine.owner !== undefined && { owner: machine.owner }),
    busy: machine.job !== undefined,
    persistent: machine.persistent,
  };
}

export function sentMachine(machine: MachineRecord): SentMachine {
  const running = isOn(machine) ? machine.run?.hardware : undefined;
  const up = machine.power === 'Running' && machine.run?.guest === 'Up';
  return {
    state: stateOf(machine),
    hardware: machine.hardware,
    ...(running !== undefined && { running, guestAgent: channelOf(machine) }),
    addresses: up ? Object.fromEntries(machine.run.hardware.interfaces.map(({ mac }) => [mac, [addressOf(mac)]])) : {},
  };
}

/** The address that the network's DHCP would give: always the same for a MAC. */
export function addressOf(mac: string): string {
  const [a = 0, b = 0, c = 0] = mac
    .split(':')
    .slice(-3)
    .map((part) => Number.parseInt(part, 16) % 254);
  return `10.${a}.${b}.${c + 1}`;
}
