/**
 * Whatever people and faults do, and wherever the operator is killed: it converges, with one machine and no volume left
 * over, and never does on the way what must never be done (the simulation throws at once).
 */
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { isMadeFrom } from '../../../drivers/disk-names.ts';
import { isHeldBack } from './testing/simulated-guest.ts';
import { snapshotAsked } from './testing/simulated-actions.ts';
import { Simulation } from './testing/simulation.ts';
import { shown } from './testing/world.ts';

type Act = (world: Simulation) => void;

const lives = ({ power }: { readonly power: string }): boolean => power === 'Running' || power === 'Paused';

const onMachines =
  (change: (machine: ReturnType<Simulation['machinesOf']>[number]) => void): Act =>
  (world) => {
    for (const machine of world.machinesOf()) change(machine);
  };

const COPY = 'somebody runs a copy of it, which is paused or saved';

const ACTS: Readonly<Record<string, Act>> = {
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
    if (machine !== undefined) Object.assign(machine, { power: 'Running', powerReason: 'User', filtered: true });
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
  'the daemon restarts': (world) => {
    for (const host of world.hosts.values()) {
      host.boot += 1;
      if (host.machine?.power === 'Stopped') host.machine.powerReason = 'Unknown';
    }
  },
  'Running is asked': (world) => ask(world, { powerState: 'Running' }),
  'Stopped is asked': (world) => ask(world, { powerState: 'Stopped' }),
  'Paused is asked': (world) => ask(world, { powerState: 'Paused' }),
  'Suspended is asked': (world) => ask(world, { powerState: 'Suspended' }),
  'Always is asked': (world) => ask(world, { restartPolicy: 'Always' }),
  'Never is asked': (world) => ask(world, { restartPolicy: 'Never' }),
  'another flavor': (world) => ask(world, { bootHash: `${world.spec.bootHash ?? ''}+` }),
  'WatchOnly is asked': (world) => ask(world, { reconcilePolicy: 'WatchOnly' }),
  'it is locked': (world) => ask(world, { lock: 'audit' }),
  'it is unlocked': (world) => ask(world, { lock: undefined }),
  'Reconcile is asked': (world) => ask(world, { reconcilePolicy: 'Reconcile' }),
  'a start is asked for': (world) => world.actions.ask({ action: 'Start' }),
  'a soft reboot is asked for': (world) => world.actions.ask({ action: 'Reboot', type: 'Soft', timeoutMs: 30_000 }),
  'a hard reboot is asked for': (world) => world.actions.ask({ action: 'Reboot', type: 'Hard', timeoutMs: 0 }),
  'a crash dump is asked for': (world) => world.actions.ask({ action: 'CrashDump' }),
  'flavor f1 is asked': (world) => ask(world, { flavorName: 'f1' }),
  'flavor f2 is asked': (world) => ask(world, { flavorName: 'f2' }),
  'resizes are done, and confirmed by hand': (world) =>
    ask(world, { resize: { confirm: 'Manual', confirmAfterMs: 0, hindrance: undefined } }),
  'resizes are done, and confirm themselves': (world) =>
    ask(world, { resize: { confirm: 'Automatic', confirmAfterMs: 60_000, hindrance: undefined } }),
  'resizes are left for the next start': (world) => ask(world, { resize: undefined }),
  'a confirmation is asked for': (world) => world.actions.ask({ action: 'ConfirmResize' }),
  'a reverting is asked for': (world) => world.actions.ask({ action: 'RevertResize' }),
  'a password is asked for': (world) => world.actions.ask({ action: 'SetPassword' }),
  'a file is asked for': (world) => world.actions.ask({ action: 'InjectFile' }),
  'a freeze is asked for': (world) => world.actions.ask({ action: 'Freeze', timeoutMs: 30_000 }),
  'a thaw is asked for': (world) => world.actions.ask({ action: 'Thaw' }),
  'a rebuild is asked for': (world) => world.actions.ask({ action: 'Rebuild', preserveEphemeral: false }),
  'another image': (world) => ask(world, { imageName: `${world.spec.imageName}+`, makings: `${world.spec.makings ?? ''}+` }),
  'a snapshot is asked for': (world) => world.actions.ask(snapshotAsked(false)),
  'a cold snapshot is asked for': (world) => world.actions.ask(snapshotAsked(true)),
  'the actions are deleted': (world) => {
    world.actions.open = [];
  },
  'it is deleted': (world) => {
    if (world.object?.finalizer === true) world.object.deleting = true;
  },
};

function ask(world: Simulation, over: Partial<Simulation['spec']>): void {
  world.spec = { ...world.spec, ...over };
}

