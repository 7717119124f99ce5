/** On which bus a volume is, by which tag its guest finds it, and what one begins with. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readIso } from '../configdrive/iso9660-reader.testing.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
  await world.createVolume('data', { hypervisorName: 'host-a' });
});
afterEach(() => world.stopOperator());

const on = (bus: 'SCSI' | 'SATA', tag?: string) => [{ name: 'data', volumeName: 'data', bus, ...(tag === undefined ? {} : { tag }) }];
const buses = () => (world.machine().plugged ?? []).map(({ id, bus }) => `${id} ${bus}`);
const serial = async () => (await world.get()).status?.volumes?.[0]?.serial;

/** What the config drive of the machine says of its disks. */
function devices(): unknown {
  const { pool, name } = world.machine().spec.disks.find(({ role }) => role === 'config') ?? {};
  const { files } = readIso(world.host().driver.contents.get(`${pool}/${name}`) ?? new Uint8Array(), 'RockRidge');
  return (JSON.parse(files['openstack/latest/meta_data.json'] ?? '{}') as { readonly devices?: unknown }).devices;
}

test.each(['SCSI', 'SATA'] as const)('a guest boots with a volume on %s', async (bus) => {
  await world.create({ volumes: on(bus) });
  await world.pass(2);
  expect([await world.ready(), buses()]).toEqual(['Ready=True Running', [`data ${bus.toLowerCase()}`]]);
});

test('one on SCSI is plugged into a guest that runs', async () => {
  await world.create();
  await world.pass(1);
  await world.edit({ volumes: on('SCSI') });
  await world.pass(2);
  expect([await world.ready(), buses()]).toEqual(['Ready=True Running', ['data scsi']]);
});

test('one on SATA is told to wait for the next start, without another try, and taken then', async () => {
  await world.create();
  await world.pass(1);
  await world.edit({ volumes: on('SATA') });
  await world.pass(4);
  expect([await world.ready(), buses(), world.called('attachVolume')]).toEqual(['Ready=False BusNotPluggable', [], 1]);
  expect(await world.condition('Running')).toBe('True Running');
  await world.edit({ powerState: 'Stopped' });
  await world.pass(2);
  expect([await world.ready(), await world.attached()]).toEqual(['Ready=True Stopped', ['data Attached']]);
  await world.edit({ powerState: 'Running' });
  await world.pass(2);
  expect([await world.ready(), buses()]).toEqual(['Ready=True Running', ['data sata']]);
});

test('started anew without having been told to be off, it has it as well', async () => {
  await world.create();
  await world.pass(1);
  await world.edit({ volumes: on('SATA') });
  await world.pass(1);
  await world.act('again', { action: 'Reboot', reboot: { type: 'Hard' } });
  await world.pass(2);
  expect([await world.acted('again'), await world.ready(), buses()]).toEqual(['Succeeded Rebooted', 'Ready=True Running', ['data sata']]);
});

test('a tag is on the config drive from the start on that has the volume', async () => {
  await world.create({ volumes: on('SCSI', 'database') });
  await world.pass(2);
  expect(devices()).toEqual([{ type: 'disk', bus: 'scsi', serial: await serial(), tags: ['database'] }]);
  await world.edit({ volumes: null, powerState: 'Stopped' });
  await world.pass(2);
  await world.edit({ powerState: 'Running' });
  await world.pass(2);
  expect([await world.ready(), devices()]).toEqual(['Ready=True Running', undefined]);
});

test('a tag of a volume that is plugged in later asks for no restart, and nothing is written for it', async () => {
  await world.create();
  await world.pass(2);
  const drives = world.called('writeDisk');
  await world.edit({ volumes: on('SCSI', 'database') });
  await world.pass(2);
  expect([await world.ready(), await world.condition('RestartRequired'), world.called('writeDisk') - drives]).toEqual([
    'Ready=True Running',
    undefined,
    0,
  ]);
});

test('a Volume begins with what an instance had on its disk, by a snapshot of it', async () => {
  await world.create();
  await world.pass(2);
  await world.snapshot();
  await world.pass(2);
  expect(await world.snapped()).toBe('Succeeded Captured');
  const key = [...world.host().driver.bases.keys()].find((name) => name.includes('snapshot-'))?.replace('default/', '');
  world.bases.set('snap', { kind: 'Ready', base: { ...(world.host().driver.bases.get(`default/${key}`) ?? never()) } });
  await world.createVolume('copy', { imageName: 'snap', hypervisorName: 'host-a', size: '16Mi' });
  await world.pass(1);
  expect(await world.volume('copy')).toBe('Available Ready=True Available');
  expect(world.host().driver.origins.get(`default/${(await world.findVolume('copy'))?.status?.disk}`)).toBe(key);
});

function never(): never {
  throw new Error('there is no base');
}
