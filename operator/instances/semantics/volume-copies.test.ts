/** Volumes that begin as copies of others: of free ones, of running guests, of those that are off; and what waits meanwhile. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { DriverError } from '../../../drivers/labels.ts';
import { findCondition } from '../../kernel/status/conditions.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const data = [{ name: 'data', volumeName: 'data' }];
const copy = [{ name: 'copy', volumeName: 'copy' }];
const AVAILABLE = 'Available Ready=True Available';
const uidOf = async (name: string): Promise<string> => (await world.findVolume(name))?.metadata.uid ?? 'none';
const held = (verb: string): (() => void) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  world.host().driver.before = (called) => (called === verb ? promise : undefined);
  return resolve;
};
const plugged = (): readonly string[] => (world.machine().plugged ?? []).map(({ id }) => id);

async function source(spec: object = {}): Promise<void> {
  await world.createVolume('data', { hypervisorName: 'host-a', ...spec });
}

test('one that nobody has is copied where it lies, at once, and the copy stands alone', async () => {
  await source();
  await world.createVolume('copy', { sourceVolumeName: 'data', size: '16Mi' });
  await world.pass(1);
  expect([await world.volume('copy'), world.called('copyToBase')]).toEqual([AVAILABLE, 1]);
  const uid = await uidOf('copy');
  expect((await world.findVolume('copy'))?.status).toMatchObject({ hypervisorName: 'host-a', pool: 'main', capacity: '16Mi' });
  expect(world.host().driver.origins.get(`default/volume-${uid}`)).toBe(`origin-${uid}`);
  await world.deleteVolume('data');
  expect([await world.volume('data'), await world.volume('copy')]).toEqual(['none', AVAILABLE]);
  await world.deleteVolume('copy');
  expect([await world.volume('copy'), world.disks(), world.basesOf()]).toEqual(['none', [], []]);
});

test('of a guest that runs it is copied under it, and the guest runs on', async () => {
  await source();
  await world.create({ volumes: data });
  await world.pass(2);
  const { runId } = world.machine().owner ?? {};
  await world.createVolume('copy', { sourceVolumeName: 'data' });
  await world.pass(1);
  expect([await world.volume('copy'), world.called('captureBase'), world.called('copyToBase')]).toEqual([AVAILABLE, 1, 0]);
  expect([await world.ready(), plugged(), world.machine().owner?.runId]).toEqual(['Ready=True Running', ['data'], runId]);
});

test('objects may be applied in any order: the copy, its source, and the Instance that has the copy', async () => {
  await world.share('host-b', 'other');
  await world.createVolume('copy', { sourceVolumeName: 'data' });
  expect(await world.volume('copy')).toBe('Pending Ready=False VolumeNotFound');
  await world.create({ volumes: copy });
  await world.createVolume('data');
  expect(await world.volume('copy')).toBe('Pending Ready=False VolumeNotMade');
  await world.create({ volumes: data, placement: { hypervisorName: 'host-b' } }, 'first');
  await world.pass(8);
  expect([await world.ready('first'), await world.ready(), (await world.get()).status?.hypervisorName]).toEqual([
    'Ready=True Running',
    'Ready=True Running',
    'host-b',
  ]);
  expect(await world.attached()).toEqual(['copy Attached']);
});

test.each([
  ['is encrypted', { encryption: { passphraseSecretKeyRef: { name: 'vault', key: 'x' } } }],
  ['several write to', { accessMode: 'ReadWriteMany' }],
  ['existed already', { existing: 'unit' }],
] as const)('one that %s is refused, with the reason', async (_, spec) => {
  await source(spec);
  await world.createVolume('copy', { sourceVolumeName: 'data' });
  expect(await world.volume('copy')).toBe('Pending Ready=False VolumeUnfit');
  await world.deleteVolume('copy');
  expect(await world.volume('copy')).toBe('none');
});

test('a copy is no smaller than its source', async () => {
  await source();
  await world.createVolume('copy', { sourceVolumeName: 'data', size: '4Mi' });
  await world.pass(1);
  expect(await world.volume('copy')).toBe('Error Ready=False VolumeTooSmall');
  await world.editVolume({ size: '8Mi' }, 'copy');
  await world.pass(1);
  expect(await world.volume('copy')).toBe(AVAILABLE);
});

test('one that several Instances read is copied once at most one has it', async () => {
  await source({ accessMode: 'ReadOnlyMany' });
  const volumes = [{ name: 'data', volumeName: 'data', readOnly: true }];
  await world.create({ volumes });
  await world.create({ volumes }, 'second');
  await world.pass(3);
  await world.createVolume('copy', { sourceVolumeName: 'data' });
  expect(await world.volume('copy')).toBe('Pending Ready=False VolumeShared');
  await world.delete('second');
  await world.pass(2);
  expect(await world.volume('copy')).toBe(AVAILABLE);
});

test('while it is copied nobody begins to write to it, and its source stays', async () => {
  await source();
  await world.create();
  await world.pass(2);
  const done = held('copyToBase');
  await world.createVolume('copy', { sourceVolumeName: 'data' });
  expect(await world.volume('copy')).toBe('Creating Ready=False Copying');
  await world.edit({ volumes: data });
  await world.deleteVolume('data');
  await world.pass(2);
  expect([await world.ready(), await world.volume('data')]).toEqual([
    'Ready=False VolumeDeleting',
    'Deleting Ready=False VolumeBeingCopied',
  ]);
  done();
  await world.pass(2);
  expect([await world.volume('copy'), await world.volume('data')]).toEqual([AVAILABLE, 'none']);
});

test('a guest that runs is not given what is being copied before that is done', async () => {
  await source();
  await world.create();
  await world.pass(2);
  const done = held('copyToBase');
  await world.createVolume('copy', { sourceVolumeName: 'data' });
  await world.edit({ volumes: data });
  await world.pass(2);
  expect([await world.ready(), plugged()]).toEqual(['Ready=False VolumeBeingCopied', []]);
  done();
  await world.pass(2);
  expect([await world.volume('copy'), await world.ready(), plugged()]).toEqual([AVAILABLE, 'Ready=True Running', ['data']]);
});

test.each([
  ['a volume of it', { volumes: data }],
  ['the disk that it boots from', { rootVolume: { volumeName: 'data' } }],
] as const)('a machine that is off starts when %s has been copied', async (_, spec) => {
  await source();
  await world.create(spec);
  await world.pass(2);
  await world.edit({ powerState: 'Stopped' });
  await world.pass(2);
  const done = held('captureBase');
  await world.createVolume('copy', { sourceVolumeName: 'data' });
  await world.edit({ powerState: 'Running' });
  await world.pass(2);
  expect([await world.ready(), await world.volume('copy')]).toEqual(['Ready=False VolumeBeingCopied', 'Creating Ready=False Copying']);
  done();
  await world.pass(2);
  expect([await world.volume('copy'), await world.ready()]).toEqual([AVAILABLE, 'Ready=True Running']);
});

test('one that cannot be made keeps nobody waiting', async () => {
  await source();
  await world.create();
  await world.createVolume('copy', { sourceVolumeName: 'data', size: '4Mi' });
  await world.pass(2);
  await world.edit({ volumes: data });
  await world.pass(2);
  expect([await world.volume('copy'), await world.ready()]).toEqual(['Error Ready=False VolumeTooSmall', 'Ready=True Running']);
});

test('a copy that waits for a machine of somebody else keeps no guest from its start', async () => {
  await source();
  await world.create({ volumes: data });
  await world.pass(2);
  await world.edit({ powerState: 'Stopped' });
  await world.pass(2);
  const { machines } = world.host().driver;
  machines.set('other', { ...world.machine(), name: 'somebody', owner: undefined });
  await world.createVolume('copy', { sourceVolumeName: 'data' });
  await world.pass(1);
  expect(await world.volume('copy')).toBe('Creating Ready=False DiskInUse');
  await world.edit({ powerState: 'Running' });
  await world.pass(2);
  expect(await world.condition('Running')).toBe('True Running');
  machines.delete('other');
  await world.pass(3);
  expect(await world.volume('copy')).toBe(AVAILABLE);
});

test('what the host cannot copy now is tried again, and then somebody is asked', async () => {
  await source();
  world.host().driver.before = (verb) => {
    if (verb === 'copyToBase') throw new DriverError('Transient', 'the disk broke', { reason: 'CaptureEnded' });
  };
  await world.createVolume('copy', { sourceVolumeName: 'data' });
  await world.pass(1);
  expect(await world.volume('copy')).toBe('Creating Ready=False CaptureEnded');
  await world.pass(90);
  const ready = findCondition((await world.findVolume('copy'))?.status?.conditions, 'Stalled');
  expect([ready?.reason, world.called('copyToBase')]).toEqual(['CaptureEnded', 8]);
});

test('a copy that nobody wants any more is ended, and nothing of it stays', async () => {
  await source();
  await world.create({ volumes: data });
  await world.pass(2);
  const done = held('captureBase');
  await world.createVolume('copy', { sourceVolumeName: 'data' });
  await world.deleteVolume('copy');
  done();
  await world.pass(2);
  expect([await world.volume('copy'), world.called('endCapture'), world.basesOf()]).toEqual(['none', 1, []]);
  expect(world.disks().filter((disk) => disk.includes('volume-'))).toEqual([`host-a/default/volume-${await uidOf('data')}`]);
});

/** A copy that keeps the machine busy until the host is told to end it, or the returned function is called. */
function copying(): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  const machine = world.machine();
  const { driver } = world.host();
  driver.before = (verb) => {
    if (verb === 'captureBase') machine.busy = true;
    if (verb === 'endCapture') machine.busy = false;
    return verb === 'captureBase' ? promise : undefined;
  };
  return resolve;
}

