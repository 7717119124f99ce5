/** Semantics that nobody should have to guess, played through the whole controllers: shelving, offload, and the way back. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { InstanceSpec } from '../../../crds/instance.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { IMAGES, INSTANCE_SNAPSHOTS } from '../../resources.ts';
import { rootsOf } from '../testing/disk-names.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const SHELVED = { lifecycle: { state: 'Shelved' } } as const;
const ACTIVE = { lifecycle: { state: 'Active' } } as const;
const stayingFor = (offloadAfter: string) => ({ lifecycle: { state: 'Shelved', offloadAfter } }) as const;
const HERE = { placement: { hypervisorName: 'host-a' }, networks: [{ name: 'eth0', networkName: 'lab' }] } as const;

const told = async (): Promise<readonly unknown[]> => [await world.ready(), (await world.get()).status?.phase];
const shelves = (): readonly string[] => world.api.objects(INSTANCE_SNAPSHOTS).map(({ metadata }) => metadata.name);
const OFFLOADED = ['Ready=True Offloaded', 'Shelved'];
const RUNNING = ['Ready=True Running', 'Running'];

async function shelve(spec: Partial<InstanceSpec> = {}): Promise<void> {
  await world.create({ ...HERE, ...spec });
  await world.pass(1);
  await world.edit(SHELVED);
  await world.pass(3);
}

function refuse(verb: string, error: () => Error, times = Number.POSITIVE_INFINITY): void {
  let left = times;
  world.host().driver.before = (called) => {
    if (called !== verb || left === 0) return;
    left -= 1;
    throw error();
  };
}
const mend = (): void => {
  world.host().driver.before = () => undefined;
};

describe('an instance that is shelved', () => {
  test('is shut down and copied, and nothing of it is left on its host but the copy', async () => {
    await shelve();
    expect(await told()).toEqual(OFFLOADED);
    expect([world.machines(), world.disks(), world.basesOf().length, world.called('signalShutdown')]).toEqual([[], [], 1, 1]);
    const { status } = await world.get();
    expect([status?.hypervisorName, status?.machineId, status?.disks, status?.resolved, status?.task]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(status?.lifecycle).toMatchObject({ copy: { snapshotName: shelves()[0], imageName: 'demo' }, offloadedAt: expect.any(String) });
  });

  test('active again, is made from the copy, and is who it was', async () => {
    await world.create(HERE);
    await world.pass(1);
    const [spec, { status }] = [structuredClone(world.machine().spec), await world.get()];
    await world.edit(SHELVED);
    await world.pass(3);
    const [copy] = world.basesOf();
    await world.edit(ACTIVE);
    await world.pass(2);
    expect([await told(), rootsOf(world)]).toEqual([RUNNING, [`root-1 ${copy?.replace('host-a/default/', '')}`]]);
    expect(world.machine().spec).toMatchObject({ machineId: spec.machineId, name: spec.name, interfaces: spec.interfaces });
    const after = (await world.get()).status;
    expect(after).toMatchObject({ machineId: status?.machineId, interfaces: status?.interfaces });
    expect(after).toMatchObject({ resolved: { restored: { snapshotName: shelves()[0], imageName: 'demo' } } });
    expect([after?.lifecycle, await world.condition('RebuildRequired')]).toEqual([undefined, undefined]);
  });

  test('and that was off: it is off again, and never booted', async () => {
    await shelve({ powerState: 'Stopped' });
    expect(await told()).toEqual(OFFLOADED);
    await world.edit(ACTIVE);
    await world.pass(2);
    expect([await told(), world.called('startPaused')]).toEqual([['Ready=True Stopped', 'Stopped'], 0]);
  });

  test('again and again: there is one copy at a time, beside the one that its disk stands on', async () => {
    await shelve();
    const [first] = shelves();
    await world.edit(ACTIVE);
    await world.pass(2);
    expect(shelves()).toEqual([first]);
    await world.edit(SHELVED);
    await world.pass(4);
    expect([await told(), shelves().length, shelves()[0] === first, world.basesOf().length]).toEqual([OFFLOADED, 1, false, 1]);
    await world.edit(ACTIVE);
    await world.pass(2);
    expect(await told()).toEqual(RUNNING);
  });

  test('at rest costs nothing, and a new operator does nothing', async () => {
    await shelve();
    const writes = world.api.writes().length;
    await world.pass(3);
    expect(world.api.writes()).toHaveLength(writes);
    const changes = world.changes();
    await world.restartOperator();
    await world.pass(2);
    expect([world.changes() - changes, await told()]).toEqual([0, OFFLOADED]);
  });

  test('§16.39 leaves its room to others, and comes back where there is some', async () => {
    await world.share('host-b', 'elsewhere');
    await shelve();
    const free = world.host().driver;
    expect([free.machines.size, free.disks.size]).toEqual([0, 0]);
    await world.edit({ ...ACTIVE, placement: { hypervisorName: 'host-b' } });
    await world.pass(2);
    expect([await world.ready(), world.machines()]).toEqual(['Ready=False NoHypervisorFits', []]);
    await world.share('host-b', 'shared');
    await world.pass(8);
    expect([await told(), (await world.get()).status?.hypervisorName]).toEqual([RUNNING, 'host-b']);
  });

  test('keeps its volumes, which nobody else is given', async () => {
    await world.createVolume();
    await shelve({ volumes: [{ name: 'data', volumeName: 'data' }] });
    expect([await told(), await world.volume(), await world.attached()]).toEqual([
      OFFLOADED,
      expect.stringMatching(/^InUse .* demo$/),
      ['data Attaching'],
    ]);
    await world.create({ ...HERE, volumes: [{ name: 'data', volumeName: 'data' }] }, 'other');
    await world.pass(1);
    expect(await world.attached('other')).toEqual([]);
    await world.delete('other');
    await world.edit(ACTIVE);
    await world.pass(2);
    expect([await told(), await world.attached(), world.machine().spec.volumes?.length]).toEqual([RUNNING, ['data Attached'], 1]);
  });

  test('gives a volume back that it does not ask for any more', async () => {
    await world.createVolume();
    await shelve({ volumes: [{ name: 'data', volumeName: 'data' }] });
    await world.edit({ volumes: null });
    await world.pass(1);
    expect(await world.volume()).toBe('Available Ready=True Available');
  });

  test('from the start: nothing is made until it is active', async () => {
    await world.create({ ...HERE, ...SHELVED });
    await world.pass(2);
    expect([await told(), world.machines(), shelves()]).toEqual([['Ready=True Shelved', 'Shelved'], [], []]);
    await world.edit(ACTIVE);
    await world.pass(1);
    expect(await told()).toEqual(RUNNING);
  });

  test('refuses InstanceActions and snapshots of others', async () => {
    await shelve();
    await world.act('start');
    await world.snapshot('mine');
    await world.pass(1);
    expect([await world.acted(), await world.snapped('mine')]).toEqual(['Failed Shelved', 'Failed Shelved']);
  });
});

describe('until its time on the host is over', () => {
  test('it is off and whole, and goes on where it was', async () => {
    await world.create(HERE);
    await world.pass(1);
    const disks = world.disks();
    await world.edit(stayingFor('1h'));
    await world.pass(3);
    expect([await told(), world.machine().power, world.disks(), world.basesOf().length]).toEqual([
      ['Ready=True Shelved', 'Shelved'],
      'Stopped',
      disks,
      1,
    ]);
    await world.edit(ACTIVE);
    await world.pass(3);
    expect([await told(), world.disks(), world.basesOf(), shelves()]).toEqual([RUNNING, disks, [], []]);
    expect((await world.get()).status?.lifecycle).toBeUndefined();
  });

  test('it goes when it is', async () => {
    await world.create(HERE);
    await world.edit(stayingFor('1m'));
    await world.pass(4);
    expect(world.machines()).toHaveLength(1);
    await world.pass(4);
    expect([await told(), world.machines(), world.disks()]).toEqual([OFFLOADED, [], []]);
  });

  test('somebody starts it: what the guest wrote is in the copy that it is made from', async () => {
    await world.create(HERE);
    await world.edit(stayingFor('2m'));
    await world.pass(3);
    const [before] = shelves();
    world.turn('Running', 'User');
    await world.pass(3);
    expect([world.machine().power, shelves().length, shelves()[0] === before]).toEqual(['Stopped', 1, false]);
    await world.pass(8);
    expect([await told(), (await world.get()).status?.lifecycle?.copy?.snapshotName]).toEqual([OFFLOADED, shelves()[0]]);
  });
});

describe('a copy that fails', () => {
  test('leaves the machine as it was; a change of the spec tries again', async () => {
    await world.create(HERE);
    await world.pass(1);
    const disks = world.disks();
    refuse('captureBase', () => new DriverError('Transient', 'the disk broke', { reason: 'CaptureEnded' }));
    await world.edit(SHELVED);
    await world.pass(6);
    expect([await world.ready(), world.disks(), world.machine().power, world.basesOf()]).toEqual([
      'Ready=False ShelveFailed',
      disks,
      'Stopped',
      [],
    ]);
    mend();
    await world.pass(2);
    expect(await world.ready()).toBe('Ready=False ShelveFailed');
    await world.edit({ metadata: { again: '1' } });
    await world.pass(4);
    expect(await told()).toEqual(OFFLOADED);
  });

  test('active again, it runs as before', async () => {
    await world.create(HERE);
    refuse('captureBase', () => new DriverError('Unsupported', 'it cannot', { reason: 'Unsupported' }));
    await world.edit(SHELVED);
    await world.pass(3);
    expect(await world.ready()).toBe('Ready=False ShelveFailed');
    await world.edit(ACTIVE);
    await world.pass(2);
    expect([await told(), shelves()]).toEqual([RUNNING, []]);
  });

  test('is gone from its host when machine and disks are to go: they stay', async () => {
    await world.create(HERE);
    await world.pass(1);
    const disks = world.disks();
    await world.edit(stayingFor('1m'));
    await world.pass(3);
    world.host().driver.bases.clear();
    await world.pass(6);
    expect([await world.ready(), world.disks(), world.machines().length]).toEqual(['Ready=False ShelvedCopyLost', disks, 1]);
  });
});

describe('is not shelved:', () => {
  test.each<[string, Partial<InstanceSpec>]>([
    ['a guest that is to be saved', { powerState: 'Suspended' }],
    ['one with a TPM, whose secrets are nowhere else', { devices: { tpm: { model: 'CRB' } } }],
  ])('%s', async (_, spec) => {
    await world.create({ ...HERE, ...spec });
    await world.pass(1);
    const { power } = world.machine();
    await world.edit(SHELVED);
    await world.pass(2);
    expect([await world.ready(), world.machine().power, shelves()]).toEqual(['Ready=False ShelveNotPossible', power, []]);
  });
});

describe('changes of mind', () => {
  test('while it is copied: it runs again, and no copy is left', async () => {
    await world.create(HERE);
    const { promise, resolve } = Promise.withResolvers<void>();
    world.host().driver.before = (verb) => (verb === 'captureBase' ? promise : undefined);
    await world.edit(SHELVED);
    await world.pass(2);
    expect(await world.ready()).toBe('Ready=False Capturing');
    await world.edit(ACTIVE);
    resolve();
    await world.pass(3);
    expect([await told(), shelves(), world.basesOf()]).toEqual([RUNNING, [], []]);
  });

  test('soft-deleted after it was offloaded: the copy goes when its time is over', async () => {
    await shelve();
    await world.edit({ lifecycle: { state: 'SoftDeleted', reclaimAfter: '1m' } });
    await world.pass(3);
    expect([await told(), world.basesOf().length]).toEqual([['Ready=True SoftDeleted', 'SoftDeleted'], 1]);
    await world.pass(6);
    expect([await told(), world.basesOf(), shelves()]).toEqual([['Ready=True Reclaimed', 'SoftDeleted'], [], []]);
  });

  test('another image meanwhile: the disk comes back, and a rebuild is asked for', async () => {
    await world.makeImage('next');
    await shelve();
    await world.edit({ ...ACTIVE, imageName: 'next' });
    await world.pass(2);
    expect([await world.ready(), world.machine().power, rootsOf(world)]).toEqual([
      'Ready=False RebuildRequired',
      'Running',
      [expect.stringMatching(/^root-1 snapshot-/)],
    ]);
  });

  test('another flavor meanwhile: it has that', async () => {
    await shelve();
    await world.edit({ ...ACTIVE, flavorName: 'small' });
    await world.pass(2);
    expect([await told(), world.machine().spec.vcpus]).toEqual([RUNNING, 2]);
  });
});

describe('a copy', () => {
  test('that somebody deletes is held until nothing is made from it any more', async () => {
    await shelve();
    await world.deleteSnapshot(shelves()[0] ?? '');
    await world.pass(2);
    expect([world.basesOf().length, shelves().length]).toEqual([1, 1]);
    await world.edit(ACTIVE);
    await world.pass(2);
    expect([await told(), rootsOf(world)]).toEqual([RUNNING, [expect.stringMatching(/^root-1 snapshot-/)]]);
    await world.act('new', { action: 'Rebuild' });
    await world.pass(4);
    expect([await told(), world.basesOf(), shelves()]).toEqual([RUNNING, [], []]);
  });

  test('that is gone from its host is waited for: nothing else is made of it', async () => {
    await shelve();
    const bases = new Map(world.host().driver.bases);
    world.host().driver.bases.clear();
    await world.edit(ACTIVE);
    await world.pass(3);
    expect([await world.ready(), world.machines(), world.disks()]).toEqual(['Ready=False ImageOnlyOnHost', [], []]);
    for (const [path, base] of bases) world.host().driver.bases.set(path, base);
    await world.pass(3);
    expect(await told()).toEqual(RUNNING);
  });

  test('whose object is gone is waited for, too', async () => {
    await shelve();
    const [name = ''] = shelves();
    await world.deleteImage(name);
    await world.api.mergePatch(IMAGES, { namespace: 'default', name }, { metadata: { finalizers: null } }, world.call);
    await world.edit(ACTIVE);
    await world.pass(3);
    expect([await world.ready(), world.machines(), world.disks()]).toEqual(['Ready=False ShelvedCopyLost', [], []]);
  });
});

test('status is lost while it is offloaded: nothing is made from the image in its place, and the copy stays', async () => {
  await shelve();
  await world.stopOperator();
  await world.loseStatus();
  await world.edit(ACTIVE);
  await world.restartOperator();
  await world.pass(3);
  expect([await world.ready(), world.machines(), world.basesOf().length]).toEqual(['Ready=False ShelvedCopyUnclaimed', [], 1]);
});

describe('deleted', () => {
  test('while it is offloaded: the copy goes', async () => {
    await shelve();
    await world.delete();
    await world.pass(3);
    expect([await world.find(), shelves(), world.basesOf(), world.disks()]).toEqual([undefined, [], [], []]);
  });

  test('while it is copied: nothing is left', async () => {
    await world.create(HERE);
    const { promise, resolve } = Promise.withResolvers<void>();
    world.host().driver.before = (verb) => (verb === 'captureBase' ? promise : undefined);
    await world.edit(SHELVED);
    await world.pass(2);
    await world.delete();
    resolve();
    await world.pass(8);
    expect([await world.find(), shelves(), world.basesOf(), world.disks()]).toEqual([undefined, [], [], []]);
  });

  test('after it came back: its disk goes, and then the copy that it stands on', async () => {
    await shelve();
    await world.edit(ACTIVE);
    await world.pass(2);
    await world.delete();
    await world.pass(8);
    expect([await world.find(), shelves(), world.basesOf(), world.disks()]).toEqual([undefined, [], [], []]);
  });
});
