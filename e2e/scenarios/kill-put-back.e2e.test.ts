/**
 * The operator killed with SIGKILL before every change that it makes to a host while a guest is put back to a snapshot, put
 * away and taken out again, made from a Volume, and removed when its time is over. Restarted, it finishes; and the host has
 * what it had before. On the other host it takes backups by a schedule meanwhile.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { condition, type KubeObject } from '../environment/kubectl.ts';
import { waitFor } from '../environment/wait.ts';
import type { Guest } from '../support/guest.ts';
import { type Holdings, holdingsOf } from '../support/holdings.ts';
import { action, API_VERSION, instance, uidOf, waitForGone, waitForReady } from '../support/instances.ts';
import { expectOneMachine, Kills, LOOP_TIMEOUT_MS, type Operation } from '../support/kills.ts';
import { Scenario } from '../support/scenario.ts';

const POOL_FOLDER = '/var/lib/libvirt/images';
const ON_HOST_A = { placement: { hypervisorName: 'host-a' }, shutdownTimeout: '0s' };
const CHANGES_OF_A_START = ['domainDefineXMLFlags', 'domainCreateWithFlags', 'domainResume'];

let scenario: Scenario;
let kills: Kills;
let guest: Guest;
/** What the host has while nothing is going on. */
let atRest: Holdings;
/** Where the snapshot is that the guest is put back to. */
let snapshot: string;
/** Of both schedules, when they are there; none of the second can be taken from then on. */
let firstBackups: Promise<readonly KubeObject[]>;

const everyMinute = (name: string, spec: object): object => ({
  apiVersion: API_VERSION,
  kind: 'BackupSchedule',
  metadata: { name },
  spec: { instanceName: 'kept', schedule: '* * * * *', ...spec },
});

beforeAll(async () => {
  scenario = await Scenario.open('kill-put-back');
  kills = new Kills(scenario, await scenario.proxyHost('a'));
  const { kubectl } = scenario;
  await kubectl.apply([
    instance('web', ON_HOST_A),
    instance('kept', { placement: { hypervisorName: 'host-b' }, shutdownTimeout: '0s' }),
    everyMinute('rotated', { keep: { count: 1 } }),
    everyMinute('aging', { keep: { maxAge: '1s' }, suspendAfterFailures: 1 }),
  ]);
  firstBackups = takeFirstBackups();
  firstBackups.catch(() => undefined);
  guest = scenario.guestOf(await waitForReady(kubectl, 'web', 'Running'));
  await kubectl.apply([{ apiVersion: API_VERSION, kind: 'InstanceSnapshot', metadata: { name: 'before' }, spec: { instanceName: 'web' } }]);
  await kubectl.run(['wait', 'instancesnapshot/before', '--for=condition=Ready', '--timeout=60s']);
  snapshot = copyOf(await kubectl.get('instancesnapshot', 'before'));
  atRest = await holdingsOf(guest.host);
});
afterAll(() => scenario.close());

const web = (): Promise<KubeObject | undefined> => scenario.kubectl.get('instance', 'web');
const ask = (name: string, spec: object): Promise<void> => scenario.kubectl.patch('instance', name, { spec });
const readyOf = async (name: string): Promise<string> => {
  const found = await scenario.kubectl.get('instance', name);
  const ready = condition(found, 'Ready');
  return ready?.observedGeneration === found?.metadata.generation ? `${ready?.status ?? ''} ${ready?.reason ?? ''}` : 'not judged yet';
};
const isReady = async (name: string, reason: string): Promise<boolean> => (await readyOf(name)) === `True ${reason}`;

/** The copy that the root disk of the definition stands on; '' where it stands on none. */
async function standsOn(): Promise<string> {
  const root = new RegExp(`/(${guest.uuid}-root-\\d+)'`).exec(await guest.virsh.run('dumpxml', '--inactive', guest.uuid))?.[1] ?? '';
  const info = await guest.host.exec(['qemu-img', 'info', '-U', '--output=json', `${POOL_FOLDER}/${root}`]);
  const { 'backing-filename': path = '' } = JSON.parse(info) as { readonly 'backing-filename'?: string };
  return path.replace(`${POOL_FOLDER}/`, '');
}