function silence(world: Simulation, name: string, silent: boolean): void {
  const host = world.hosts.get(name);
  if (host !== undefined) Object.assign(host, { silent, missed: 0 });
}

function back(world: Simulation): void {
  for (const name of world.hosts.keys()) silence(world, name, false);
}

/** Quiet: everything answers and nobody interferes any more. Ticks and passes until nothing is left to do. */
function settle(world: Simulation): ReturnType<Simulation['pass']> {
  back(world);
  world.killIn = Number.POSITIVE_INFINITY;
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
const isFair = (names: readonly string[]): boolean => !names.includes(COPY) || !names.some((name) => name.endsWith('falls silent'));

const script = fc.array(
  fc.oneof({ weight: 2, arbitrary: fc.constantFrom('tick', 'pass') }, { weight: 3, arbitrary: fc.constantFrom(...Object.keys(ACTS)) }),
  {
    maxLength: 40,
  },
);
const play = (world: Simulation, names: readonly string[]): void => {
  for (const name of names) ACTS[name]?.(world);
};

test.each([
  ['pools of their own', false],
  ['one pool', true],
])('it converges to one machine as asked, or to none: hosts with %s', (_, sharedPool) => {
  fc.assert(
    fc.property(script, (names) => {
      fc.pre(isFair(names));
      const world = new Simulation(sharedPool);
      play(world, names);
      const last = settle(world);
      if (world.object === undefined) {
        expect([world.machinesOf(), world.disks()]).toEqual([[], []]);
        return;
      }
      expect(shown(last)).toMatch(
        /^Settled: (Running|Stopped|Paused|Suspended|GuestShutdown|RestartRequired|ResizePending)$|^Blocked: (Crashed|HostRestart|RunsTwice|ResizeReverted|RebuildRequired)$|^Wait: (EndUnexplained|ResizeHeld)$/,
      );
      if (last.kind !== 'Wait')
        expect([world.actions.open, world.record.action?.phase ?? 'none']).toEqual([[], expect.not.stringMatching(/Running/)]);
      const host = world.hosts.get(world.record.hypervisorName ?? '');
      expect(host?.machine).toBeDefined();
      expect(host?.machine && isHeldBack(host.machine)).toBe(false);
      if (last.kind === 'Settled' && last.reason !== 'GuestShutdown') expect(host?.machine?.power).toBe(world.spec.powerState);
      const copied = names.includes('somebody moves it, and leaves a copy') || names.includes(COPY);
      const root = host?.machine?.root ?? '';
      const standing = [...(host?.disks ?? [])].filter((disk) => disk === root || isMadeFrom(root, disk));
      expect([...standing, 'config'].toSorted()).toEqual(copied ? expect.arrayContaining([root]) : [...(host?.disks ?? [])].toSorted());
      expect(world.record.imageName).toBe(world.madeFrom.get(root.replace(/\..*/, '')));
      if (copied) expect(world.machinesOf().filter(({ power }) => power === 'Running').length).toBeLessThanOrEqual(1);
      else expect([world.machinesOf().length, shown(last)]).toEqual([1, expect.not.stringMatching(/RunsTwice|EndUnexplained/)]);
    }),
    { numRuns: 3_000 },
  );
});

/** What may make a guest run twice: moves and copies that the operator did not see, and hosts that it has not heard. */
const DECEPTIVE = [
  'tick of host a',
  'tick of host b',
  'pass',
  'kill',
  'somebody moves it, and leaves a copy',
  COPY,
  'somebody pauses it',
  'the daemon restarts',
  'host b falls silent',
  'the hosts are back',
  'Paused is asked',
  'Suspended is asked',
  'Stopped is asked',
  'Running is asked',
  'a start is asked for',
  'a hard reboot is asked for',
  'a rebuild is asked for',
];

test.each([
  ['pools of their own', false],
  ['one pool', true],
])('nothing is started or resumed while it lives where nobody looked yet: hosts with %s', (_, sharedPool) => {
  const deceptive = fc.array(fc.constantFrom(...DECEPTIVE), { maxLength: 25 });
  fc.assert(
    fc.property(deceptive, (names) => {
      fc.pre(isFair(names));
      const world = new Simulation(sharedPool);
      settle(world);
      play(world, names);
      settle(world);
      expect(world.machinesOf().filter(({ power }) => power === 'Running').length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 3_000 },
  );
});

test('stopped while it lives where nobody looked yet, and asked to run again: not started twice', () => {
  const world = new Simulation(true);
  settle(world);
  play(world, ['somebody moves it, and leaves a copy', 'Stopped is asked', 'the daemon restarts', 'pass', 'Running is asked', 'pass']);
  settle(world);
  expect(world.machinesOf().filter(({ power }) => power === 'Running')).toHaveLength(1);
});

test.each([
  ['pools of their own', false],
  ['one pool', true],
])('moved, with a copy left: killed before every single step of its deletion, nothing is left: hosts with %s', (_, sharedPool) => {
  for (let killIn = 0; killIn < 30; killIn += 1) {
    const world = new Simulation(sharedPool);
    settle(world);
    play(world, ['somebody moves it, and leaves a copy', 'it is deleted']);
    world.killIn = killIn;
    for (let round = 0; round < 8; round += 1) play(world, ['tick', 'pass']);
    settle(world);
    expect([world.object, world.machinesOf(), world.disks()]).toEqual([undefined, [], []]);
  }
});

/** What may come between the stages of a resize. */
const RESIZING = [
  'tick',
  'pass',
  'kill after 1',
  'kill after 4',
  'flavor f1 is asked',
  'flavor f2 is asked',
  'resizes are done, and confirmed by hand',
  'resizes are done, and confirm themselves',
  'a confirmation is asked for',
  'a reverting is asked for',
  'a soft reboot is asked for',
  'the guest shuts down',
  'the guest crashes',
  'somebody starts it',
  'somebody undefines it',
  'Stopped is asked',
  'Running is asked',
  'the daemon restarts',
];

test('whatever comes between the stages of a resize: the machine has one size, and the root disk that goes with it', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...RESIZING), { maxLength: 30 }), (names) => {
      const world = new Simulation();
      ask(world, { flavorName: 'f1', resize: { confirm: 'Manual', confirmAfterMs: 0, hindrance: undefined } });
      settle(world);
      play(world, names);
      const last = settle(world);
      const { resize, flavorName } = world.record;
      expect([undefined, 'AwaitingConfirmation', 'Reverted']).toContain(resize?.phase);
      if (resize?.phase !== 'Reverted') expect(flavorName).toBe(world.spec.flavorName);
      else expect([flavorName, shown(last)]).toEqual([resize.from, 'Blocked: ResizeReverted']);
    }),
    { numRuns: 3_000 },
  );
});

