/**
 * The operator killed with SIGKILL before every change that it makes to a host while Volumes are made and copied, move under
 * their guest, while a guest's disk takes in the one of before its resize, and while a machine without its Instance is
 * stopped and removed. Each process goes on with what those before it left; the last one finishes, and the host has what it
 * had before, and nothing else but what was asked for. And QEMU, killed in the middle of them.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { condition, type KubeObject } from '../environment/kubectl.ts';
import type { Guest } from '../support/guest.ts';
import { type Holdings, holdingsOf } from '../support/holdings.ts';
import { action, API_VERSION, instance, uidOf, waitForGone, waitForReady } from '../support/instances.ts';
import { expectOneMachine, killQemu, Kills, LOOP_TIMEOUT_MS, type Turn } from '../support/kills.ts';
import { Scenario } from '../support/scenario.ts';

const POOL_FOLDER = '/var/lib/libvirt/images';
/** What a guest is taken to have written: a page of a Volume, far behind what a boot sector is in. */
const WRITTEN = '512k 4k';
const ON_HOST_A = { hypervisorName: 'host-a' };

let scenario: Scenario;
let kills: Kills;
let guest: Guest;
/** What the host has while nothing is going on. */
let atRest: Holdings;

const hostA = () => scenario.lab.host('a');
const volume = (name: string, spec: object = {}): object => ({
  apiVersion: API_VERSION,
  kind: 'Volume',
  metadata: { name },
  spec: { size: '1Mi', ...ON_HOST_A, ...spec },
});

beforeAll(async () => {
  scenario = await Scenario.open('kill-disks');
  kills = new Kills(scenario, await scenario.proxyHost('a'));
  const { kubectl } = scenario;
  const encryption = { passphraseSecretKeyRef: { name: 'vault', key: 'passphrase' } };
  await kubectl.apply([
    scenario.flavor('wide', 2),
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'vault' }, stringData: { passphrase: 'open sesame' } },
    volume('left'),
    volume('right'),
    volume('vault', { encryption }),
  ]);
  await kubectl.run(['wait', 'volume', '--all', '--for=condition=Ready', '--timeout=60s']);
  await hostA().exec(['qemu-io', '-f', 'qcow2', '-c', `write -P 0xab ${WRITTEN}`, `${POOL_FOLDER}/${await diskOf('left')}`]);
  atRest = await holdingsOf(hostA());
});
afterAll(() => scenario.close());

/** Fails where another byte is there. */
const holds = (disk: string, byte: string): Promise<string> =>
  hostA().exec(['qemu-io', '-U', '-r', '-f', 'qcow2', '-c', `read -P ${byte} ${WRITTEN}`, `${POOL_FOLDER}/${disk}`]);
const found = async (kind: string, name: string): Promise<KubeObject> =>
  (await scenario.kubectl.get(kind, name)) ?? { apiVersion: '', kind, metadata: { name } };
const diskOf = async (name: string): Promise<string> => `volume-${uidOf(await found('volume', name))}`;
const readyOf = async (kind: string, name: string): Promise<string | undefined> => condition(await found(kind, name), 'Ready')?.reason;
const isAvailable = async (name: string): Promise<boolean> => (await readyOf('volume', name)) === 'Available';
const ask = (spec: object): Promise<void> => scenario.kubectl.patch('instance', 'web', { spec });

/** Killed in those places, it is there with what it began with. Resolves with its disk. */
async function make(name: string, spec: object, turns: readonly Turn[], byte: string): Promise<string> {
  const begin = (): Promise<unknown> => scenario.kubectl.apply([volume(name, spec)]);
  await kills.inTurn(turns, begin, () => isAvailable(name));
  await scenario.eventually(`Volume ${name} to be made`, () => isAvailable(name));
  const disk = await diskOf(name);
  await holds(disk, byte);
  return disk;
}

/** Killed before each of so many volumes of the host is deleted. */
async function remove(name: string, volumes: number): Promise<void> {
  const isGone = async (): Promise<boolean> => (await scenario.kubectl.get('volume', name)) === undefined;
  const turns = Array.from({ length: volumes }, (_, done): Turn => ({ only: 'storageVolDelete', at: done + 1 }));
  await kills.inTurn(turns, () => scenario.kubectl.delete('volume', name), isGone);
  await scenario.eventually(`Volume ${name} to be gone`, isGone);
}

/** Volumes that the host has beside those of `before`; of everything else it has what it had. */
async function beside(before: Holdings): Promise<readonly string[]> {
  const { volumes, ...others } = await holdingsOf(hostA());
  expect({ ...others, volumes: volumes.filter((one) => before.volumes.includes(one)) }).toEqual(before);
  return volumes.filter((one) => !before.volumes.includes(one));
}
/** What a copy stands on, and its marker. */
const originOf = async (name: string): Promise<string> => `origin-${uidOf(await found('volume', name))}`;

