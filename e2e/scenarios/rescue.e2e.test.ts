/** Rescue on a real host: the guest's own disk seen from another system, and everything back as it was. And soft deletion. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { serialOutput } from '../environment/serial-output.ts';
import { makeLinuxImage } from '../guests/images.ts';
import type { Guest } from '../support/guest.ts';
import { instance, waitForCondition, waitForReady } from '../support/instances.ts';
import { Kills } from '../support/kills.ts';
import { Scenario } from '../support/scenario.ts';

let scenario: Scenario;
let kills: Kills;
beforeAll(async () => {
  scenario = await Scenario.open('rescue');
  const { fileName, format, sha256 } = await makeLinuxImage(scenario.imageDir);
  const linux = { format, http: { url: scenario.imageUrl(fileName) }, checksum: { sha256 } };
  await scenario.kubectl.apply([
    scenario.imageFrom('linux', linux),
    scenario.imageFrom('forged', { ...linux, checksum: { sha256: '0'.repeat(64) } }),
    scenario.image('other'),
    scenario.flavor('small', 1, '192Mi', '16Mi'),
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'rescue' }, stringData: { password: 'geheim-9' } },
  ]);
  kills = new Kills(scenario, await scenario.proxyHost('a'));
});
afterAll(() => scenario.close());

async function boot(name: string, spec: Readonly<Record<string, unknown>> = {}): Promise<Guest> {
  await scenario.kubectl.apply([instance(name, { placement: { hypervisorName: 'host-a' }, ...spec })]);
  const guest = scenario.guestOf(await waitForReady(scenario.kubectl, name));
  if (spec['powerState'] === undefined) await guest.waitForPrinted('BOOTED', 1);
  return guest;
}
const ask = (name: string, spec: Readonly<Record<string, unknown>>): Promise<void> => scenario.kubectl.patch('instance', name, { spec });
const rescue = (name: string, imageName: string): Promise<void> => ask(name, { rescue: { imageName } });
const rescued = (name: string) => waitForCondition(scenario.kubectl, name, { type: 'Rescued', status: 'True' }, 120_000);

const never = (): Promise<boolean> => Promise.resolve(false);

/** The definition but for what the mark says of runs, which every start changes. */
const definition = async ({ virsh, uuid }: Guest): Promise<string> =>
  (await virsh.run('dumpxml', '--inactive', uuid)).replaceAll(/ (runId|bootHash|operation)="[^"]*"/g, '');
/** `vda root`, by what the aliases say; `!` boots. */
const disks = async (guest: Guest): Promise<readonly string[]> =>
  [...(await definition(guest)).matchAll(/<disk [\s\S]*?<\/disk>/g)].map(([disk]) => {
    const [device, role] = [/target dev='(\w+)'/.exec(disk)?.[1], /alias name='ua-disk-(\w+)'/.exec(disk)?.[1]];
    return `${device ?? ''} ${role ?? ''}${disk.includes('<boot ') ? '!' : ''}`;
  });

interface Execution {
  readonly pid?: number;
  readonly exited?: boolean;
  /** Base64. */
  readonly 'out-data'?: string;
}

/** By the guest agent: what the command prints. */
async function inGuest({ virsh, uuid }: Guest, command: string): Promise<string> {
  const agent = async (execute: string, args: object): Promise<Execution> => {
    const answer: unknown = JSON.parse(await virsh.run('qemu-agent-command', uuid, JSON.stringify({ execute, arguments: args })));
    return (answer as { readonly return: Execution }).return;
  };
  const { pid } = await agent('guest-exec', { path: '/bin/sh', arg: ['-c', command], 'capture-output': true });
  const done = await scenario.eventually(`${command} in the guest`, async () => {
    const status = await agent('guest-exec-status', { pid });
    return status.exited === true && status;
  });
  return Buffer.from(done['out-data'] ?? '', 'base64').toString('latin1');
}

