/** Resizing a Linux guest, which says itself what it was given and how often its disk was booted: kept, reverted, and left off. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { serialOutput } from '../environment/serial-output.ts';
import { makeLinuxImage } from '../guests/images.ts';
import type { Guest } from '../support/guest.ts';
import { action, instance, waitForCondition, waitForReady } from '../support/instances.ts';
import { Scenario } from '../support/scenario.ts';

const MiB = 1024 * 1024;
let scenario: Scenario;
let guest: Guest;

beforeAll(async () => {
  scenario = await Scenario.open('resize');
  const { fileName, format, sha256 } = await makeLinuxImage(scenario.imageDir);
  await scenario.kubectl.apply([
    scenario.imageFrom('linux', { format, http: { url: scenario.imageUrl(fileName) }, checksum: { sha256 } }),
    scenario.flavor('one', 1, '192Mi', '64Mi'),
    scenario.flavor('two', 2, '256Mi', '96Mi'),
    scenario.flavor('cut', 1, '192Mi', '48Mi'),
    instance('web', { flavorName: 'one', imageName: 'linux', shutdownTimeout: '60s', resize: { confirm: 'Manual' } }),
  ]);
  guest = scenario.guestOf(await waitForReady(scenario.kubectl, 'web'));
  await booted(1);
});
afterAll(() => scenario.close());

const output = () => serialOutput(guest.host, guest.uuid);

/** So often in all; resolves with what the last boot said. */
async function booted(times: number): Promise<string> {
  return scenario.eventually(`boot ${times}`, async () => {
    const boots = (await output()).split('GUEST-READY').slice(1);
    const last = boots.at(-1) ?? '';
    return boots.length === times && last.includes('GUEST-LISTENS') ? last : undefined;
  });
}

const ask = (spec: Readonly<Record<string, unknown>>) => scenario.kubectl.patch('instance', 'web', { spec });
const rootDisks = async () => (await guest.volumes()).filter((name) => name.includes('-root-')).map((name) => name.split('-root-')[1]);

test('it gets the CPUs, the memory and the disk of the new flavor, and finds what it had written', async () => {
  await ask({ flavorName: 'two' });
  const stored = await waitForReady(scenario.kubectl, 'web', 'ResizePending');
  const said = await booted(2);
  expect(said).toMatch(new RegExp(`GUEST-SIZE cpus=2 memory=\\d+ root=${(96 * MiB) / 512}`));
  expect(said).toContain('GUEST-DISK-BOOTED 2');
  expect(await output()).toContain('GUEST-SHUTS-DOWN');
  expect(Number(/memory=(\d+)/.exec(said)?.[1])).toBeGreaterThan(192 * 1024);
  expect([await guest.vcpus(), await guest.memory(), await rootDisks()]).toEqual([2, 256 * 1024, ['1', '1.1']]);
  expect(stored.status).toMatchObject({ phase: 'ResizePending', resize: { from: { flavorName: 'one' }, to: { flavorName: 'two' } } });
});

test('reverted, it has its old size, and its disk as it was before', async () => {
  await scenario.kubectl.apply([action('no', { instanceName: 'web', action: 'RevertResize' })]);
  await scenario.kubectl.run(['wait', 'instanceaction/no', '--for=condition=Ready', '--timeout=90s']);
  const said = await booted(3);
  expect(said).toMatch(new RegExp(`GUEST-SIZE cpus=1 memory=\\d+ root=${(64 * MiB) / 512}`));
  expect(said).toContain('GUEST-DISK-BOOTED 2');
  expect([await guest.vcpus(), await guest.memory(), await rootDisks()]).toEqual([1, 192 * 1024, ['1']]);
  await waitForCondition(scenario.kubectl, 'web', { type: 'Stalled', status: 'True', reason: 'ResizeReverted' });
});

test('a smaller disk is refused, and it runs on', async () => {
  await ask({ flavorName: 'cut' });
  await waitForCondition(scenario.kubectl, 'web', { type: 'Stalled', status: 'True', reason: 'ResizeRefused' });
  expect(await guest.state()).toMatch(/^running/);
});

test('off, it is resized and stays off; confirmed, it keeps the new size', async () => {
  await ask({ flavorName: 'one', powerState: 'Stopped' });
  await waitForReady(scenario.kubectl, 'web', 'Stopped');
  await ask({ flavorName: 'two', resize: { confirm: 'Automatic', confirmAfter: '2s' } });
  await waitForReady(scenario.kubectl, 'web', 'Stopped');
  expect(await guest.state()).toMatch(/^shut off/);
  expect([await guest.vcpus(), await rootDisks(), (await scenario.kubectl.get('instance', 'web'))?.status?.['resize']]).toEqual([
    2,
    ['1', '1.1'],
    undefined,
  ]);
  await ask({ powerState: 'Running' });
  await waitForReady(scenario.kubectl, 'web', 'Running');
  expect(await booted(4)).toContain('GUEST-DISK-BOOTED 3');
});

test('as it runs on, its disk takes in the old one, and it boots from that alone', async () => {
  const left = await scenario.eventually('the old disk to go', async () => {
    const disks = await rootDisks();
    return disks.length === 1 ? disks : undefined;
  });
  expect([left, await guest.state()]).toEqual([['1.1'], expect.stringMatching(/^running/)]);
  await scenario.kubectl.apply([action('again', { instanceName: 'web', action: 'Reboot', reboot: { type: 'Hard' } })]);
  expect(await booted(5)).toContain('GUEST-DISK-BOOTED 4');
});

test('deleted, nothing of it is left', async () => {
  await scenario.kubectl.run(['delete', 'instance', 'web', '--timeout=60s']);
  expect([await guest.state(), await guest.volumes()]).toEqual([undefined, []]);
});
