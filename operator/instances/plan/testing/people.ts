/** What people and faults do in the simulation, by name, and how it comes to rest. */
import * as fc from 'fast-check';
import { restoreAsked, snapshotAsked } from './simulated-actions.ts';
import { withVcpus } from './simulated-live-resizes.ts';
import { isHeldBack } from './simulated-guest.ts';
import type { Simulation } from './simulation.ts';

type Act = (world: Simulation) => void;

export const lives = ({ power }: { readonly power: string }): boolean => power === 'Running' || power === 'Paused';

const onMachines =
  (change: (machine: ReturnType<Simulation['machinesOf']>[number]) => void): Act =>
  (world) => {
    for (const machine of world.machinesOf()) change(machine);
  };

export const COPY = 'somebody runs a copy of it, which is paused or saved';

/** Left out of scripts that ask what status must remember. */
export const LOST = 'its status is lost';

export const ACTS: Readonly<Record<string, Act>> = {
  tick: (world) => world.tick(),
  'tick of host a': (world) => world.tick('host-a'),
  'tick of host b': (world) => world.tick('host-b'),
  pass: (world) => void world.pass(),
  kill: (world) => {
    world.killIn = 0;
  },
  'kill after 1': (world) => {
    world.killIn = 1;
  },
  'kill after 4': (world) => {
    world.killIn = 4;
  },
  'the guest shuts down': onMachines((machine) => {
    if (machine.power === 'Running') Object.assign(machine, { power: 'Stopped', powerReason: 'GuestShutdown' });
  }),
  'the guest crashes': onMachines((machine) => {
    if (machine.power === 'Running') Object.assign(machine, { power: 'Stopped', powerReason: 'Crashed' });
  }),
  'somebody destroys it': onMachines((machine) => {
    if (machine.power !== 'Stopped' && machine.power !== 'Suspended')
      Object.assign(machine, { power: 'Stopped', powerReason: 'Destroyed' });
  }),
  'somebody starts it': (world) => {
    // Even a person does not start a second one.
    if (world.machinesOf().some(lives)) return;
    const machine = world.machinesOf().find(({ power }) => power === 'Stopped');
    if (machine === undefined) return;
    Object.assign(machine, { power: 'Running', powerReason: 'User', filtered: true });
    world.shelf.writes += 1;
  },
  'somebody pauses it': onMachines((machine) => {
    if (machine.power === 'Running') Object.assign(machine, { power: 'Paused', powerReason: 'User', filtered: false });
  }),
  'somebody suspends it': onMachines((machine) => {
    if (machine.power === 'Running') Object.assign(machine, { power: 'Suspended', powerReason: 'Saved' });
  }),
  'somebody undefines it': (world) => {
    const host = world.hosts.get(world.record.hypervisorName ?? '');
    if (host?.machine?.power === 'Stopped') {
      host.machine = undefined;
      // With its disks, where it is but a copy: disks beside no machine are found on the host on record only.
      const copied = [...world.hosts.values()].some(({ machine, disks }) => machine !== undefined && disks !== host.disks);
      if (copied) host.disks.clear();
    } else if (host?.machine !== undefined) host.machine.persistent = false;
  },
  'somebody moves it': (world) => {
    const [a, b] = [...world.hosts.values()];
    if (a === undefined || b === undefined) return;
    const [from, to] = a.machine === undefined ? [b, a] : [a, b];
    if (from.machine === undefined || to.machine !== undefined) return;
    to.machine = { ...from.machine };
    from.machine = undefined;
    if (from.disks === to.disks) return;
    for (const disk of from.disks) to.disks.add(disk);
    from.disks.clear();
  },
  'somebody moves it, and leaves a copy': (world) => {
    const [a, b] = [...world.hosts.values()];
    if (a === undefined || b === undefined) return;
    const [from, to] = a.machine?.power === 'Running' ? [a, b] : [b, a];
    if (from.machine?.power !== 'Running' || to.machine !== undefined) return;
    to.machine = { ...from.machine };
    for (const disk of from.disks) to.disks.add(disk);
    Object.assign(from.machine, { power: 'Stopped', powerReason: 'Migrated' });
  },
  [COPY]: (world) => {
    const [a, b] = [...world.hosts.values()];
    if (a === undefined || b === undefined) return;
    const [from, to] = a.machine === undefined ? [b, a] : [a, b];
    if (to.machine !== undefined || (from.machine?.power !== 'Paused' && from.machine?.power !== 'Suspended')) return;
    if (to.silent) return;
    to.machine = { ...from.machine, power: 'Running', powerReason: 'User', filtered: true };
    for (const disk of from.disks) to.disks.add(disk);
    // Nobody can know of it before its host was observed.
    world.tick();
  },
  'host a falls silent': (world) => silence(world, 'host-a', true),
  'host b falls silent': (world) => silence(world, 'host-b', true),
  'the hosts are back': back,
  [LOST]: (world) => world.loseStatus(),
  'the daemons restart': (world) => {
    for (const host of world.hosts.values()) world.restartDaemon(host);
  },
  'the daemon of host a restarts': (world) => restartDaemon(world, 'host-a'),
  'the daemon of host b restarts': (world) => restartDaemon(world, 'host-b'),
  'Running is asked': (world) => ask(world, { powerState: 'Running' }),
  'Stopped is asked': (world) => ask(world, { powerState: 'Stopped' }),
  'Paused is asked': (world) => ask(world, { powerState: 'Paused' }),
  'Suspended is asked': (world) => ask(world, { powerState: 'Suspended' }),
  'Always is asked': (world) => ask(world, { restartPolicy: 'Always' }),
  'Never is asked': (world) => ask(world, { restartPolicy: 'Never' }),
  'another flavor': (world) => ask(world, { bootHash: `${world.spec.bootHash ?? ''}+` }),
  'a flavor of two CPUs': (world) => ask(world, { bootHash: withVcpus(world.spec.bootHash, 2) }),
  'a flavor of one CPU': (world) => ask(world, { bootHash: withVcpus(world.spec.bootHash, 1) }),
  'a flavor of more CPUs than it can have': (world) => ask(world, { bootHash: withVcpus(world.spec.bootHash, 9) }),
  'WatchOnly is asked': (world) => ask(world, { reconcilePolicy: 'WatchOnly' }),
  'it is locked': (world) => ask(world, { lock: 'audit' }),
  'it is unlocked': (world) => ask(world, { lock: undefined }),
  'Reconcile is asked': (world) => ask(world, { reconcilePolicy: 'Reconcile' }),
  'a start is asked for': (world) => void world.actions.ask({ action: 'Start' }),
  'a soft reboot is asked for': (world) => void world.actions.ask({ action: 'Reboot', type: 'Soft', timeoutMs: 30_000 }),
  'a hard reboot is asked for': (world) => void world.actions.ask({ action: 'Reboot', type: 'Hard', timeoutMs: 0 }),
  'a crash dump is asked for': (world) => void world.actions.ask({ action: 'CrashDump' }),
  'the actions are deleted': (world) => {
    world.actions.open = [];
  },
  'flavor f1 is asked': (world) => ask(world, { flavorName: 'f1' }),
  'flavor f2 is asked': (world) => ask(world, { flavorName: 'f2' }),
  'resizes are done, and confirmed by hand': (world) =>
    ask(world, { resize: { confirm: 'Manual', confirmAfterMs: 0, hindrance: undefined } }),
  'resizes are done, and confirm themselves': (world) =>
    ask(world, { resize: { confirm: 'Automatic', confirmAfterMs: 60_000, hindrance: undefined } }),
  'resizes are left for the next start': (world) => ask(world, { resize: undefined }),
  'a confirmation is asked for': (world) => void world.actions.ask({ action: 'ConfirmResize' }),
  'a reverting is asked for': (world) => void world.actions.ask({ action: 'RevertResize' }),
  'a password is asked for': (world) => void world.actions.ask({ action: 'SetPassword' }),
  'a file is asked for': (world) => void world.actions.ask({ action: 'InjectFile' }),
  'network info is asked for': (world) => void world.actions.ask({ action: 'InjectNetworkInfo' }),
  'a reset of the network is asked for': (world) => void world.actions.ask({ action: 'ResetNetwork' }),
  'a freeze is asked for': (world) => void world.actions.ask({ action: 'Freeze', timeoutMs: 30_000 }),
  'a thaw is asked for': (world) => void world.actions.ask({ action: 'Thaw' }),
  'a rebuild is asked for': (world) => void world.actions.ask({ action: 'Rebuild', preserveEphemeral: false }),
  'a restore is asked for': (world) => void world.actions.ask(restoreAsked({ kind: 'Ready', makings: 'snapshot' })),
  'a restore of no snapshot is asked for': (world) =>
    void world.actions.ask(restoreAsked({ kind: 'Unfit', reason: 'SnapshotNotFound', message: 'x' })),
  'another image': (world) => ask(world, { imageName: `${world.spec.imageName}+`, makings: `${world.spec.makings ?? ''}+` }),
  'a snapshot is asked for': (world) => void world.actions.ask(snapshotAsked(false)),
  'a cold snapshot is asked for': (world) => void world.actions.ask(snapshotAsked(true)),
  'a rescue is asked for': (world) => ask(world, { rescue: { imageName: 'r1', timeoutMs: undefined } }),
  'a rescue with another image': (world) => ask(world, { rescue: { imageName: 'r2', timeoutMs: undefined } }),
  'a rescue for a minute': (world) => ask(world, { rescue: { imageName: 'r1', timeoutMs: 60_000 } }),
  'the rescue is withdrawn': (world) => ask(world, { rescue: undefined }),
  'there is no image to rescue with': (world) => {
    world.rescue.fails = 'NoImage';
  },
  'no rescue system starts': (world) => {
    world.rescue.fails = 'AtStart';
  },
  'it is soft-deleted': (world) => ask(world, { shelved: undefined, softDeleted: { reclaimAfterMs: undefined } }),
  'it is soft-deleted for a minute': (world) => ask(world, { shelved: undefined, softDeleted: { reclaimAfterMs: 60_000 } }),
  'it is shelved': (world) => ask(world, { softDeleted: undefined, shelved: { offloadAfterMs: 0, refused: undefined } }),
  'it is shelved, and stays for a minute': (world) =>
    ask(world, { softDeleted: undefined, shelved: { offloadAfterMs: 60_000, refused: undefined } }),
  'it is active again': (world) => ask(world, { softDeleted: undefined, shelved: undefined }),
  'it is deleted': (world) => {
    if (world.object?.finalizer === true) world.object.deleting = true;
  },
};