test('another system sees the own disk where it always is; then all is as before', async () => {
  const { kubectl } = scenario;
  const guest = await boot('web', { flavorName: 'small' });
  const [before, volumes] = [await definition(guest), await guest.volumes()];
  await ask('web', { rescue: { imageName: 'linux', passwordSecretKeyRef: { name: 'rescue', key: 'password' } } });
  const stored = await rescued('web');
  expect(stored.status).toMatchObject({ phase: 'Rescued', powerState: 'Running', rescue: { imageName: 'linux' } });
  await waitForReady(kubectl, 'web', 'Rescued');
  expect(await disks(guest)).toEqual(['vda root', 'vdb config', 'vdc rescue!']);
  expect(await definition(guest)).toContain('role="rescue"');
  expect(await guest.volumes()).toHaveLength(volumes.length + 2);

  await scenario.eventually('the rescue system to run', async () => (await serialOutput(guest.host, guest.uuid)).includes('GUEST-LISTENS'));
  const output = await serialOutput(guest.host, guest.uuid);
  expect(output).toContain('"admin_pass":"geheim-9"');
  // The boot sector of the guest, as its own words tell.
  expect(await inGuest(guest, 'dd if=/dev/vda bs=512 count=1 2>/dev/null')).toContain('BOOTED');
  expect(JSON.stringify(await kubectl.get('instance', 'web'))).not.toContain('geheim-9');

  const booted = await guest.printed('BOOTED');
  await ask('web', { rescue: null });
  await waitForReady(kubectl, 'web', 'Running');
  await guest.waitForPrinted('BOOTED', booted + 1);
  await guest.waitForTicking();
  expect([await definition(guest), await guest.volumes()]).toEqual([before, volumes]);
  expect((await kubectl.get('instance', 'web'))?.status?.['rescue']).toBeUndefined();
});

test('an instance that is off runs for the time of its rescue only', async () => {
  const guest = await boot('off', { powerState: 'Stopped' });
  const before = await definition(guest);
  await ask('off', { rescue: { imageName: 'other', timeout: '8s' } });
  await rescued('off');
  await guest.waitForTicking();
  await waitForCondition(scenario.kubectl, 'off', { type: 'Rescued', status: 'False', reason: 'TimedOut' });
  await waitForReady(scenario.kubectl, 'off', 'Stopped');
  expect([await guest.state(), await definition(guest)]).toEqual([expect.stringMatching(/^shut off/), before]);
});

test('an image that is not what its checksum says: told, and the guest runs on', async () => {
  const guest = await boot('careful');
  await rescue('careful', 'forged');
  await waitForCondition(scenario.kubectl, 'careful', { type: 'Rescued', status: 'False', reason: 'ChecksumMismatch' });
  expect([await guest.printed('BOOTED'), await disks(guest)]).toEqual([1, ['vda root!', 'vdb config']]);
  await guest.waitForTicking();
  await ask('careful', { rescue: null });
  await waitForReady(scenario.kubectl, 'careful', 'Running');
  expect(await guest.printed('BOOTED')).toBe(1);
});

test('killed right after the machine was made another, and made itself again: both end well', async () => {
  const { kubectl } = scenario;
  const guest = await boot('killed', { shutdownTimeout: '0s' });
  const [before, volumes] = [await definition(guest), await guest.volumes()];
  const place = { at: 1, moment: 'AfterReply', only: 'domainDefineXMLFlags' } as const;
  expect(await kills.at(place, () => rescue('killed', 'other'), never)).toBe(place.only);
  await rescued('killed');
  await guest.waitForTicking();
  expect(await disks(guest)).toEqual(['vda root', 'vdb config', 'vdc rescue!']);
  expect(await kills.at(place, () => ask('killed', { rescue: null }), never)).toBe(place.only);
  await waitForReady(kubectl, 'killed', 'Running');
  await guest.waitForTicking();
  expect([await definition(guest), await guest.volumes()]).toEqual([before, volumes]);
  await rescue('killed', 'other');
  await rescued('killed');
  await kubectl.run(['delete', 'instance', 'killed', '--timeout=60s']);
  expect([await guest.state(), await guest.volumes()]).toEqual([undefined, []]);
});

test('put away, a guest is off and whole, and runs again when it is active; when its time is over nothing is left of it', async () => {
  const { kubectl } = scenario;
  const guest = await boot('away');
  const volumes = await guest.volumes();
  await ask('away', { lifecycle: { state: 'SoftDeleted', reclaimAfter: '1h' } });
  await waitForReady(kubectl, 'away', 'SoftDeleted');
  expect([await guest.state(), await guest.volumes()]).toEqual([expect.stringMatching(/^shut off/), volumes]);
  await ask('away', { lifecycle: { state: 'Active', reclaimAfter: null } });
  await waitForReady(kubectl, 'away', 'Running');
  await guest.waitForTicking();
  await ask('away', { lifecycle: { state: 'SoftDeleted', reclaimAfter: '2s' } });
  const stored = await waitForReady(kubectl, 'away', 'Reclaimed');
  expect(stored.status).toMatchObject({ phase: 'SoftDeleted', lifecycle: { reclaimedAt: expect.any(String) } });
  expect([stored.status?.['hypervisorName'], await guest.state(), await guest.volumes()]).toEqual([undefined, undefined, []]);
});
