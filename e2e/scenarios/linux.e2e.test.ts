/** A guest that talks back: a small Linux that reads its config drive, answers as an agent, and obeys the power button. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { serialOutput } from '../environment/serial-output.ts';
import { makeLinuxImage } from '../guests/images.ts';
import type { Guest } from '../support/guest.ts';
import { action, instance, waitForReady } from '../support/instances.ts';
import { Scenario } from '../support/scenario.ts';

let scenario: Scenario;
let guest: Guest;

beforeAll(async () => {
  scenario = await Scenario.open('linux');
  const { fileName, format, sha256 } = await makeLinuxImage(scenario.imageDir);
  const source = { format, http: { url: scenario.imageUrl(fileName) }, checksum: { sha256 } };
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'web' },
    stringData: { 'user-data': '#cloud-config\npackages: [nginx]\n' },
  };
  await scenario.kubectl.apply([
    scenario.imageFrom('linux', source),
    scenario.flavor('small', 1, '192Mi', '64Mi'),
    secret,
    instance('web', {
      flavorName: 'small',
      imageName: 'linux',
      hostname: 'web.example.com',
      shutdownTimeout: '60s',
      userData: { secretKeyRef: { name: 'web', key: 'user-data' } },
    }),
  ]);
  guest = scenario.guestOf(await waitForReady(scenario.kubectl, 'web'));
  await printed('GUEST-LISTENS');
});
afterAll(() => scenario.close());

const output = () => serialOutput(guest.host, guest.uuid);

async function printed(text: string): Promise<void> {
  await scenario.eventually(`${text} on the serial port`, async () => (await output()).includes(text));
}

test('the guest finds its name and its user data on the config drive', async () => {
  expect(await output()).toMatch(/CONFIG-DRIVE meta_data\.json .*web\.example\.com/);
  expect(await output()).toContain('CONFIG-DRIVE user_data #cloud-config packages: [nginx]');
});

test('its agent answers through the host', async () => {
  const answer = await scenario.eventually('the agent', () =>
    guest.virsh.run('qemu-agent-command', guest.uuid, '{"execute":"guest-get-host-name"}'),
  );
  expect(JSON.parse(answer)).toMatchObject({ return: { 'host-name': 'guest' } });
});

test('an InstanceAction CrashDump reaches it as an NMI, and changes nothing else', async () => {
  await scenario.kubectl.apply([action('dump', { instanceName: 'web', action: 'CrashDump' })]);
  await scenario.kubectl.run(['wait', 'instanceaction/dump', '--for=condition=Ready', '--timeout=60s']);
  await printed('NMI received');
  expect(await guest.state()).toMatch(/^running/);
  await waitForReady(scenario.kubectl, 'web', 'Running');
});

test('rebooted softly, it shuts itself down and boots again', async () => {
  const boots = async () => (await output()).split('GUEST-LISTENS').length - 1;
  const before = await boots();
  await scenario.kubectl.apply([action('again', { instanceName: 'web', action: 'Reboot' })]);
  await scenario.kubectl.run(['wait', 'instanceaction/again', '--for=condition=Ready', '--timeout=60s']);
  expect(await output()).toContain('GUEST-SHUTS-DOWN');
  await scenario.eventually('another boot', async () => (await boots()) > before);
  await waitForReady(scenario.kubectl, 'web', 'Running');
});

test('asked to stop, it shuts itself down long before it would be cut off', async () => {
  await scenario.kubectl.patch('instance', 'web', { spec: { powerState: 'Stopped' } });
  await waitForReady(scenario.kubectl, 'web', 'Stopped');
  expect(await output()).toContain('GUEST-SHUTS-DOWN');
  expect(await guest.state()).toBe('shut off (shutdown)');
});