test.each(['Running', 'Stopped'] as const)(
  'killed before every single step of a resize (%s), of its reverting, and of a deletion then',
  (powerState) => {
    for (let killIn = 0; killIn < 20; killIn += 1) {
      const world = new Simulation();
      ask(world, { powerState, flavorName: 'f1', resize: { confirm: 'Manual', confirmAfterMs: 0, hindrance: undefined } });
      settle(world);
      ask(world, { flavorName: 'f2' });
      world.tick();
      world.killIn = killIn;
      world.pass();
      expect([shown(settle(world)), world.disks()]).toEqual(['Settled: ResizePending', ['host-a/root', 'host-a/config', 'host-a/root.1']]);
      ask(world, { flavorName: 'f1' });
      world.tick();
      world.killIn = killIn;
      world.pass();
      expect([shown(settle(world)), world.disks()]).toEqual([`Settled: ${powerState}`, ['host-a/root', 'host-a/config']]);
      ask(world, { flavorName: 'f2' });
      world.tick();
      world.killIn = killIn;
      world.pass();
      if (world.object !== undefined) world.object.deleting = true;
      settle(world);
      expect([world.object, world.machinesOf(), world.disks()]).toEqual([undefined, [], []]);
    }
  },
);

test('at rest nothing is done', () => {
  fc.assert(
    fc.property(script, (names) => {
      fc.pre(isFair(names));
      const world = new Simulation();
      play(world, names);
      settle(world);
      if (world.object === undefined) return;
      const { length } = world.done;
      const { record } = world;
      for (let round = 0; round < 3; round += 1) {
        world.tick();
        world.pass();
      }
      expect(world.done.slice(length)).toEqual([]);
      expect(world.record).toEqual(record);
    }),
    { numRuns: 500 },
  );
});

test.each(['Running', 'Stopped', 'Paused', 'Suspended'] as const)(
  'killed before every single step of spawn (%s) and of delete',
  (powerState) => {
    for (let killIn = 0; killIn < 30; killIn += 1) {
      const world = new Simulation();
      ask(world, { powerState });
      world.tick();
      world.killIn = killIn;
      world.pass();
      expect(settle(world)).toMatchObject({ kind: 'Settled', reason: powerState });
      expect(world.machinesOf()).toHaveLength(1);
      if (world.object !== undefined) world.object.deleting = true;
      world.killIn = killIn;
      world.pass();
      settle(world);
      expect([world.object, world.machinesOf(), world.disks()]).toEqual([undefined, [], []]);
    }
  },
);
