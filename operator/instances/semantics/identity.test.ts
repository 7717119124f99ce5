/** Semantics that nobody should have to guess, played through the whole controller: identity. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { findCondition } from '../../kernel/status/conditions.ts';
import { INSTANCES } from '../../resources.ts';
import { machineName } from '../naming.ts';
import { InstanceWorld } from '../testing/instance-world.ts';
import { strangerMachine } from '../testing/stranger-machine.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

/** The cluster's objects are lost and made again from the same manifests: other uids, the same machines. */
async function loseObjects(): Promise<string> {
  await world.create();
  return loseObject();
}

async function loseObject(): Promise<string> {
  await world.pass(1);
  const [id = ''] = world.host().driver.machines.keys();
  await world.stopOperator();
  await world.api.mergePatch(INSTANCES, { namespace: 'default', name: 'demo' }, { metadata: { finalizers: [] } }, world.call);
  await world.api.delete(INSTANCES, { namespace: 'default', name: 'demo' }, world.call);
  await world.startOperator();
  return id;
}

/** Deleted, and made again under its name before the host was observed anew. */
async function makeAgain(): Promise<void> {
  await world.create();
  await world.pass(1);
  await world.delete();
  await world.create();
}

describe('identity', () => {
  test('a machine of an earlier object of this name: nothing is made, and the way out is named', async () => {
    const id = await loseObjects();
    await world.create();
    const stalled = findCondition((await world.get()).status?.conditions, 'Stalled');
    expect([await world.ready(), stalled?.message, world.machines().length]).toEqual([
      'Ready=False IdentityConflict',
      expect.stringContaining(`spec.adopt.machineId to ${id}`),
      1,
    ]);
    await world.edit({ adopt: { machineId: id } });
    await world.pass(1);
    const { status, metadata } = await world.get();
    expect([await world.ready(), status?.machineId, world.machine().owner?.uid, world.machine().power]).toEqual([
      'Ready=True Running',
      id,
      metadata.uid,
      'Running',
    ]);
    expect(world.called('startPaused')).toBe(1);
    await world.delete();
    await world.pass(2);
    expect([await world.find(), world.machines(), world.disks()]).toEqual([undefined, [], []]);
  });

  test.each([0, 1, 2, 3, 4, 5])('the adoption is killed after %d calls', async (calls) => {
    const id = await loseObjects();
    world.killAfter(calls);
    await world.create({ adopt: { machineId: id } });
    await world.restartOperator();
    await world.pass(2);
    expect([await world.ready(), world.machine().owner?.uid]).toEqual(['Ready=True Running', (await world.get()).metadata.uid]);
  });

  test('adopted, given another config drive, and lost and adopted again: the drives of all its lives go with it', async () => {
    const id = await loseObjects();
    const drives = (): number => world.disks().filter((disk) => disk.includes('-config-')).length;
    for (const generation of ['second', 'third']) {
      await world.create({ adopt: { machineId: id }, metadata: { generation } });
      await world.pass(1);
      await world.edit({ powerState: 'Stopped' });
      await world.edit({ powerState: 'Running' });
      await world.pass(1);
      expect([await world.ready(), drives()]).toEqual(['Ready=True Running', 1]);
      await loseObject();
    }
    await world.create({ adopt: { machineId: id } });
    await world.pass(1);
    expect(world.disks()).not.toEqual([]);
    await world.delete();
    await world.pass(2);
    expect([await world.find(), world.machines(), world.disks()]).toEqual([undefined, [], []]);
  });

  test('disks of a living Instance stay, whatever a machine names', async () => {
    await world.create({}, 'other');
    const others = world.disks();
    await world.create();
    await world.pass(1);
    const uid = (await world.get()).metadata.uid;
    const machine = world.host().driver.machines.get(uid);
    const drive =
      others
        .find((disk) => disk.includes('-config-'))
        ?.split('/')
        .at(-1) ?? '';
    if (machine !== undefined)
      machine.spec = { ...machine.spec, disks: [...machine.spec.disks, { role: 'config', pool: 'default', name: drive }] };
    await world.pass(1);
    await world.delete();
    await world.pass(2);
    expect([await world.find(), world.disks()]).toEqual([undefined, others]);
  });

  test('a machine of somebody else is not adopted', async () => {
    await world.create({}, 'other');
    const [id = ''] = world.host().driver.machines.keys();
    await world.pass(1);
    await world.create({ adopt: { machineId: id } });
    expect([await world.ready(), world.machines().length]).toEqual(['Ready=False AdoptionNotAllowed', 1]);
  });

  test('deleted and made again: goes on as soon as the host says that the old machine is gone', async () => {
    await makeAgain();
    expect(await world.ready()).toBe('Ready=False IdentityConflict');
    world.hosts.look('host-a');
    await world.settle();
    expect(await world.ready()).toBe('Ready=True Running');
  });

  test('deleted and made again: goes on soon, though nobody tells', async () => {
    await makeAgain();
    world.host().observe();
    await world.clock.advance(16_000);
    expect(await world.ready()).toBe('Ready=True Running');
  });

  test.each([
    ['id', (uid: string) => [uid, 'theirs'] as const],
    ['name', (uid: string) => ['theirs', machineName({ namespace: 'default', name: 'demo', uid })] as const],
  ])('a machine of somebody else that has our %s goes: ours is made as soon as that is seen', async (_, theirs) => {
    await world.create({ placement: { hypervisorName: 'host-c' } });
    const [id, name] = theirs((await world.get()).metadata.uid);
    const { machines } = world.host().driver;
    machines.set(id, strangerMachine(name));
    world.hosts.tick();
    await world.edit({ placement: { hypervisorName: 'host-a' } });
    expect(await world.ready()).toBe('Ready=False InstanceExists');
    machines.delete(id);
    world.hosts.look('host-a');
    await world.settle();
    expect(await world.ready()).toBe('Ready=True Running');
  });

  test('somebody takes our mark off: the machine is not touched', async () => {
    await world.create();
    await world.pass(1);
    world.machine().owner = undefined;
    await world.edit({ powerState: 'Stopped' });
    await world.pass(1);
    expect([await world.ready(), world.machine().power]).toEqual(['Ready=False InstanceExists', 'Running']);
    await world.delete();
    expect(await world.condition('Deleting')).toBe('True MarkMissing');
    await world.edit({ deletionPolicy: 'Abandon' });
    expect([await world.find(), world.machine().power]).toEqual([undefined, 'Running']);
  });

  test('a host that writes endless marks: status takes none of it', async () => {
    await world.create({ restartPolicy: 'Never' });
    await world.pass(1);
    const machine = world.machine();
    Object.assign(machine, { owner: machine.owner && { ...machine.owner, runId: 'r'.repeat(10_000), bootHash: 'h'.repeat(10_000) } });
    for (const power of ['Running', 'Stopped'] as const) {
      world.turn(power, 'GuestShutdown');
      await world.pass(2);
      expect(/r{64}|h{129}/.test(JSON.stringify((await world.get()).status))).toBe(false);
    }
  });
});
