/** Semantics that nobody should have to guess, played through the whole controller: rescue, and the way back. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DriverError } from '../../../drivers/labels.ts';
import { readIso } from '../configdrive/iso9660-reader.testing.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

const SECRETS = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true } as const;
const RESCUE = { rescue: { imageName: 'rescue-system' } } as const;
const WITHDRAWN = { rescue: null };

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
  await world.makeImage('rescue-system');
});
afterEach(() => world.stopOperator());

const secret = (name: string, text: string): Promise<unknown> =>
  world.api.create(
    SECRETS,
    { metadata: { namespace: 'default', name }, data: { k: Buffer.from(text).toString('base64') } } as never,
    world.call,
  );
/** `root config rescue`, in their order. */
const disksOfMachine = (): string =>
  world
    .machine()
    .spec.disks.map(({ role }) => role)
    .join(' ');
const isRescued = async (): Promise<readonly unknown[]> => [
  await world.ready(),
  await world.condition('Rescued'),
  (await world.get()).status?.phase,
  world.machine().owner?.role,
  world.machine().power,
];
const RESCUED = ['Ready=True Rescued', 'True Rescued', 'Rescued', 'rescue', 'Running'];
const ITSELF = ['Ready=True Running', undefined, 'Running', 'main', 'Running'];
/** What the drive of the machine holds. */
function told(file: string): string {
  const { pool, name } = world.machine().spec.disks.find(({ role }) => role === 'config') ?? {};
  return (
    readIso(world.host().driver.contents.get(`${pool}/${name}`) ?? new Uint8Array(), 'RockRidge').files[`openstack/latest/${file}`] ?? ''
  );
}
function refuse(verb: string, error: () => Error): void {
  world.host().driver.before = (called) => {
    if (called === verb) throw error();
  };
}

