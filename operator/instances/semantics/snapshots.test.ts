/** Semantics that nobody should have to guess, played through the whole controllers: InstanceSnapshots, and the Images they become. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DriverError } from '../../../drivers/labels.ts';
import { findCondition } from '../../kernel/status/conditions.ts';
import { IMAGES } from '../../resources.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

/** Refuses one verb on the host, as often as it is called. */
function refuse(verb: string, error: () => Error): void {
  world.host().driver.before = (called) => {
    if (called === verb) throw error();
  };
}

/** A copy that goes on until the returned function is called. */
function slowly(): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  world.host().driver.before = (verb) => (verb === 'captureBase' ? promise : undefined);
  return resolve;
}

const deleting = async (name: string): Promise<string | undefined> =>
  findCondition((await world.findImage(name))?.status?.conditions, 'Deleting')?.reason;

describe('a snapshot', () => {
  test('of a guest that runs becomes an Image, and the guest goes on', async () => {
    await world.create();
    await world.snapshot();
    await world.pass(1);
    expect([await world.snapped(), await world.ready(), world.machine().power]).toEqual([
      'Succeeded Captured',
      'Ready=True Running',
      'Running',
    ]);
    const snapshot = await world.findSnapshot();
    const image = await world.findImage('snap');
    const volume = `snapshot-${snapshot?.metadata.uid}`;
    expect(image).toMatchObject({
      metadata: { finalizers: ['hostler.dev/image-cleanup'], ownerReferences: [{ uid: snapshot?.metadata.uid }] },
      spec: { sources: [{ format: 'qcow2', snapshot: { name: 'snap' } }] },
      status: { locations: [{ hypervisorName: 'host-a', pool: 'main', volume }], virtualSizeBytes: expect.any(Number) },
    });
    expect(snapshot?.status).toMatchObject({ imageUid: image?.metadata.uid, instanceUid: (await world.get()).metadata.uid });
    expect([world.basesOf(), world.called('captureBase')]).toEqual([[`host-a/default/${volume}`], 1]);
  });

  test('knows of its guests what was known of the one that was copied', async () => {
    await world.api.mergePatch(
      IMAGES,
      { namespace: 'default', name: 'demo' },
      { spec: { properties: { shutdownTimeout: '2m' } } },
      world.call,
    );
    await world.create();
    await world.snapshot();
    await world.pass(1);
    expect((await world.findImage('snap'))?.spec.properties).toEqual({ shutdownTimeout: '2m' });
  });

  test('of a guest that is off copies the disk as it lies; Cold takes no other', async () => {
    await world.create({ powerState: 'Stopped' });
    await world.snapshot('live');
    await world.snapshot('cold', { mode: 'Cold' });
    await world.pass(2);
    expect([await world.snapped('live'), await world.snapped('cold')]).toEqual(['Succeeded Captured', 'Succeeded Captured']);
    await world.edit({ powerState: 'Running' });
    await world.pass(1);
    await world.snapshot('late', { mode: 'Cold' });
    await world.pass(1);
    expect([await world.snapped('late'), world.machine().power, await world.findImage('late')]).toEqual([
      'Failed NotStopped',
      'Running',
      undefined,
    ]);
    expect((await world.findSnapshot('late'))?.status?.location).toBeUndefined();
  });

  test('waits for its Instance, and for the disk of it', async () => {
    await world.snapshot();
    expect(await world.snapped()).toBe('Pending InstanceNotFound');
    await world.create();
    await world.pass(2);
    expect(await world.snapped()).toBe('Succeeded Captured');
  });

  test('is told of while it is taken, and nothing else is done to the machine', async () => {
    await world.create();
    const finish = slowly();
    await world.snapshot();
    await world.act('again', { action: 'Reboot', reboot: { type: 'Hard' } });
    await world.edit({ powerState: 'Stopped' });
    await world.pass(2);
    expect([await world.snapped(), await world.acted('again'), world.machine().power]).toEqual([
      'Running Begun',
      'Pending Queued',
      'Running',
    ]);
    expect(await world.ready()).toBe('Ready=False Capturing');
    finish();
    await world.pass(3);
    expect([await world.snapped(), await world.acted('again'), world.machine().power]).toEqual([
      'Succeeded Captured',
      'Failed NotAskedToRun',
      'Stopped',
    ]);
  });

  test('that fails is tried again, then given up: no Image, and no half of one', async () => {
    await world.create();
    refuse('captureBase', () => new DriverError('Transient', 'the disk broke', { reason: 'CaptureEnded' }));
    await world.snapshot();
    await world.pass(4);
    expect([await world.snapped(), world.called('captureBase'), await world.ready()]).toEqual([
      'Failed CaptureEnded',
      3,
      'Ready=True Running',
    ]);
    expect([await world.findImage('snap'), world.basesOf(), (await world.findSnapshot())?.status?.location]).toEqual([
      undefined,
      [],
      undefined,
    ]);
    expect(world.called('deleteBase')).toBeGreaterThan(0);
  });

  test('that the guest cannot be held still for, though it must, is refused at once', async () => {
    await world.create();
    refuse('captureBase', () => new DriverError('Unsupported', 'no agent', { reason: 'QuiesceFailed' }));
    await world.snapshot('snap', { quiesce: 'Required' });
    await world.pass(1);
    expect([await world.snapped(), world.called('captureBase')]).toEqual(['Failed QuiesceFailed', 1]);
  });

  test('waits while somebody else works on the machine', async () => {
    await world.create();
    world.machine().busy = true;
    await world.snapshot();
    await world.pass(2);
    expect(await world.snapped()).toBe('Running Begun');
    world.machine().busy = false;
    await world.pass(2);
    expect(await world.snapped()).toBe('Succeeded Captured');
  });

  test('does not take the name of an Image that is there', async () => {
    await world.create();
    await world.snapshot('snap', { imageName: 'demo' });
    await world.pass(1);
    expect([await world.snapped(), world.called('captureBase')]).toEqual(['Failed ImageExists', 0]);
  });

  test('of a locked Instance is refused', async () => {
    await world.create({ lock: { reason: 'audit' } });
    await world.snapshot();
    expect(await world.snapped()).toMatch(/Failed Locked|Pending NoRootDisk/);
  });

  test('costs nothing once it is done', async () => {
    await world.create();
    await world.snapshot();
    await world.pass(3);
    const { length } = world.api.writes();
    await world.pass(3);
    expect(world.api.writes()).toHaveLength(length);
  });
});

