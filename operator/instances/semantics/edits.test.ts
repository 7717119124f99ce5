/** Semantics that nobody should have to guess, played through the whole controller: edits. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

describe('edits', () => {
  test('another flavor is taken at the next start; disks stay', async () => {
    await world.create();
    const disks = world.disks();
    await world.edit({ flavorName: 'small' });
    expect([await world.ready(), await world.condition('RestartRequired'), world.machine().spec.vcpus]).toEqual([
      'Ready=True RestartRequired',
      'True SpecChanged',
      1,
    ]);
    await world.edit({ powerState: 'Stopped' });
    await world.edit({ powerState: 'Running' });
    await world.pass(1);
    expect([await world.ready(), await world.condition('RestartRequired'), world.machine().spec.vcpus, world.disks()]).toEqual([
      'Ready=True Running',
      undefined,
      2,
      disks,
    ]);
    expect((await world.get()).status?.resolved).toMatchObject({ flavorName: 'small', vcpus: 2, memory: '32Mi' });
  });

  test('set back, it needs no restart any more', async () => {
    await world.create();
    await world.edit({ flavorName: 'small' });
    await world.edit({ flavorName: 'tiny' });
    expect([await world.ready(), await world.condition('RestartRequired')]).toEqual(['Ready=True Running', undefined]);
  });

  test('other keys are on another drive at the next start, and the old drive goes', async () => {
    await world.create();
    const before = world.disks().find((disk) => disk.includes('-config-'));
    await world.edit({ sshAuthorizedKeys: ['ssh-ed25519 AAAA'] });
    world.turn('Stopped', 'Destroyed');
    await world.pass(1);
    const after = world.disks().filter((disk) => disk.includes('-config-'));
    expect([await world.ready(), after.length, after[0] === before]).toEqual(['Ready=True Running', 1, false]);
  });

  test('another image asks for a rebuild, and power still obeys', async () => {
    await world.create();
    await world.edit({ imageName: 'other' });
    expect([await world.ready(), await world.condition('RebuildRequired'), await world.condition('Stalled')]).toEqual([
      'Ready=False RebuildRequired',
      'True ImageChanged',
      'True RebuildRequired',
    ]);
    await world.edit({ powerState: 'Stopped' });
    await world.pass(1);
    expect(world.machine().power).toBe('Stopped');
    await world.edit({ imageName: 'demo' });
    expect([await world.ready(), await world.condition('RebuildRequired')]).toEqual(['Ready=True Stopped', undefined]);
  });

  test('a network that leads elsewhere is plugged live', async () => {
    await world.create({ networks: [{ name: 'eth0', networkName: 'lab' }] });
    world.machine().spec = {
      ...world.machine().spec,
      interfaces: world.machine().spec.interfaces.map((each) => Object.assign({}, each, { source: { bridge: 'wrong' } })),
    };
    await world.pass(1);
    await world.edit({ metadata: { a: '1' } });
    expect([world.called('updateLive'), world.machine().spec.interfaces[0]?.source]).toEqual([1, { network: 'default' }]);
  });

  test('the makings change while the image is on its way: what was begun goes, and the claim is for the new ones', async () => {
    world.base = { kind: 'InProgress', percent: 1, message: 'on its way' };
    await world.create();
    await world.edit({ flavorName: 'small' });
    world.base = { kind: 'Ready', base: { key: 'b', format: 'qcow2', sizeBytes: 1, virtualSizeBytes: 1, sha256: 'x' } };
    await world.clock.advance(400_000);
    expect([await world.ready(), (await world.get()).status?.resolved?.vcpus, world.machine().spec.vcpus]).toEqual([
      'Ready=True Running',
      2,
      2,
    ]);
  });
});