describe('a rescue', () => {
  test('the guest is shut down, and a rescue system runs with its disks where they were; then all is as before', async () => {
    await secret('u', '#cloud-config\n');
    await world.create({ userData: { secretKeyRef: { name: 'u', key: 'k' } } });
    const before = structuredClone(world.machine().spec);
    const volumes = world.disks();
    await world.edit(RESCUE);
    await world.pass(1);
    expect(await isRescued()).toEqual(RESCUED);
    expect([disksOfMachine(), world.machine().spec.disks[0]]).toEqual(['root config rescue', before.disks[0]]);
    expect([world.called('signalShutdown'), world.called('powerOff'), world.disks()]).toEqual([1, 0, expect.arrayContaining([...volumes])]);
    expect((await world.get()).status).toMatchObject({ powerState: 'Running', rescue: { imageName: 'rescue-system' } });
    expect(told('user_data')).toBe('');
    await world.edit(WITHDRAWN);
    await world.pass(1);
    expect(await isRescued()).toEqual(ITSELF);
    expect([world.machine().spec, world.disks()]).toEqual([before, volumes]);
    expect((await world.get()).status?.rescue).toBeUndefined();
    expect(world.called('signalShutdown')).toBe(2);
  });

  test('the shutdown before it is over and done with: it says nothing of the rescue system', async () => {
    await world.create();
    await world.edit(RESCUE);
    await world.pass(1);
    expect([await world.ready(), (await world.get()).status?.task]).toEqual(['Ready=True Rescued', undefined]);
  });

  test('its volumes stay, for the rescue system and afterwards', async () => {
    await world.createVolume();
    await world.create({ volumes: [{ name: 'data', volumeName: 'data' }] });
    await world.pass(2);
    const volumes = (): readonly string[] => (world.machine().plugged ?? []).map(({ id }) => id);
    await world.edit(RESCUE);
    await world.pass(2);
    expect([await isRescued(), volumes(), await world.condition('VolumesReady')]).toEqual([RESCUED, ['data'], 'True Attached']);
    await world.edit(WITHDRAWN);
    await world.pass(2);
    expect([await isRescued(), volumes(), await world.condition('VolumesReady')]).toEqual([ITSELF, ['data'], 'True Attached']);
  });

  test('at rest it costs no write', async () => {
    await world.create(RESCUE);
    await world.pass(2);
    const writes = world.writes();
    await world.pass(3);
    expect([world.writes() - writes, await isRescued()]).toEqual([0, RESCUED]);
  });

  test('of an instance that is off runs, and goes back to off', async () => {
    await world.create({ powerState: 'Stopped' });
    await world.edit(RESCUE);
    await world.pass(1);
    expect(await isRescued()).toEqual(RESCUED);
    await world.edit(WITHDRAWN);
    await world.pass(1);
    expect([await world.ready(), world.machine().owner?.role, world.machine().power, disksOfMachine()]).toEqual([
      'Ready=True Stopped',
      'main',
      'Stopped',
      'root config',
    ]);
    expect(world.called('startPaused')).toBe(1);
    await world.edit({ powerState: 'Running' });
    await world.pass(1);
    expect(await isRescued()).toEqual(ITSELF);
  });

  test('of a guest that had shut itself down goes back to what powerState asks: Running', async () => {
    await world.create();
    world.turn('Stopped', 'GuestShutdown');
    await world.pass(1);
    await world.edit(RESCUE);
    await world.pass(1);
    expect(await isRescued()).toEqual(RESCUED);
    await world.edit(WITHDRAWN);
    await world.pass(1);
    expect(await isRescued()).toEqual(ITSELF);
  });

  test('asked for when the instance is made: it is built first', async () => {
    await world.create(RESCUE);
    await world.pass(2);
    expect(await isRescued()).toEqual(RESCUED);
  });

  test('with another image begins anew', async () => {
    await world.makeImage('other');
    await world.create(RESCUE);
    await world.pass(1);
    await world.edit({ rescue: { imageName: 'other' } });
    await world.pass(2);
    expect(await isRescued()).toEqual(RESCUED);
    expect([(await world.get()).status?.rescue?.imageName, world.disks().length]).toEqual(['other', 4]);
  });

  test('an edit that takes effect at boot is taken on the way back', async () => {
    await world.create(RESCUE);
    await world.pass(1);
    await world.edit({ flavorName: 'small' });
    await world.pass(1);
    expect([await isRescued(), await world.condition('RestartRequired')]).toEqual([RESCUED, undefined]);
    await world.edit(WITHDRAWN);
    await world.pass(1);
    expect([await isRescued(), world.machine().spec.vcpus]).toEqual([ITSELF, 2]);
  });

  test('a rescue system that crashes is started again; a reboot is done to it', async () => {
    await world.create(RESCUE);
    await world.pass(1);
    world.turn('Stopped', 'Crashed');
    await world.pass(2);
    expect([await isRescued(), disksOfMachine()]).toEqual([RESCUED, 'root config rescue']);
    await world.act('again', { action: 'Reboot', reboot: { type: 'Hard' } });
    await world.pass(1);
    expect([await world.acted('again'), await isRescued(), disksOfMachine()]).toEqual([
      'Succeeded Rebooted',
      RESCUED,
      'root config rescue',
    ]);
  });

  test('a guest that is saved is not thrown away: it says what to do', async () => {
    await world.create({ powerState: 'Suspended' });
    await world.pass(1);
    await world.edit(RESCUE);
    await world.pass(1);
    expect([await world.ready(), await world.condition('Rescued'), world.machine().power]).toEqual([
      'Ready=False RescueNotPossible',
      'False RescueNotPossible',
      'Suspended',
    ]);
    await world.edit({ powerState: 'Running' });
    await world.pass(2);
    expect(await isRescued()).toEqual(RESCUED);
  });

  test('its time-out counts from the first start; then the instance is itself again, and stays so', async () => {
    await world.create();
    await world.edit({ rescue: { imageName: 'rescue-system', timeout: '1m' } });
    await world.pass(1);
    expect(await isRescued()).toEqual(RESCUED);
    await world.restartOperator();
    await world.pass(4);
    expect(await isRescued()).toEqual(RESCUED);
    await world.pass(2);
    expect([await world.ready(), await world.condition('Rescued'), world.machine().owner?.role, world.disks().length]).toEqual([
      'Ready=True Running',
      'False TimedOut',
      'main',
      2,
    ]);
    await world.edit({ metadata: { some: 'edit' } });
    await world.pass(2);
    expect([world.machine().owner?.role, await world.condition('Rescued')]).toEqual(['main', 'False TimedOut']);
    await world.edit(WITHDRAWN);
    await world.pass(1);
    expect([await world.condition('Rescued'), (await world.get()).status?.rescue]).toEqual([undefined, undefined]);
    await world.edit(RESCUE);
    await world.pass(1);
    expect(await isRescued()).toEqual(RESCUED);
  });

  test('a status that was lost in the middle changes nothing', async () => {
    await world.create(RESCUE);
    await world.pass(1);
    await world.stopOperator();
    await world.loseStatus();
    await world.restartOperator();
    await world.pass(2);
    expect(await isRescued()).toEqual(RESCUED);
    await world.edit(WITHDRAWN);
    await world.pass(2);
    expect([await isRescued(), world.disks().length]).toEqual([ITSELF, 2]);
  });

  test('a rescue machine that lost its definition gets it back without a restart; one that is gone is made again', async () => {
    await world.create(RESCUE);
    await world.pass(1);
    world.machine().persistent = false;
    await world.pass(1);
    expect([world.machine().persistent, await isRescued(), disksOfMachine()]).toEqual([true, RESCUED, 'root config rescue']);
    world.host().driver.machines.clear();
    await world.pass(5);
    expect([await isRescued(), disksOfMachine()]).toEqual([RESCUED, 'root config rescue']);
    await world.edit(WITHDRAWN);
    await world.pass(1);
    expect([await isRescued(), world.disks().length]).toEqual([ITSELF, 2]);
  });
});

