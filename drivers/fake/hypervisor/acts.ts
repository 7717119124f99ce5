/** What happens on fake hosts that no driver asked for: people, guests, hardware and networks at work. */
import { randomUUID } from 'node:crypto';
import { Type, type Static } from 'typebox';
import type { FakeHost } from './host.ts';
import { AGENT_MODES, type MachineRecord } from './machine.ts';
import { setAgent } from './guest-agent.ts';
import { start, changePower } from './machine-verbs.ts';
import { setPower } from './runs.ts';
import { Mark, Name, oneOf, strict } from './schema.ts';
import type { World } from './world.ts';

const onHost = { host: Name };
/** `machine` is an id or a name. */
const onMachine = { host: Name, machine: Name };

export const Act = Type.Union([
  /** Somebody's power acts, and what guests do by themselves; refused where a real host would. */
  Type.Object(
    {
      act: oneOf([
        'start',
        'pause',
        'unpause',
        'powerOff',
        'suspendToDisk',
        'restoreFromDisk',
        'discardSavedState',
        'guestShutdown',
        'guestCrash',
        'ioError',
      ]),
      ...onMachine,
    },
    strict,
  ),
  /** Puts a machine into a state as the host would report it, whatever led there. */
  Type.Object(
    {
      act: Type.Literal('setPower'),
      ...onMachine,
      power: oneOf(['Running', 'Stopped', 'Paused', 'Suspended', 'Unknown']),
      reason: Type.String(),
    },
    strict,
  ),
  Type.Object(
    { act: Type.Literal('makeMachine'), ...onHost, name: Name, machineId: Type.Optional(Name), owner: Type.Optional(Mark) },
    strict,
  ),
  /** Takes the definition away; a running machine runs on without one. */
  Type.Object({ act: Type.Literal('undefine'), ...onMachine }, strict),
  Type.Object(
    {
      act: Type.Literal('edit'),
      ...onMachine,
      vcpus: Type.Optional(Type.Integer({ minimum: 1 })),
      memoryBytes: Type.Optional(Type.Integer({ minimum: 1 })),
      owner: Type.Optional(Mark),
      noOwner: Type.Optional(Type.Boolean()),
    },
    strict,
  ),
  /** Moves it as `virsh migrate` does, with its disks; the definition stays at the source unless `undefineSource`. */
  Type.Object({ act: Type.Literal('migrate'), ...onMachine, toHost: Name, undefineSource: Type.Optional(Type.Boolean()) }, strict),
  /** An agent comes, goes or hangs, in the guest that runs. */
  Type.Object({ act: Type.Literal('setAgent'), ...onMachine, agent: oneOf(AGENT_MODES) }, strict),
  Type.Object({ act: Type.Literal('beginJob'), ...onMachine, job: Name }, strict),
  Type.Object({ act: Type.Literal('endJob'), ...onMachine }, strict),
  Type.Object({ act: Type.Literal('makeDisk'), ...onHost, pool: Name, name: Name, sizeBytes: Type.Integer({ minimum: 1 }) }, strict),
  Type.Object({ act: Type.Literal('deleteDisk'), ...onHost, pool: Name, name: Name }, strict),
  /** `rebootHost` ends every machine; after both, the reasons of earlier ends are forgotten and connections are broken. */
  Type.Object({ act: oneOf(['rebootHost', 'restartDaemon', 'disconnect', 'stall', 'resume', 'down', 'up']), ...onHost }, strict),
]);
export type Act = Static<typeof Act>;

/** Throws an `Error` for people where it cannot be done. */
export function doAct(world: World, act: Act): unknown {
  const host = world.host(act.host);
  if (isMachineAct(act)) return doMachineAct(host, find(host, act.machine), act);
  switch (act.act) {
    case 'makeMachine':
      return makeForeign(host, act);
    case 'makeDisk':
      return host.storage.createDisk({ pool: act.pool, name: act.name, sizeBytes: act.sizeBytes });
    case 'deleteDisk':
      return host.storage.deleteDisk(act);
    case 'rebootHost':
      return world.reboot(host);
    case 'restartDaemon':
      return world.restartDaemon(host);
    case 'disconnect':
      return world.door(act.host).breakAll('the connection was cut');
    case 'stall':
      return world.door(act.host).stall();
    case 'resume':
      return world.door(act.host).resume();
    case 'down':
      return world.door(act.host).shut();
    case 'up':
      return world.door(act.host).open();
    case 'migrate':
      return migrate(host, world.host(act.toHost), find(host, act.machine), act.undefineSource ?? false);
  }
}