describe('a snapshot that is deleted', () => {
  test('takes its Image and the copy along', async () => {
    await world.create();
    await world.snapshot();
    await world.pass(1);
    await world.deleteSnapshot();
    await world.pass(2);
    expect([await world.findSnapshot(), await world.findImage('snap'), world.basesOf()]).toEqual([undefined, undefined, []]);
    expect(await world.ready()).toBe('Ready=True Running');
  });

  test('while it is taken ends the copy, and leaves nothing', async () => {
    await world.create();
    const finish = slowly();
    await world.snapshot();
    await world.deleteSnapshot();
    await world.pass(1);
    finish();
    await world.pass(3);
    expect([await world.findSnapshot(), await world.findImage('snap'), world.basesOf()]).toEqual([undefined, undefined, []]);
    expect((await world.get()).status?.action).toMatchObject({ action: 'Snapshot', phase: 'Failed', reason: 'Withdrawn' });
    expect([world.called('endCapture') > 0, await world.ready()]).toEqual([true, 'Ready=True Running']);
  });

  test('waits as long as an Instance stands on it, and says so', async () => {
    await world.create();
    await world.snapshot();
    await world.pass(1);
    await world.create({ imageName: 'snap' }, 'clone');
    await world.pass(1);
    expect(await world.ready('clone')).toBe('Ready=True Running');
    await world.deleteSnapshot();
    await world.pass(2);
    expect([await deleting('snap'), world.basesOf().length]).toEqual(['ImageInUse', 1]);
    expect(findCondition((await world.findSnapshot())?.status?.conditions, 'Deleting')?.reason).toBe('ImageInUse');
    await world.delete('clone');
    await world.pass(8);
    expect([await world.findSnapshot(), await world.findImage('snap'), world.basesOf()]).toEqual([undefined, undefined, []]);
  });

  test('waits as long as a disk stands on it whose Instance is no more', async () => {
    await world.create();
    await world.snapshot();
    await world.pass(1);
    const { standing } = world.host().driver;
    standing.set('default/orphan', `default/snapshot-${(await world.findSnapshot())?.metadata.uid}`);
    await world.deleteSnapshot();
    await world.pass(2);
    expect([await deleting('snap'), world.basesOf().length]).toEqual(['BaseInUse', 1]);
    standing.clear();
    await world.pass(3);
    expect([await world.findSnapshot(), world.basesOf()]).toEqual([undefined, []]);
  });

  test('waits for a host that does not answer', async () => {
    await world.create();
    await world.snapshot();
    await world.pass(1);
    world.host().turn('False');
    await world.deleteSnapshot();
    await world.pass(1);
    expect(await deleting('snap')).toBe('HostUnreachable');
    world.host().turn('True');
    await world.pass(3);
    expect([await world.findSnapshot(), world.basesOf()]).toEqual([undefined, []]);
  });
});