describe('the password', () => {
  const withPassword = { rescue: { imageName: 'rescue-system', passwordSecretKeyRef: { name: 'p', key: 'k' } } };

  test('is given to the rescue system, and nowhere else', async () => {
    await secret('p', 'geheim-5\n');
    await world.create();
    await world.edit(withPassword);
    await world.pass(1);
    expect(await isRescued()).toEqual(RESCUED);
    expect(JSON.parse(told('meta_data.json'))).toMatchObject({ admin_pass: 'geheim-5' });
    expect(JSON.parse(told('user_data').replace('#cloud-config\n', ''))).toEqual({
      password: 'geheim-5',
      chpasswd: { expire: false },
      ssh_pwauth: true,
    });
    expect(JSON.stringify([await world.find(), world.log.lines])).not.toContain('geheim-5');
    await world.edit(WITHDRAWN);
    await world.pass(1);
    expect([await isRescued(), JSON.stringify(told('meta_data.json'))]).toEqual([ITSELF, expect.not.stringContaining('geheim-5')]);
  });

  test('that is missing leaves the guest alone until it is there', async () => {
    await world.create();
    await world.edit(withPassword);
    await world.pass(1);
    expect([await world.ready(), await world.condition('Rescued'), world.machine().owner?.role]).toEqual([
      'Ready=False SecretNotFound',
      'False SecretNotFound',
      'main',
    ]);
    expect(world.machine().power).toBe('Running');
    await secret('p', 'x');
    await world.pass(3);
    expect(await isRescued()).toEqual(RESCUED);
  });

  test.each<[string, string, object]>([
    ['two lines', 'a\nb', {}],
    ['no word', '\n', {}],
    ['an image that takes none', 'x', { configDrive: { layout: 'Ignition' } }],
  ])('%s: said, and the guest runs on', async (_, text, properties) => {
    await secret('p', text);
    await world.makeImage('other', undefined, properties);
    await world.create();
    await world.edit({ rescue: { ...withPassword.rescue, imageName: 'other' } });
    await world.pass(1);
    expect([await world.ready(), world.machine().power, world.machine().owner?.role]).toEqual([
      'Ready=False RescuePasswordInvalid',
      'Running',
      'main',
    ]);
  });
});