test(
  'a Volume made as a copy of one that nobody has, and removed',
  async () => {
    const turns: readonly Turn[] = [
      { only: 'storageVolCreateXMLFrom' },
      // Of the marker, and what is in it.
      { only: 'storageVolCreateXML' },
      { only: 'storageVolUpload' },
      { only: 'end of upload' },
      // What was not marked goes, and is made anew.
      { only: 'storageVolDelete' },
      { only: 'storageVolCreateXML', at: 2 },
    ];
    const disk = await make('twin', { sourceVolumeName: 'left' }, turns, '0xab');
    const origin = await originOf('twin');
    expect(await beside(atRest)).toEqual([origin, `${origin}.ok`, disk]);
    await remove('twin', 3);
    expect(await beside(atRest)).toEqual([]);
  },
  LOOP_TIMEOUT_MS,
);

test(
  'a Volume made from an Image that the host does not have yet, and removed',
  async () => {
    const turns: readonly Turn[] = [{ only: 'storageVolCreateXML' }, { only: 'storageVolUpload' }, { only: 'storageVolCreateXML', at: 3 }];
    const disk = await make('bootable', { imageName: 'demo', size: '16Mi' }, turns, '0');
    const base = expect.stringMatching(/^base-/);
    expect(await beside(atRest)).toEqual([base, expect.stringMatching(/^base-.*\.ok$/), disk]);
    await remove('bootable', 1);
    // Of the image the next one is made.
    expect(await beside(atRest)).toEqual([base, expect.stringMatching(/^base-.*\.ok$/)]);
  },
  LOOP_TIMEOUT_MS,
);

/** As it was when it had been made: one machine, that runs as asked. */
async function expectAsBefore(): Promise<void> {
  await waitForReady(scenario.kubectl, 'web', 'Running');
  await guest.waitForTicking();
  await expectOneMachine(guest);
  expect(await holdingsOf(guest.host)).toEqual(atRest);
}

const plugged = (name: string): object[] => [
  { name: 'data', volumeName: name },
  { name: 'vault', volumeName: 'vault' },
];

test(
  'a Volume made as a copy of one that a running guest has',
  async () => {
    const { kubectl } = scenario;
    await kubectl.apply([instance('web', { placement: ON_HOST_A, shutdownTimeout: '0s', volumes: plugged('left') })]);
    guest = scenario.guestOf(await waitForReady(kubectl, 'web', 'Running'));
    atRest = await holdingsOf(hostA());
    const turns: readonly Turn[] = [
      { only: 'domainBackupBegin' },
      { only: 'domainBackupBegin', moment: 'AfterReply' },
      // Of the marker, after that of the copy.
      { only: 'storageVolCreateXML', at: 2 },
    ];
    const disk = await make('twin', { sourceVolumeName: 'left' }, turns, '0xab');
    const origin = await originOf('twin');
    expect(await beside(atRest)).toEqual([origin, `${origin}.ok`, disk]);
    await kubectl.run(['delete', 'volume', 'twin', '--timeout=60s']);
    await expectAsBefore();
  },
  LOOP_TIMEOUT_MS,
);

const phaseOf = async (name: string): Promise<unknown> => (await scenario.kubectl.get('instanceaction', name))?.status?.['phase'];
const swap = (name: string, to: string): Promise<unknown> =>
  scenario.kubectl.apply([action(name, { instanceName: 'web', action: 'SwapVolume', swapVolume: { name: 'data', volumeName: to } })]);
const hasMoved = (name: string) => async (): Promise<boolean> => (await phaseOf(name)) === 'Succeeded';
/** As it runs, and as it would be started again. */
async function isOn(name: string): Promise<readonly boolean[]> {
  const disk = await diskOf(name);
  const [live, next] = await Promise.all([[], ['--inactive']].map((flags) => guest.virsh.run('domblklist', guest.uuid, ...flags)));
  return [live?.includes(disk) === true, next?.includes(disk) === true];
}
async function expectOnlyOn(to: string, other: string): Promise<void> {
  expect([await isOn(to), await isOn(other)]).toEqual([
    [true, true],
    [false, false],
  ]);
  expect(await guest.virsh.run('dumpxml', guest.uuid)).not.toContain('<mirror');
  await scenario.eventually(`Volume ${other} to be free`, () => isAvailable(other));
  expect(await readyOf('volume', to)).toBe('InUse');
  await holds(await diskOf(to), '0xab');
}

