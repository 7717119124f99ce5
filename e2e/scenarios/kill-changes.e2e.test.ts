/**
 * The operator killed with SIGKILL before every change that it makes to a host in each operation on an instance that is there:
 * restarted, it finishes, with one machine, the same volumes as ever, and none too many. And QEMU, killed in the middle of them.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { condition, type KubeObject } from '../environment/kubectl.ts';
import type { Guest } from '../support/guest.ts';
import { action, API_VERSION, instance, waitForCondition, waitForReady } from '../support/instances.ts';
import { type Holdings, holdingsOf } from '../support/holdings.ts';
import { expectOneMachine, Kills, LOOP_TIMEOUT_MS, type Operation } from '../support/kills.ts';
import { Scenario } from '../support/scenario.ts';

let scenario: Scenario;
let kills: Kills;
let guest: Guest;
/** What the host has while nothing is going on. */
let atRest: Holdings;

beforeAll(async () => {
  scenario = await Scenario.open('kill-changes');
  kills = new Kills(scenario, await scenario.proxyHost('a'));
  const { kubectl } = scenario;
  await kubectl.apply([
    scenario.flavor('wide', 2),
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'data' }, stringData: { passphrase: 'open sesame' } },
    {
      apiVersion: API_VERSION,
      kind: 'Volume',
      metadata: { name: 'data' },
      spec: { size: '1Mi', hypervisorName: 'host-a', encryption: { passphraseSecretKeyRef: { name: 'data', key: 'passphrase' } } },
    },
    instance('web', { placement: { hypervisorName: 'host-a' }, shutdownTimeout: '0s', resize: { confirm: 'Manual' } }),
  ]);
  guest = scenario.guestOf(await waitForReady(kubectl, 'web', 'Running'));
  await kubectl.run(['wait', 'volume/data', '--for=condition=Ready', '--timeout=60s']);
  atRest = await holdingsOf(guest.host);
});
afterAll(() => scenario.close());

const stored = (): Promise<KubeObject | undefined> => scenario.kubectl.get('instance', 'web');
const ask = (spec: Readonly<Record<string, unknown>>): Promise<void> => scenario.kubectl.patch('instance', 'web', { spec });

/** As it was: one machine that runs, and the host has what it had before. */
async function expectAsBefore(): Promise<void> {
  await waitForReady(scenario.kubectl, 'web', 'Running');
  await guest.waitForTicking();
  await expectOneMachine(guest);
  expect(await holdingsOf(guest.host)).toEqual(atRest);
}

const phaseOf = async (name: string): Promise<unknown> => (await scenario.kubectl.get('instanceaction', name))?.status?.['phase'];
/** The disks that a rebuild left are removed once it has succeeded. */
const isTidy = async (): Promise<boolean> => {
  const record = (await stored())?.status?.['action'] as { readonly rebuild?: unknown } | undefined;
  return record?.rebuild === undefined;
};
const act = (name: string, kind: string): Promise<unknown> => scenario.kubectl.apply([action(name, { instanceName: 'web', action: kind })]);
async function acted(name: string, kind: string): Promise<void> {
  await act(name, kind);
  await waitForAction(name);
}
const waitForAction = (name: string): Promise<unknown> =>
  scenario.kubectl.run(['wait', `instanceaction/${name}`, '--for=condition=Ready', '--timeout=90s']);

const isRescued = async (): Promise<boolean> => condition(await stored(), 'Rescued')?.status === 'True';
const isItself = async (): Promise<boolean> => {
  const found = await stored();
  const ready = condition(found, 'Ready');
  return ready?.reason === 'Running' && ready.observedGeneration === found?.metadata.generation;
};
const isResized = async (): Promise<boolean> => condition(await stored(), 'Ready')?.reason === 'ResizePending';
const has = async (name: string): Promise<boolean> => (await guest.virsh.run('domblklist', guest.uuid)).includes(name);