async function expectItself(): Promise<void> {
  await waitForReady(scenario.kubectl, 'web', 'Running');
  await guest.waitForTicking();
  await expectOneMachine(guest);
  const { volumes: _, ...others } = atRest;
  expect(await holdingsOf(guest.host)).toMatchObject(others);
}

const isRestored = async (name: string): Promise<boolean> => {
  const record = (await web())?.status?.['action'] as { readonly name?: string; readonly phase?: string; readonly rebuild?: object };
  // It is through when the old disk is gone, too.
  return record.name === name && record.phase === 'Succeeded' && record.rebuild === undefined;
};

test(
  'a restore, killed before every change',
  async () => {
    const restore: Operation = {
      changes: ['storageVolCreateXML', 'domainDestroyFlags', ...CHANGES_OF_A_START, 'storageVolDelete'],
      begin: (at) =>
        scenario.kubectl.apply([action(`restore-${at}`, { instanceName: 'web', action: 'Restore', restore: { snapshotName: 'before' } })]),
      isDone: (at) => isRestored(`restore-${at}`),
      after: async (at) => {
        await scenario.eventually('the restore to be through', () => isRestored(`restore-${at}`));
        await expectItself();
        expect([await standsOn(), await holdingsOf(guest.host)]).toEqual([snapshot, atRest]);
      },
    };
    await kills.beforeEvery(restore);
  },
  LOOP_TIMEOUT_MS,
);

/** Copies of what is shelved, without their markers. */
const copies = async (): Promise<readonly string[]> =>
  (await guest.virsh.volumes()).filter((name) => name.startsWith('snapshot-') && !name.endsWith('.ok') && name !== snapshot);

/** The copy of the time before goes with the disk that stood on it. */
const isOffloaded = async (): Promise<boolean> => (await isReady('web', 'Offloaded')) && (await copies()).length === 1;

test(
  'shelving until it is off its host, and the way back, killed before every change',
  async () => {
    const shelving: Operation = {
      changes: ['domainDestroyFlags', 'storageVolCreateXMLFrom', 'domainUndefineFlags', 'storageVolDelete'],
      begin: () => ask('web', { lifecycle: { state: 'Shelved' } }),
      isDone: isOffloaded,
      after: async () => {
        await scenario.eventually('it to be off its host', isOffloaded);
        expect([await guest.state(), await guest.volumes()]).toEqual([undefined, []]);
      },
    };
    const wayBack: Operation = {
      changes: ['storageVolCreateXML', ...CHANGES_OF_A_START],
      begin: () => ask('web', { lifecycle: null }),
      isDone: () => isReady('web', 'Running'),
      after: async () => {
        await expectItself();
        expect(await copies()).toEqual([await standsOn()]);
      },
    };
    await kills.beforeEvery(shelving, wayBack);
    await scenario.kubectl.delete('instance', 'web');
    await waitForGone(scenario.kubectl, 'web');
    await scenario.kubectl.run(['delete', 'instancesnapshot', 'before', '--timeout=60s']);
    await scenario.eventually('every copy to be gone', async () => [...(await copies()), ...(await guest.volumes())].length === 0);
  },
  LOOP_TIMEOUT_MS,
);

const rootVolume = (at: number): object => ({ volumeName: `disk-${at}`, deleteOnTermination: true });