/** What stays on one machine of one host. */
type MachineAct = Exclude<Extract<Act, { machine: string }>, { act: 'migrate' }>;

function isMachineAct(act: Act): act is MachineAct {
  return 'machine' in act && act.act !== 'migrate';
}

function doMachineAct(host: FakeHost, machine: MachineRecord, act: MachineAct): void {
  switch (act.act) {
    case 'setPower':
      return setPower(host, machine, act);
    case 'undefine':
      return undefine(host, machine);
    case 'edit':
      return edit(host, machine, act);
    case 'setAgent':
      return setAgent(host, machine, act.agent);
    case 'beginJob':
      return host.put({ ...machine, job: act.job }, 'Definition');
    case 'endJob': {
      const { job: _job, ...idle } = machine;
      return host.put(idle, 'Definition');
    }
    case 'start':
      return start(host, machine);
    case 'pause':
    case 'unpause':
    case 'powerOff':
    case 'suspendToDisk':
    case 'restoreFromDisk':
    case 'discardSavedState':
    case 'guestShutdown':
    case 'guestCrash':
    case 'ioError':
      return changePower(host, machine, act.act);
  }
}

function find(host: FakeHost, machine: string): MachineRecord {
  const found = host.get(machine) ?? host.byName(machine);
  if (found === undefined) throw new Error(`host ${host.name} has no machine ${machine}`);
  return found;
}

function makeForeign(
  host: FakeHost,
  { name, machineId = randomUUID(), owner }: Extract<Act, { act: 'makeMachine' }>,
): { machineId: string } {
  if (host.get(machineId) !== undefined || host.byName(name) !== undefined)
    throw new Error(`host ${host.name} has a machine ${name} already`);
  const hardware = { vcpus: 1, memoryBytes: 16 * 1024 * 1024, disks: [], interfaces: [] };
  const record = { machineId, name, power: 'Stopped', powerReason: 'Unknown', persistent: true, hardware } as const;
  host.put({ ...record, ...(owner && { owner }) }, 'Definition');
  return { machineId };
}

function undefine(host: FakeHost, machine: MachineRecord): void {
  if (machine.power === 'Stopped' || machine.power === 'Suspended') host.remove(machine);
  else host.put({ ...machine, persistent: false }, 'Definition');
}

function edit(host: FakeHost, machine: MachineRecord, act: Extract<Act, { act: 'edit' }>): void {
  const { owner: oldOwner, ...rest } = machine;
  const owner = act.noOwner === true ? undefined : (act.owner ?? oldOwner);
  const { vcpus = machine.hardware.vcpus, memoryBytes = machine.hardware.memoryBytes } = act;
  host.put({ ...rest, ...(owner && { owner }), hardware: { ...machine.hardware, vcpus, memoryBytes } }, 'Definition');
}

function migrate(from: FakeHost, to: FakeHost, machine: MachineRecord, undefineSource: boolean): void {
  if (to.get(machine.machineId)?.run !== undefined) throw new Error(`machine ${machine.name} runs on ${to.name} already`);
  for (const disk of machine.hardware.disks) {
    const record = from.storage.disk(disk);
    if (record !== undefined && to.storage.disk(disk) === undefined)
      to.storage.createDisk({ pool: disk.pool, name: disk.name, sizeBytes: record.sizeBytes });
  }
  const { run, ...rest } = machine;
  changePower(from, machine, 'migrateAway');
  const left = from.get(machine.machineId);
  if (undefineSource && left !== undefined) from.remove(left);
  to.put({ ...rest, ...(run && { run: { ...run, number: to.nextRun() } }), powerReason: 'Migrated' }, 'Definition', 'Power');
}