test(
  'a volume that moves to another Volume under its guest',
  async () => {
    const turns = ['domainBlockCopy', 'domainBlockJobAbort', 'domainUpdateDeviceFlags'].map((only): Turn => ({ only }));
    await kills.inTurn(turns, () => swap('there', 'right'), hasMoved('there'));
    await scenario.eventually('it to have moved', hasMoved('there'));
    await expectOnlyOn('right', 'left');
    await ask({ volumes: plugged('right') });
    await expectAsBefore();
  },
  LOOP_TIMEOUT_MS,
);

test(
  'QEMU dies while a volume moves: it is moved on while the guest is off, whose start waits for that',
  async () => {
    const turns: readonly Turn[] = [
      { only: 'domainBlockCopy', moment: 'AfterReply', meanwhile: () => killQemu(guest) },
      { only: 'storageVolDelete' },
      { only: 'storageVolCreateXMLFrom' },
      { only: 'domainUpdateDeviceFlags' },
    ];
    await kills.inTurn(turns, () => swap('cut-off', 'left'), hasMoved('cut-off'));
    await scenario.eventually('it to have moved', hasMoved('cut-off'));
    await ask({ volumes: plugged('left') });
    await expectAsBefore();
    await expectOnlyOn('left', 'right');
  },
  LOOP_TIMEOUT_MS,
);

test('QEMU dies when a volume has just moved: the guest is back on the Volume that it had last', async () => {
  await kills.qemuDiesAt(guest, 'domainBlockJobAbort', () => swap('last', 'right'));
  await scenario.eventually('the action to succeed', hasMoved('last'));
  await ask({ volumes: plugged('right') });
  await expectAsBefore();
  await expectOnlyOn('right', 'left');
});

const rootDisks = async (): Promise<readonly string[]> => (await guest.volumes()).filter((name) => name.includes('-root-'));

test(
  'a disk that takes in the one of before a resize, while QEMU dies, too',
  async () => {
    const [before] = await rootDisks();
    const isAlone = async (): Promise<boolean> => {
      const [disk, other] = await rootDisks();
      return disk !== before && other === undefined;
    };
    const turns: readonly Turn[] = [
      { only: 'domainBlockRebase' },
      { only: 'domainBlockRebase', moment: 'AfterReply', meanwhile: () => killQemu(guest) },
      { only: 'storageVolDelete' },
    ];
    await kills.inTurn(turns, () => ask({ flavorName: 'wide', resize: { confirm: 'Automatic' } }), isAlone);
    await scenario.eventually('the old disk to go', isAlone);
    await expectAsBefore();
    const info = await guest.host.exec(['qemu-img', 'info', '-U', '--output=json', `${POOL_FOLDER}/${(await rootDisks())[0] ?? ''}`]);
    expect(JSON.parse(info)).toMatchObject({ 'backing-filename': expect.stringContaining('/base-') });
    expect([await guest.vcpus(), await guest.state()]).toEqual([2, expect.stringMatching(/^running/)]);
  },
  LOOP_TIMEOUT_MS,
);

test(
  'a machine without its Instance, stopped and then removed by its age; what is not its own stays',
  async () => {
    const { kubectl } = scenario;
    await kubectl.patch('instance', 'web', { spec: { reconcilePolicy: 'Disabled' } });
    await kubectl.patch('instance', 'web', { metadata: { finalizers: null } });
    await kubectl.delete('instance', 'web');
    await waitForGone(kubectl, 'web');
    // Paused by hand: nobody need wait for a guest that heeds no signal.
    await guest.virsh.run('suspend', guest.uuid);
    const reap = (policy: string) => () => kubectl.patch('hypervisor', 'host-a', { spec: { orphans: { policy, after: '1s' } } });
    const isOff = async (): Promise<boolean> => (await guest.state())?.startsWith('shut off') === true;
    const isGone = async (): Promise<boolean> => (await guest.state()) === undefined;
    try {
      await kills.inTurn([{ only: 'domainDestroyFlags' }], reap('Stop'), isOff);
      await scenario.eventually('it to be off', isOff);
      expect(await holdingsOf(guest.host)).toEqual(atRest);
      await kills.inTurn([{ only: 'storageVolDelete' }, { only: 'domainUndefineFlags' }], reap('Delete'), isGone);
      await scenario.eventually('it to be gone', isGone);
      const others = atRest.volumes.filter((name) => !name.startsWith(guest.uuid));
      expect(await holdingsOf(guest.host)).toEqual({ ...atRest, machines: [], volumes: others });
    } finally {
      await kubectl.patch('hypervisor', 'host-a', { spec: { orphans: null } });
    }
  },
  LOOP_TIMEOUT_MS,
);
