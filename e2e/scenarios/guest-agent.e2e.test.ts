/** The agent in a real guest: what it tells, what it is asked to do, and that one that hangs holds nobody up. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { condition } from '../environment/kubectl.ts';
import { makeLinuxImage } from '../guests/images.ts';
import type { Guest } from '../support/guest.ts';
import { instance, waitForCondition, waitForReady } from '../support/instances.ts';
import { Scenario } from '../support/scenario.ts';

let scenario: Scenario;
let guest: Guest;

beforeAll(async () => {
  scenario = await Scenario.open('guest-agent');
  const { fileName, format, sha256 } = await makeLinuxImage(scenario.imageDir);
  const source = { format, http: { url: scenario.imageUrl(fileName) }, checksum: { sha256 } };
  await scenario.kubectl.apply([
    scenario.imageFrom('linux', source),
    scenario.flavor('small', 1, '192Mi', '64Mi'),
    instance('web', { flavorName: 'small', imageName: 'linux', guestAgent: 'Enabled' }),
    instance('mute', { guestAgent: 'Enabled' }),
  ]);
  guest = scenario.guestOf(await waitForReady(scenario.kubectl, 'web'));
});
afterAll(() => scenario.close());

const agentConnected = (name: string, status: 'True' | 'False', reason: string) =>
  waitForCondition(scenario.kubectl, name, { type: 'AgentConnected', status, reason });

test('what it tells is in status', async () => {
  const { status } = await agentConnected('web', 'True', 'Answers');
  expect(status?.['guest']).toMatchObject({
    agentVersion: expect.stringMatching(/^\d+\.\d+/),
    hostname: 'guest',
    os: { kernel: expect.stringMatching(/^\d+\.\d+/) },
    interfaces: [{ interfaceName: 'eth0', macAddress: expect.stringMatching(/^[0-9a-f:]{17}$/) }],
    fileSystems: expect.arrayContaining([expect.objectContaining({ mountpoint: '/mnt', type: 'iso9660' })]),
  });
});

test('a guest without one is Ready, and it is said that it has none', async () => {
  const stored = await agentConnected('mute', 'False', 'NotConnected');
  expect([condition(stored, 'Ready')?.status, stored.status?.['guest']]).toEqual(['True', undefined]);
});

/** Runs a program in the guest, and waits for nothing. */
const exec = (path: string, ...arg: readonly string[]): Promise<string> =>
  guest.virsh.run('qemu-agent-command', guest.uuid, '--timeout', '2', JSON.stringify({ execute: 'guest-exec', arguments: { path, arg } }));

test('one that hangs is said to hang, and holds nobody up', async () => {
  const { kubectl } = scenario;
  // It stops before it can answer.
  await exec('killall', '-STOP', 'qemu-ga').catch(() => undefined);
  await kubectl.patch('instance', 'web', { spec: { guestAgent: null } });
  await waitForReady(kubectl, 'web', 'Running');
  await kubectl.patch('instance', 'web', { spec: { guestAgent: 'Enabled' } });
  const asked = performance.now();
  await kubectl.patch('instance', 'mute', { spec: { powerState: 'Paused' } });
  await waitForReady(kubectl, 'mute', 'Paused');
  expect(performance.now() - asked).toBeLessThan(5_000);
  const stored = await agentConnected('web', 'False', 'AgentNotResponding');
  expect([condition(stored, 'Ready')?.status, condition(stored, 'HostReachable')?.status]).toEqual(['True', 'True']);
});