describe('an Image of a snapshot', () => {
  test('that is deleted by itself takes the copy along; the snapshot stays, as a record', async () => {
    await world.create();
    await world.snapshot();
    await world.pass(1);
    await world.deleteImage('snap');
    await world.pass(1);
    expect([await world.findImage('snap'), world.basesOf(), await world.snapped()]).toEqual([undefined, [], 'Succeeded Captured']);
    await world.deleteSnapshot();
    await world.pass(1);
    expect(await world.findSnapshot()).toBeUndefined();
  });

  test('is used where its content can be reached, and nowhere else', async () => {
    await world.share('host-b', 'elsewhere');
    await world.create({ placement: { hypervisorName: 'host-a' } });
    await world.snapshot();
    await world.pass(1);
    await world.create({ imageName: 'snap', placement: { hypervisorName: 'host-b' } }, 'far');
    await world.pass(1);
    expect(await world.ready('far')).toBe('Ready=False NoHypervisorFits');
    await world.share('host-b', 'shared');
    await world.pass(8);
    expect((await world.get('far')).status?.hypervisorName).toBe('host-b');
  });
});

describe('the deletion of an Instance', () => {
  test('pre-empts a snapshot, and leaves no half of one', async () => {
    await world.create();
    const finish = slowly();
    await world.snapshot();
    await world.delete();
    await world.pass(1);
    finish();
    await world.pass(8);
    expect([await world.find(), world.machines(), world.disks(), world.basesOf()]).toEqual([undefined, [], [], []]);
    expect(await world.snapped()).toMatch(/^Failed Instance(Deleting|Gone)$/);
  });

  test('leaves finished ones: they stand by themselves', async () => {
    await world.create();
    await world.snapshot();
    await world.pass(1);
    await world.delete();
    await world.pass(8);
    expect([await world.find(), await world.snapped(), world.basesOf().length]).toEqual([undefined, 'Succeeded Captured', 1]);
  });
});

const CALLS = Array.from({ length: 14 }, (_, calls) => calls);

test.each(CALLS)('killed before call %d, a snapshot is taken by the next operator', async (calls) => {
  await world.create();
  world.killAfter(calls);
  await world.snapshot();
  await world.restartOperator();
  await world.pass(3);
  expect([await world.snapped(), await world.ready(), world.machine().power]).toEqual([
    'Succeeded Captured',
    'Ready=True Running',
    'Running',
  ]);
  expect([world.basesOf().length, (await world.findImage('snap'))?.status?.locations?.length]).toEqual([1, 1]);
});

test.each(CALLS)('killed before call %d of its deletion, nothing of it is left', async (calls) => {
  await world.create();
  await world.snapshot();
  await world.pass(1);
  world.killAfter(calls);
  await world.deleteSnapshot();
  await world.restartOperator();
  await world.pass(3);
  expect([await world.findSnapshot(), await world.findImage('snap'), world.basesOf(), await world.ready()]).toEqual([
    undefined,
    undefined,
    [],
    'Ready=True Running',
  ]);
});

test.each(CALLS)('killed before call %d, and deleted meanwhile with its Instance, nothing is left', async (calls) => {
  await world.create();
  world.killAfter(calls);
  await world.snapshot();
  await world.deleteSnapshot();
  await world.delete();
  await world.restartOperator();
  await world.pass(10);
  expect([await world.find(), await world.findSnapshot(), world.machines(), world.disks(), world.basesOf()]).toEqual([
    undefined,
    undefined,
    [],
    [],
    [],
  ]);
});

// A guest that is held still for the copy would be so for as long as nobody may touch it.
test.each([['Disabled'], ['WatchOnly'], ['DryRun'], ['Locked']] as const)(
  'one that was cut off is ended, and the guest let go of, under %s',
  async (policy) => {
    await world.create();
    const finish = slowly();
    await world.snapshot();
    await world.pass(1);
    expect((await world.get()).status?.action?.phase).toBe('Running');
    const stopped = world.stopOperator();
    finish();
    await stopped;
    await world.edit(policy === 'Locked' ? { lock: { reason: 'audit' } } : { reconcilePolicy: policy });
    world.host().driver.before = () => undefined;
    await world.startOperator();
    await world.pass(3);
    expect([world.called('endCapture'), (await world.get()).status?.action?.phase, await world.snapped()]).toEqual([
      1,
      'Failed',
      expect.stringMatching(/^Failed/),
    ]);
  },
);