test('an Instance that is deleted waits for no copy of its Volume: that is ended, and made anew of what it leaves', async () => {
  await source();
  await world.create({ volumes: data });
  await world.pass(2);
  const aborted = copying();
  await world.createVolume('copy', { sourceVolumeName: 'data' });
  await world.pass(1);
  expect([await world.volume('copy'), world.machine().busy]).toEqual(['Creating Ready=False Copying', true]);
  await world.delete();
  aborted();
  await world.pass(3);
  expect([world.machines(), await world.ready(), world.called('endCapture')]).toEqual([[], 'none', 1]);
  await world.pass(2);
  expect([await world.volume('copy'), world.called('copyToBase'), await world.volume('data')]).toEqual([AVAILABLE, 1, AVAILABLE]);
});

test('one that is deleted, and protected, keeps what it has: the copy goes on', async () => {
  await source();
  await world.create({ volumes: data, deletionProtection: true });
  await world.pass(2);
  const done = copying();
  await world.createVolume('copy', { sourceVolumeName: 'data' });
  await world.delete();
  await world.pass(2);
  expect([await world.volume('copy'), world.called('endCapture')]).toEqual(['Creating Ready=False Copying', 0]);
  world.machine().busy = false;
  done();
  await world.pass(2);
  expect([await world.volume('copy'), world.machines().length]).toEqual([AVAILABLE, 1]);
});

