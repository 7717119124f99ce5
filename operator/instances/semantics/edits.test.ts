/** Semantics that nobody should have to guess, played through the whole controller: edits. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { InstanceSpec } from '../../../crds/instance.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { hardwareOf } from '../hardware.ts';
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

  test.each<[string, Partial<InstanceSpec>]>([
    ['a watchdog', { devices: { watchdog: { action: 'Pause' } } }],
    ['a TPM', { devices: { tpm: {} } }],
    ['serial ports', { devices: { serialPorts: 4 } }],
    ['firmware', { firmware: { type: 'UEFI', secureBoot: true } }],
    ['a CPU by name', { cpu: { mode: 'Custom', model: 'EPYC' } }],
    ['huge pages', { memory: { hugePages: { size: '2Mi' } } }],
    ['limits of disks', { storage: { limits: { iops: 100 } } }],
  ])('%s: the running guest is left alone, and the next start takes it', async (_, hardware) => {
    await world.create();
    const before = world.machine().spec;
    await world.edit(hardware);
    await world.pass(1);
    expect([await world.ready(), world.machine().spec]).toEqual(['Ready=True RestartRequired', before]);
    await world.edit({ powerState: 'Stopped' });
    await world.edit({ powerState: 'Running' });
    await world.pass(1);
    expect([await world.ready(), await world.condition('RestartRequired')]).toEqual(['Ready=True Running', undefined]);
    expect(world.machine().spec).toMatchObject(hardwareOf(hardware as InstanceSpec));
  });

  test('another card: the running guest is left alone, and the next start takes it', async () => {
    await world.create({ networks: [{ name: 'eth0', networkName: 'lab' }] });
    await world.edit({ networks: [{ name: 'eth0', networkName: 'lab', model: 'e1000', mtu: 1400, bandwidth: { inbound: '1Mi' } }] });
    await world.pass(1);
    expect(await world.ready()).toBe('Ready=True RestartRequired');
    await world.edit({ powerState: 'Stopped' });
    await world.edit({ powerState: 'Running' });
    await world.pass(1);
    expect(await world.ready()).toBe('Ready=True Running');
    expect(world.machine().spec.interfaces).toMatchObject([{ model: 'e1000', mtu: 1400, bandwidth: { inBytesPerSecond: 1_048_576 } }]);
  });

  test('parts that do not fit the flavor are told before anything is defined', async () => {
    await world.create({ cpu: { topology: { sockets: 2, cores: 2, threads: 1 } } });
    await world.pass(1);
    expect([await world.ready(), await world.condition('Stalled'), world.called('define')]).toEqual([
      'Ready=False HardwareMisfit',
      'True HardwareMisfit',
      0,
    ]);
    await world.edit({ cpu: null });
    await world.pass(1);
    expect(await world.ready()).toBe('Ready=True Running');
  });

  test('a host that cannot give a device says so, and a change of the spec begins anew', async () => {
    await world.create({ powerState: 'Stopped', placement: { hypervisorName: 'host-a' } });
    world.host().driver.before = (verb) => {
      const { devices } = world.machine().spec;
      if (verb === 'define' && devices === undefined)
        throw new DriverError('Unsupported', 'the host has no swtpm: install it', { reason: 'TPMUnsupported' });
    };
    await world.edit({ devices: { tpm: {} }, powerState: 'Running' });
    await world.pass(2);
    const defined = world.called('define');
    expect([await world.ready(), await world.condition('Stalled')]).toEqual(['Ready=False TPMUnsupported', 'True TPMUnsupported']);
    await world.pass(2);
    expect(world.called('define')).toBe(defined);
    world.host().driver.before = () => undefined;
    await world.edit({ devices: null });
    await world.pass(1);
    expect(await world.ready()).toBe('Ready=True Running');
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

  test('an old config drive that could not be removed goes with the next attempt', async () => {
    await world.create();
    await world.edit({ metadata: { a: '1' } });
    world.turn('Stopped', 'Crashed');
    let failures = 1;
    world.host().driver.before = (verb) => {
      if (verb !== 'deleteDisk' || failures === 0) return;
      failures -= 1;
      throw new DriverError('Transient', 'not now');
    };
    await world.pass(3);
    expect([failures, await world.ready(), world.disks().filter((name) => name.includes('-config-')).length]).toEqual([
      0,
      'Ready=True Running',
      1,
    ]);
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
