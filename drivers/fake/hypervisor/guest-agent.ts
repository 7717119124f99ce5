/** The agents in the guests of the fake: what they tell, and what is done to them. Whether there is one says the guest's rule, or an act. */
import { AGENT_NOT_AVAILABLE, AGENT_NOT_RESPONDING, GUEST_REFUSED, type GuestReport } from '../../guest.ts';
import { DriverError } from '../../labels.ts';
import type { Ask } from '../protocol.ts';
import type { FakeHost } from './host.ts';
import { addressOf, type AgentMode, type GuestAgent, type MachineRecord, newAgent } from './machine.ts';
import { needed, owned } from './machine-verbs.ts';

const FILE_SYSTEM_BYTES = 8 * 2 ** 30;

export function readGuest(host: FakeHost, { machineId }: Ask<'readGuest'>): GuestReport {
  const machine = needed(host, machineId);
  const { frozen } = answering(machine);
  if (frozen) return { agentVersion: 'fake', frozen };
  return {
    agentVersion: 'fake',
    frozen,
    hostname: machine.name,
    os: { id: 'fake', name: 'A guest of the fake' },
    interfaces: machine.hardware.interfaces.map(({ name, mac }) => ({ name, mac: mac.toLowerCase(), addresses: [addressOf(mac)] })),
    fileSystems: [{ mountpoint: '/', type: 'ext4', device: '/dev/vda1', sizeBytes: FILE_SYSTEM_BYTES }],
  };
}

/** Only that one was set is kept. */
export function setGuestPassword(host: FakeHost, { target, user }: Ask<'setGuestPassword'>): void {
  change(host, owned(needed(host, target.machineId), target), (agent) => {
    if (!KNOWN_USERS.has(user)) throw new DriverError('InvalidSpec', `The guest knows no user ${user}`, { reason: GUEST_REFUSED });
    return { ...agent, passwords: { ...agent.passwords, [user]: (agent.passwords[user] ?? 0) + 1 } };
  });
}

const KNOWN_USERS: ReadonlySet<string> = new Set(['root', 'Administrator']);

export function writeGuestFile(host: FakeHost, { target, path, sizeBytes, mode }: Ask<'writeGuestFile'>): void {
  change(host, owned(needed(host, target.machineId), target), (agent) => {
    if (path.startsWith('/missing/'))
      throw new DriverError('InvalidSpec', `The guest has no folder for ${path}`, { reason: GUEST_REFUSED });
    return { ...agent, files: { ...agent.files, [path]: { sizeBytes, ...(mode !== undefined && { mode }) } } };
  });
}

/** How often is kept. */
export function resetGuestNetwork(host: FakeHost, { target }: Ask<'resetGuestNetwork'>): void {
  change(host, owned(needed(host, target.machineId), target), (agent) => ({ ...agent, networkResets: (agent.networkResets ?? 0) + 1 }));
}

export function freezeGuest(host: FakeHost, { target }: Ask<'freezeGuest'>): void {
  const machine = owned(needed(host, target.machineId), target);
  if (!answering(machine).frozen) change(host, machine, (agent) => ({ ...agent, frozen: true }));
}

/** One that is off or gone has nothing frozen. */
export function thawGuest(host: FakeHost, { target }: Ask<'thawGuest'>): void {
  const machine = host.get(target.machineId);
  if (machine !== undefined && owned(machine, target).run !== undefined) put(host, machine, { ...answering(machine), frozen: false });
}

/** For acts: an agent comes, goes or hangs. */
export function setAgent(host: FakeHost, machine: MachineRecord, mode: AgentMode): void {
  put(host, machine, { ...(machine.run?.agent ?? newAgent(mode)), mode });
}

function change(host: FakeHost, machine: MachineRecord, to: (agent: GuestAgent) => GuestAgent): void {
  const agent = answering(machine);
  if (agent.frozen) throw new DriverError('Unsupported', 'The agent is frozen, and takes no such command');
  put(host, machine, to(agent));
}

function put(host: FakeHost, machine: MachineRecord, agent: GuestAgent): void {
  if (machine.run === undefined) throw new Error(`machine ${machine.name} is off: there is no guest`);
  host.put({ ...machine, run: { ...machine.run, agent } }, 'Definition');
}

function answering(machine: MachineRecord): GuestAgent {
  const { name, power, run } = machine;
  if (power !== 'Running' || run === undefined)
    throw new DriverError('Conflict', `Machine ${name} is ${power}: no guest runs that could be asked`, { reason: `Is${power}` });
  const { agent } = run;
  if (run.guest !== 'Up' || agent === undefined || agent.mode === 'Absent')
    throw new DriverError('Transient', `No agent runs in the guest of ${name}`, { reason: AGENT_NOT_AVAILABLE });
  if (agent.mode === 'Hangs')
    throw new DriverError('Transient', `The agent in the guest of ${name} does not answer`, { reason: AGENT_NOT_RESPONDING });
  return agent;
}