/** Each begins with what the one before it leaves; the last one leaves what the first began with. */
const ROUNDS: Readonly<Record<string, readonly Operation[]>> = {
  'a rebuild': [
    {
      changes: ['domainDestroyFlags', 'storageVolCreateXML', 'domainDefineXMLFlags', 'domainCreateWithFlags', 'storageVolDelete'],
      begin: (at) => act(`rebuild-${at}`, 'Rebuild'),
      isDone: async (at) => (await phaseOf(`rebuild-${at}`)) === 'Succeeded' && (await isTidy()),
      after: async (at) => {
        await waitForAction(`rebuild-${at}`);
        await scenario.eventually('the old disk to be gone', isTidy);
        await expectAsBefore();
      },
    },
  ],
  'a resize, and its reverting': [
    {
      changes: ['domainDestroyFlags', 'storageVolCreateXML', 'domainDefineXMLFlags', 'domainCreateWithFlags'],
      begin: () => ask({ flavorName: 'wide' }),
      isDone: isResized,
      after: async () => {
        await waitForReady(scenario.kubectl, 'web', 'ResizePending');
        expect([await guest.vcpus(), await guest.state()]).toEqual([2, expect.stringMatching(/^running/)]);
      },
    },
    {
      changes: ['domainDestroyFlags', 'domainDefineXMLFlags', 'domainCreateWithFlags', 'storageVolDelete'],
      begin: (at) => act(`revert-${at}`, 'RevertResize'),
      isDone: async (at) => (await phaseOf(`revert-${at}`)) === 'Succeeded',
      after: async (at) => {
        await waitForAction(`revert-${at}`);
        await ask({ flavorName: 'tiny' });
        await expectAsBefore();
        expect(await guest.vcpus()).toBe(1);
      },
    },
  ],
  'a rescue, and the way back': [
    {
      changes: ['domainDestroyFlags', 'storageVolCreateXML', 'domainDefineXMLFlags', 'domainCreateWithFlags'],
      begin: () => ask({ rescue: { imageName: 'demo' } }),
      isDone: isRescued,
      after: () => waitForCondition(scenario.kubectl, 'web', { type: 'Rescued', status: 'True' }),
    },
    {
      changes: ['domainDestroyFlags', 'domainDefineXMLFlags', 'domainCreateWithFlags', 'storageVolDelete'],
      begin: () => ask({ rescue: null }),
      isDone: isItself,
      after: expectAsBefore,
    },
  ],
  'the plugging in of a volume that is encrypted': [
    {
      changes: ['domainAttachDeviceFlags'],
      begin: () => ask({ volumes: [{ name: 'data', volumeName: 'data' }] }),
      isDone: async () => (await isItself()) && has('volume-'),
      after: async (at) => {
        await scenario.eventually('the volume to be plugged in', () => has('volume-'));
        await waitForReady(scenario.kubectl, 'web', 'Running');
        await ask({ volumes: null });
        // A boot sector lets go of nothing while it runs.
        await acted(`unplug-${at}`, 'Reboot');
        await scenario.eventually('the volume to be plugged out', async () => !(await has('volume-')));
        await expectAsBefore();
      },
    },
  ],
  'a snapshot': [
    {
      changes: ['storageVolCreateXML', 'domainBackupBegin'],
      begin: (at) => snapshot(at),
      isDone: async (at) => condition(await scenario.kubectl.get('instancesnapshot', `snap-${at}`), 'Ready')?.status === 'True',
      after: async (at) => {
        await scenario.kubectl.run(['wait', `instancesnapshot/snap-${at}`, '--for=condition=Ready', '--timeout=90s']);
        await scenario.kubectl.run(['delete', 'instancesnapshot', `snap-${at}`, '--timeout=60s']);
        await scenario.eventually('its copy to be gone', async () => (await guest.virsh.volumes()).length === atRest.volumes.length);
        await expectAsBefore();
      },
    },
  ],
};
const snapshot = (at: number): Promise<unknown> =>
  scenario.kubectl.apply([
    { apiVersion: API_VERSION, kind: 'InstanceSnapshot', metadata: { name: `snap-${at}` }, spec: { instanceName: 'web' } },
  ]);

test.each(Object.entries(ROUNDS))('%s, killed before every change', (_, operations) => kills.beforeEvery(...operations), LOOP_TIMEOUT_MS);

test('QEMU dies while a rebuilt guest is started: it is started again, on its new disk', async () => {
  await kills.qemuDiesAt(guest, 'domainCreateWithFlags', () => act('rebuild-crash', 'Rebuild'));
  await waitForAction('rebuild-crash');
  await scenario.eventually('the old disk to be gone', isTidy);
  await expectAsBefore();
});

test('QEMU dies while a resized guest is started: it is started again, in its new size or back in its old one', async () => {
  await kills.qemuDiesAt(guest, 'domainCreateWithFlags', () => ask({ flavorName: 'wide' }));
  await waitForReady(scenario.kubectl, 'web', 'ResizePending');
  expect(await guest.vcpus()).toBe(2);
  await acted('crash-back', 'RevertResize');
  await ask({ flavorName: 'tiny' });
  await expectAsBefore();
});

test('QEMU dies in the middle of a snapshot: the snapshot fails or is taken, no part of one is left, and the guest is back', async () => {
  await kills.qemuDiesAt(guest, 'domainBackupBegin', () => snapshot(0));
  await waitForReady(scenario.kubectl, 'web', 'Running');
  await scenario.eventually('the snapshot to be at an end', async () => {
    const found = await scenario.kubectl.get('instancesnapshot', 'snap-0');
    return condition(found, 'Ready')?.status === 'True' || condition(found, 'Stalled')?.status === 'True';
  });
  await scenario.kubectl.run(['delete', 'instancesnapshot', 'snap-0', '--timeout=60s']);
  await expectAsBefore();
});