/** A new generation: what was given up is tried again. */
export function ask(world: Simulation, over: Partial<Simulation['spec']>): void {
  const { rescue } = world.record;
  const givenUp = rescue?.ended !== undefined && rescue.ended.reason !== 'TimedOut';
  world.spec = { ...world.spec, ...over };
  world.record = { ...world.record, failure: undefined, ...(givenUp ? { rescue: undefined } : {}) };
}

function silence(world: Simulation, name: string, silent: boolean): void {
  const host = world.hosts.get(name);
  if (host !== undefined) Object.assign(host, { silent, missed: 0 });
}

function restartDaemon(world: Simulation, name: string): void {
  const host = world.hosts.get(name);
  if (host !== undefined) world.restartDaemon(host);
}

function back(world: Simulation): void {
  for (const name of world.hosts.keys()) silence(world, name, false);
}

/** Quiet: everything answers and nobody interferes any more. Ticks and passes until nothing is left to do. */
export function settle(world: Simulation): ReturnType<Simulation['pass']> {
  back(world);
  world.killIn = Number.POSITIVE_INFINITY;
  if (world.rescue.fails === 'NoImage') world.rescue.fails = 'Not';
  ask(world, { reconcilePolicy: 'Reconcile', lock: undefined });
  for (let round = 0; round < 300; round += 1) {
    world.tick();
    const last = world.pass();
    world.followActions();
    const held = last.kind === 'Wait' && last.reason === 'ResizeHeld';
    const rests =
      (held || last.kind === 'Settled' || last.kind === 'Blocked') &&
      world.actions.open.length === 0 &&
      // What is frozen is thawed by itself, when its time is over.
      world.record.frozen === undefined &&
      !world.machinesOf().some(isHeldBack);
    const confirmsItself = last.kind === 'Settled' && last.reason === 'ResizePending' && world.spec.resize?.confirm === 'Automatic';
    if (world.object === undefined || (rests && !confirmsItself)) return last;
  }
  return world.pass();
}

/** A copy of a paused guest on a host that then falls silent is a secret between that host and whoever made it. */
export const isFair = (names: readonly string[]): boolean => !names.includes(COPY) || !names.some((name) => name.endsWith('falls silent'));

export const script = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom('tick', 'pass') },
    { weight: 3, arbitrary: fc.constantFrom(...Object.keys(ACTS).filter((name) => name !== LOST)) },
  ),
  {
    maxLength: 40,
  },
);
export const play = (world: Simulation, names: readonly string[]): void => {
  for (const name of names) ACTS[name]?.(world);
};
