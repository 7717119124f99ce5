/** The operator is killed before every single step of an operation, and comes back: it ends as asked, and nothing is left over. */
import { expect, test } from '@jest/globals';
import { Simulation } from './testing/simulation.ts';
import { ask, lives, play, settle } from './testing/people.ts';
import { shown } from './testing/world.ts';

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

const RESCUE = { imageName: 'r1', timeoutMs: undefined };

test.each(['Running', 'Stopped', 'Paused'] as const)(
  'killed before every single step of a rescue (%s), and of the way back',
  (powerState) => {
    for (let killIn = 0; killIn < 24; killIn += 1) {
      const world = new Simulation();
      ask(world, { powerState });
      settle(world);
      ask(world, { rescue: RESCUE });
      world.tick();
      world.killIn = killIn;
      for (let round = 0; round < 10; round += 1) play(world, ['tick', 'pass']);
      expect(shown(settle(world))).toBe('Settled: Rescued');
      expect([world.machinesOf().map(({ role, power }) => [role, power]), world.disks().length]).toEqual([[['rescue', 'Running']], 4]);
      ask(world, { rescue: undefined });
      world.tick();
      world.killIn = killIn;
      for (let round = 0; round < 10; round += 1) play(world, ['tick', 'pass']);
      expect(shown(settle(world))).toBe(`Settled: ${powerState}`);
      expect([world.machinesOf().map(({ role, power }) => [role, power]), world.disks()]).toEqual([
        [['main', powerState]],
        ['host-a/root', 'host-a/config'],
      ]);
      expect(world.record.rescue).toBeUndefined();
    }
  },
);

test('killed before every single step of a rescue that cannot be: the machine is what it was', () => {
  for (let killIn = 0; killIn < 40; killIn += 1) {
    const world = new Simulation();
    settle(world);
    world.rescue.fails = 'AtStart';
    ask(world, { rescue: RESCUE });
    world.killIn = killIn;
    for (let round = 0; round < 20; round += 1) play(world, ['tick', 'pass']);
    expect(shown(settle(world))).toBe('Blocked: Faulty');
    expect([world.machinesOf().map(({ role, power }) => [role, power]), world.disks()]).toEqual([
      [['main', 'Running']],
      ['host-a/root', 'host-a/config'],
    ]);
  }
});

test('killed before every single step of a rescue, and deleted then: nothing is left', () => {
  for (let killIn = 0; killIn < 24; killIn += 1) {
    const world = new Simulation();
    settle(world);
    ask(world, { rescue: RESCUE });
    world.killIn = killIn;
    for (let round = 0; round < 3; round += 1) play(world, ['tick', 'pass']);
    play(world, ['it is deleted']);
    settle(world);
    expect([world.object, world.machinesOf(), world.disks()]).toEqual([undefined, [], []]);
  }
});

test.each(['Running', 'Stopped', 'Suspended'] as const)(
  'killed before every single step of a soft deletion (%s), its end, and the way back',
  (powerState) => {
    for (let killIn = 0; killIn < 12; killIn += 1) {
      const away = (reclaimAfterMs: number | undefined): Simulation => {
        const world = new Simulation();
        ask(world, { powerState });
        settle(world);
        ask(world, { softDeleted: { reclaimAfterMs } });
        world.killIn = killIn;
        for (let round = 0; round < 12; round += 1) play(world, ['tick', 'pass']);
        return world;
      };
      const kept = away(undefined);
      expect([shown(settle(kept)), kept.machinesOf().filter(lives)]).toEqual(['Settled: SoftDeleted', []]);
      ask(kept, { softDeleted: undefined });
      expect([shown(settle(kept)), kept.machinesOf().map(({ power }) => power)]).toEqual([`Settled: ${powerState}`, [powerState]]);
      const gone = away(60_000);
      for (let round = 0; round < 8; round += 1) play(gone, ['tick', 'pass']);
      expect([shown(settle(gone)), gone.machinesOf(), gone.disks()]).toEqual(['Settled: Reclaimed', [], []]);
      ask(gone, { softDeleted: undefined });
      expect([shown(settle(gone)), gone.machinesOf()]).toEqual(['Blocked: DisksLost', []]);
      if (gone.object !== undefined) gone.object.deleting = true;
      settle(gone);
      expect(gone.object).toBeUndefined();
    }
  },
);

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
