/**
 * Whatever people and faults do, and wherever the operator is killed: it converges, with one machine and no volume left
 * over, and never does on the way what must never be done (the simulation throws at once).
 */
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { isMadeFrom } from '../../../drivers/disk-names.ts';
import { Simulation } from './testing/simulation.ts';
import { ask, COPY, isFair, lives, LOST, play, script, settle } from './testing/people.ts';
import { vcpusOf } from './testing/simulated-live-resizes.ts';
import { isHeldBack } from './testing/simulated-guest.ts';
import { shown } from './testing/world.ts';
import { exploration } from '../testing/exploration.ts';

/** Off its host, or off and whole: as long as nothing is in the way. */
function expectShelved(world: Simulation, last: string): void {
  expect(last).toMatch(/^Settled: (Shelved|Offloaded)$|^Blocked: (ResizePending|MachineCopied|RunsTwice)$|^Wait: EndUnexplained$/);
  if (last === 'Settled: Offloaded') expect([world.machinesOf(), world.disks()]).toEqual([[], []]);
  if (last === 'Settled: Shelved') expect(world.machinesOf().filter(lives)).toEqual([]);
}

/** Off and whole, or gone without a trace. Of two that run only a person can say which one to switch off. */
function expectPutAway(world: Simulation, last: string): void {
  const { lifecycle } = world.record;
  if (lifecycle?.reclaimed === true) {
    expect(last).toBe(world.spec.softDeleted === undefined ? 'Blocked: DisksLost' : 'Settled: Reclaimed');
    expect([world.machinesOf(), world.disks()]).toEqual([[], []]);
    return;
  }
  expect(last).toMatch(/^Settled: SoftDeleted$|^Blocked: RunsTwice$|^Wait: EndUnexplained$/);
  if (last !== 'Settled: SoftDeleted') return;
  expect(world.machinesOf().filter(lives)).toEqual([]);
  for (const { disks, machine } of world.hosts.values())
    if (machine !== undefined) expect([...disks]).toEqual(expect.arrayContaining([machine.root, 'config']));
}

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
      if (world.spec.shelved !== undefined) {
        expectShelved(world, shown(last));
        return;
      }
      if (world.record.lifecycle !== undefined) {
        expectPutAway(world, shown(last));
        return;
      }
      expect(shown(last)).toMatch(
        /^Settled: (Running|Stopped|Paused|Suspended|GuestShutdown|RestartRequired|Rescued|ResizePending)$|^Blocked: (Crashed|HostRestart|RunsTwice|Faulty|RescueNotPossible|ResizeReverted|RebuildRequired)$|^Wait: (EndUnexplained|ResizeHeld)$/,
      );
      if (last.kind !== 'Wait')
        expect([world.actions.open, world.record.action?.phase ?? 'none']).toEqual([[], expect.not.stringMatching(/Running/)]);
      const host = world.hosts.get(world.record.hypervisorName ?? '');
      expect(host?.machine).toBeDefined();
      const isDue = world.spec.rescue !== undefined && world.record.rescue?.ended === undefined;
      // Of two that run only a person can say which one to rescue.
      const rescued = isDue && shown(last) !== 'Blocked: RunsTwice';
      if (rescued || !isDue) expect(host?.machine?.role).toBe(rescued ? 'rescue' : 'main');
      if (last.kind === 'Settled' && last.reason !== 'GuestShutdown')
        expect(host?.machine?.power).toBe(rescued ? 'Running' : world.spec.powerState);
      expect(host?.machine && isHeldBack(host.machine)).toBe(false);
      const copied = names.includes('somebody moves it, and leaves a copy') || names.includes(COPY);
      const root = host?.machine?.root ?? '';
      const standing = [...(host?.disks ?? [])].filter((disk) => disk === root || isMadeFrom(root, disk));
      const own = [...standing, 'config', ...(rescued ? ['rescue', 'rescue-config'] : [])].toSorted();
      if (rescued || !isDue) expect(own).toEqual(copied ? expect.arrayContaining([root]) : [...(host?.disks ?? [])].toSorted());
      expect(world.record.imageName).toBe(world.roots.madeFrom.get(root.replace(/\..*/, '')));
      if (copied) expect(world.machinesOf().filter(({ power }) => power === 'Running').length).toBeLessThanOrEqual(1);
      else expect([world.machinesOf().length, shown(last)]).toEqual([1, expect.not.stringMatching(/RunsTwice|EndUnexplained/)]);
    }),
    exploration(3_000),
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
  'the daemon of host a restarts',
  'the daemon of host b restarts',
  'host b falls silent',
  'host a falls silent',
  LOST,
  'the hosts are back',
  'Paused is asked',
  'Suspended is asked',
  'Stopped is asked',
  'Running is asked',
  'a start is asked for',
  'a hard reboot is asked for',
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
    exploration(3_000),
  );
});

test('stopped while it lives where nobody looked yet, and asked to run again: not started twice', () => {
  const world = new Simulation(true);
  settle(world);
  play(world, [
    'somebody moves it, and leaves a copy',
    'Stopped is asked',
    'the daemon of host a restarts',
    'pass',
    'Running is asked',
    'pass',
  ]);
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

test('at rest nothing is done', () => {
  fc.assert(
    fc.property(script, (names) => {
      // What ends by itself is not at rest.
      fc.pre(isFair(names) && !names.some((name) => name.endsWith('for a minute')));
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
    exploration(500),
  );
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
  'the daemons restart',
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
    exploration(3_000),
  );
});

/** What may come between the steps of a resize of a running guest. */
const RESIZED_LIVE = [
  'tick',
  'pass',
  'kill',
  'kill after 1',
  'kill after 4',
  'a flavor of one CPU',
  'a flavor of two CPUs',
  'a flavor of more CPUs than it can have',
  'another flavor',
  'the guest shuts down',
  'the guest crashes',
  'somebody starts it',
  'somebody pauses it',
  'somebody suspends it',
  'somebody moves it',
  'Stopped is asked',
  'Running is asked',
  'a rescue is asked for',
  'the rescue is withdrawn',
  'it is locked',
  'it is unlocked',
];

test('whatever comes between the steps of a live resize: what is called settled runs with the CPUs that are asked for', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...RESIZED_LIVE), { maxLength: 30 }), (names) => {
      const world = new Simulation();
      settle(world);
      play(world, names);
      const last = settle(world);
      const [machine] = world.machinesOf();
      if (shown(last) === 'Settled: Running')
        expect([machine?.bootHash, machine?.vcpus]).toEqual([world.spec.bootHash, vcpusOf(world.spec.bootHash)]);
      if (shown(last) === 'Settled: RestartRequired') expect(machine?.bootHash).not.toBe(world.spec.bootHash);
    }),
    exploration(3_000),
  );
});

test('killed before every single step of a live resize, it ends with what is asked for then', () => {
  for (const asked of ['a flavor of two CPUs', 'a flavor of one CPU']) {
    for (let killIn = 0; killIn < 6; killIn += 1) {
      const world = new Simulation();
      settle(world);
      play(world, ['a flavor of two CPUs']);
      world.killIn = killIn;
      play(world, ['tick', 'pass', asked]);
      const last = settle(world);
      const [machine] = world.machinesOf();
      const isStuck = asked === 'a flavor of one CPU' && machine?.vcpus === 2;
      expect([killIn, shown(last), machine?.bootHash === world.spec.bootHash]).toEqual([
        killIn,
        isStuck ? 'Settled: RestartRequired' : 'Settled: Running',
        !isStuck,
      ]);
    }
  }
});