test.each(['WatchOnly', 'DryRun', 'Disabled'] as const)(
  'one that is deleted while nothing is done to it (%s) keeps what it has: the copy goes on, or is made, and ends with the policy',
  async (reconcilePolicy) => {
    await source();
    await world.create({ volumes: data });
    await world.pass(2);
    const done = copying();
    await world.createVolume('copy', { sourceVolumeName: 'data' });
    await world.edit({ reconcilePolicy });
    await world.delete();
    await world.pass(2);
    expect([await world.volume('copy'), world.called('endCapture'), world.machines().length]).toEqual([
      'Creating Ready=False Copying',
      0,
      1,
    ]);
    world.machine().busy = false;
    done();
    await world.pass(2);
    world.host().driver.before = () => undefined;
    await world.createVolume('second', { sourceVolumeName: 'data' });
    await world.pass(2);
    expect([await world.volume('copy'), await world.volume('second'), world.machines().length]).toEqual([AVAILABLE, AVAILABLE, 1]);
    const aborted = copying();
    await world.createVolume('third', { sourceVolumeName: 'data' });
    await world.pass(1);
    await world.edit({ reconcilePolicy: 'Reconcile' });
    aborted();
    await world.pass(5);
    expect([world.machines(), await world.volume('third'), world.called('endCapture')]).toEqual([[], AVAILABLE, 1]);
  },
);

test.each([
  ['a policy', { reconcilePolicy: 'WatchOnly' }],
  ['a lock', { lock: { reason: 'audit' } }],
] as const)('one that is deleted, and let go of (Retain), which %s does not hold up, waits for no copy', async (_, over) => {
  await source();
  await world.create({ volumes: data });
  await world.pass(2);
  const aborted = copying();
  await world.createVolume('copy', { sourceVolumeName: 'data' });
  await world.pass(1);
  await world.edit({ ...over, deletionPolicy: 'Retain' });
  await world.delete();
  aborted();
  await world.pass(3);
  expect([await world.find(), world.called('endCapture'), world.machines().length]).toEqual([undefined, 1, 1]);
});

test.each(['free', 'of a guest that runs', 'deleted again'] as const)(
  'killed anywhere while what is %s is copied, it converges',
  async (what) => {
    await world.stopOperator();
    for (let calls = 0; ; calls += 1) {
      world = new InstanceWorld();
      await world.start();
      await source();
      if (what === 'of a guest that runs') await world.create({ volumes: data });
      await world.pass(3);
      const count = world.host().driver.calls.length + world.api.writes().length;
      world.killAfter(calls);
      await world.createVolume('copy', { sourceVolumeName: 'data' });
      await world.pass(1);
      if (what === 'deleted again') await world.deleteVolume('copy');
      await world.pass(1);
      const made = world.host().driver.calls.length + world.api.writes().length - count;
      await world.restartOperator();
      await world.pass(8);
      const left = world.disks().filter((disk) => disk.includes('volume-')).length;
      const end = [await world.volume('copy'), left, world.basesOf().length];
      expect(end).toEqual(what === 'deleted again' ? ['none', 1, 0] : [AVAILABLE, 2, 1]);
      if (made < calls) break;
      await world.stopOperator();
    }
  },
  60_000,
);

test('at rest a copy costs no write', async () => {
  await source();
  await world.createVolume('copy', { sourceVolumeName: 'data' });
  await world.pass(3);
  const before = world.api.writes().length;
  await world.pass(12);
  expect(world.api.writes()).toHaveLength(before);
});