describe('a rescue that cannot be', () => {
  test('its image is missing: the guest runs on, and is looked after', async () => {
    await world.create();
    await world.edit({ rescue: { imageName: 'none' } });
    await world.pass(1);
    expect([await world.ready(), await world.condition('Rescued')]).toEqual(['Ready=False ImageNotFound', 'False ImageNotFound']);
    world.turn('Stopped', 'Crashed');
    await world.pass(2);
    expect([world.machine().power, world.machine().owner?.role]).toEqual(['Running', 'main']);
    await world.makeImage('none');
    await world.pass(1);
    expect(await isRescued()).toEqual(RESCUED);
  });

  test('its image is missing: what fails meanwhile is tried again with its pauses, and given up', async () => {
    await world.create();
    await world.edit({ rescue: { imageName: 'none' }, restartPolicy: 'Always' });
    await world.pass(1);
    refuse('startPaused', () => new DriverError('Transient', 'no', { reason: 'StartFailed' }));
    world.turn('Stopped', 'GuestShutdown');
    await world.pass(60);
    const starts = world.called('startPaused');
    expect([await world.ready(), await world.condition('Stalled'), starts]).toEqual(['Ready=False StartFailed', 'True StartFailed', 9]);
  });

  test('its image cannot be fetched: said, and nothing is done to the guest', async () => {
    world.bases.set('rescue-system', {
      kind: 'Failed',
      label: 'InvalidSpec',
      reason: 'ChecksumMismatch',
      message: 'other content',
      retryAt: world.clock.now() + 60_000,
    });
    await world.create();
    await world.edit(RESCUE);
    await world.pass(2);
    expect([await world.ready(), await world.condition('Rescued'), world.called('signalShutdown')]).toEqual([
      'Ready=False ChecksumMismatch',
      'False ChecksumMismatch',
      0,
    ]);
    await world.edit(WITHDRAWN);
    await world.pass(1);
    expect([await isRescued(), (await world.get()).status?.rescue]).toEqual([ITSELF, undefined]);
  });

  test('its system does not start: given up after three attempts, and the machine is what it was', async () => {
    await world.create();
    const before = structuredClone(world.machine().spec);
    world.host().driver.before = (verb) => {
      if (verb === 'startPaused' && world.machine().owner?.role === 'rescue')
        throw new DriverError('Transient', 'no', { reason: 'StartFailed' });
    };
    await world.edit(RESCUE);
    await world.pass(4);
    expect([await world.ready(), await world.condition('Rescued'), await world.condition('Stalled')]).toEqual([
      'Ready=False StartFailed',
      'False StartFailed',
      'True StartFailed',
    ]);
    expect([world.machine().power, world.machine().owner?.role, world.machine().spec, world.disks().length]).toEqual([
      'Running',
      'main',
      before,
      2,
    ]);
    const starts = world.called('startPaused');
    await world.pass(4);
    expect(world.called('startPaused')).toBe(starts);
    world.host().driver.before = () => undefined;
    await world.edit({ metadata: { another: 'try' } });
    await world.pass(2);
    expect(await isRescued()).toEqual(RESCUED);
  });

  test('the host cannot make its disk: given up at once where trying again cannot help', async () => {
    await world.create();
    refuse('createDisk', () => new DriverError('Unsupported', 'no such disk here'));
    await world.edit(RESCUE);
    await world.pass(1);
    expect([await world.ready(), world.machine().power, world.called('signalShutdown')]).toEqual(['Ready=False Unsupported', 'Running', 0]);
  });
});

test('begun on a host from which somebody has taken the machine: nothing of it is left there', async () => {
  await world.share('host-b', 'another');
  await world.create();
  await world.pass(1);
  world.moveByHand();
  const { disks } = world.host().driver;
  disks.clear();
  await world.edit(RESCUE);
  await world.pass(6);
  expect([await world.ready(), (await world.get()).status?.hypervisorName, [...disks.keys()]]).toEqual([
    'Ready=True Rescued',
    'host-b',
    [],
  ]);
});