test(
  'a spawn from a Volume, and its removal when it was put away for long enough, killed before every change',
  async () => {
    const { kubectl } = scenario;
    const before = await holdingsOf(guest.host);
    const isRemoved = async (at: number): Promise<boolean> =>
      (await isReady(`booted-${at}`, 'Reclaimed')) && (await kubectl.get('volume', `disk-${at}`)) === undefined;
    const spawn: Operation = {
      changes: ['storageVolCreateXML', ...CHANGES_OF_A_START],
      begin: (at) =>
        kubectl.apply([
          { apiVersion: API_VERSION, kind: 'Volume', metadata: { name: `disk-${at}` }, spec: { imageName: 'demo', size: '16Mi' } },
          instance(`booted-${at}`, { ...ON_HOST_A, imageName: undefined, rootVolume: rootVolume(at) }),
        ]),
      isDone: (at) => isReady(`booted-${at}`, 'Running'),
      after: async (at) => {
        const booted = scenario.guestOf(await waitForReady(kubectl, `booted-${at}`, 'Running'));
        await booted.waitForTicking();
        const { machines, volumes } = await holdingsOf(booted.host);
        const disks = (await booted.virsh.run('domblklist', booted.uuid)).match(/\S+$/gm) ?? [];
        expect([machines, volumes.filter((name) => !before.volumes.includes(name))]).toEqual([
          [...before.machines, booted.uuid].toSorted(),
          disks.map((path) => path.replace(`${POOL_FOLDER}/`, '')).toSorted(),
        ]);
      },
    };
    const removal: Operation = {
      changes: ['domainDestroyFlags', 'domainUndefineFlags', 'storageVolDelete'],
      begin: (at) => ask(`booted-${at}`, { lifecycle: { state: 'SoftDeleted', reclaimAfter: '1s' } }),
      isDone: (at) => isRemoved(at),
      after: async (at) => {
        await scenario.eventually('machine and Volume to be gone', () => isRemoved(at));
        expect(await holdingsOf(guest.host)).toEqual(before);
      },
    };
    await kills.beforeEvery(spawn, removal);
  },
  LOOP_TIMEOUT_MS,
);

/** Those that succeeded, oldest first. */
async function backupsOf(schedule: string): Promise<readonly KubeObject[]> {
  const uid = uidOf((await scenario.kubectl.get('backupschedule', schedule)) ?? { apiVersion: '', kind: '', metadata: { name: schedule } });
  const taken = await scenario.kubectl.list('instancesnapshots', '--selector', `hostler.dev/backup-schedule-uid=${uid}`);
  return taken.filter(({ status }) => status?.['phase'] === 'Succeeded').toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name));
}
const firstBackup = (schedule: string): Promise<KubeObject> =>
  waitFor(`a backup by ${schedule}`, async () => (await backupsOf(schedule)).at(-1), { timeoutMs: 240_000, intervalMs: 2_000 });

async function takeFirstBackups(): Promise<readonly KubeObject[]> {
  const both = [await firstBackup('rotated'), await firstBackup('aging')];
  // It has no agent.
  await scenario.kubectl.patch('backupschedule', 'aging', { spec: { quiesce: 'Required' } });
  return both;
}

/** The volume that an InstanceSnapshot is in. */
function copyOf(found: KubeObject | undefined): string {
  const location = found?.status?.['location'] as { readonly volume: string } | undefined;
  if (location === undefined) throw new Error(`there is no copy: ${JSON.stringify(found?.status)}`);
  return location.volume;
}

test(
  'all the while backups were taken: a later one is in place of the first, and the last good one stays, however old it is',
  async () => {
    const { kubectl } = scenario;
    const [rotated, aging] = await firstBackups;
    if (rotated === undefined || aging === undefined) throw new Error('there are no backups');
    const later = await scenario.eventually('a later one in its place', async () => {
      const [newest, ...older] = (await backupsOf('rotated')).toReversed();
      return newest !== undefined && newest.metadata.name > rotated.metadata.name && older.length === 0 ? newest : undefined;
    });
    await scenario.eventually('the second schedule to give up', async () => {
      const stalled = condition(await kubectl.get('backupschedule', 'aging'), 'Stalled');
      return stalled?.reason === 'TooManyFailures';
    });
    expect((await backupsOf('aging')).map(({ metadata }) => metadata.uid)).toEqual([aging.metadata.uid]);
    const { volumes } = await holdingsOf(scenario.lab.b);
    expect([rotated, later, aging].map((one) => volumes.includes(copyOf(one)))).toEqual([false, true, true]);
  },
  LOOP_TIMEOUT_MS,
);
