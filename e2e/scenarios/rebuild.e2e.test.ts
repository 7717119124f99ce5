/** Rebuilds of real guests: the new image boots, everything else stays, and what fails or is cut off loses nothing. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Guest } from '../support/guest.ts';
import { action, instance, waitForCondition, waitForReady } from '../support/instances.ts';
import { expectOneMachine, Kills } from '../support/kills.ts';
import { Scenario } from '../support/scenario.ts';

let scenario: Scenario;
let kills: Kills;
beforeAll(async () => {
  scenario = await Scenario.open('rebuild');
  kills = new Kills(scenario, await scenario.proxyHost('a'));
  // Alone of the two its guest powers itself off, after three ticks.
  await scenario.addImage('second', 'PowerOff');
});
afterAll(() => scenario.close());

async function boot(name: string, spec: Readonly<Record<string, unknown>> = {}): Promise<Guest> {
  await scenario.kubectl.apply([instance(name, { placement: { hypervisorName: 'host-a' }, shutdownTimeout: '0s', ...spec })]);
  return scenario.guestOf(await waitForReady(scenario.kubectl, name));
}

const rebuild = (name: string, instanceName: string): Promise<unknown> =>
  scenario.kubectl.apply([action(name, { instanceName, action: 'Rebuild' })]);
const setImage = (name: string, imageName: string): Promise<void> => scenario.kubectl.patch('instance', name, { spec: { imageName } });
const waitForAction = (name: string, wanted: 'Ready' | 'Stalled'): Promise<unknown> =>
  scenario.kubectl.run(['wait', `instanceaction/${name}`, `--for=condition=${wanted}`, '--timeout=90s']);
async function waitForRebuild(name: string, instanceName: string): Promise<void> {
  await waitForAction(name, 'Ready');
  await scenario.eventually('the old disk to be gone', () => isTidy(instanceName));
}

const phaseOf = async (name: string): Promise<unknown> => (await scenario.kubectl.get('instanceaction', name))?.status?.['phase'];
/** The disks that a rebuild left are removed once it has succeeded. */
const isTidy = async (name: string): Promise<boolean> => {
  const action = (await scenario.kubectl.get('instance', name))?.status?.['action'] as { readonly rebuild?: unknown } | undefined;
  return action?.rebuild === undefined;
};

/** The root disk of the definition, and the file that it is an overlay of. */
async function rootOf(guest: Guest): Promise<{ readonly name: string; readonly base: string }> {
  const xml = await guest.virsh.run('dumpxml', '--inactive', guest.uuid);
  const name = new RegExp(`/(${guest.uuid}-root-\\d+)'`).exec(xml)?.[1] ?? '';
  const volume = await guest.virsh.run('vol-dumpxml', name, 'default');
  return { name, base: /<backingStore>\s*<path>(.*?)<\/path>/.exec(volume)?.[1] ?? '' };
}

/** What must stay: UUID, name, and interfaces. */
async function identityOf(guest: Guest): Promise<readonly string[]> {
  const xml = await guest.virsh.run('dumpxml', '--inactive', guest.uuid);
  return [/<name>.*?<\/name>/, /<uuid>.*?<\/uuid>/, /<mac address=.*?>/].map((part) => part.exec(xml)?.[0] ?? 'missing');
}

test('another image: asked for, rebuilt, and the guest of the new image runs with the same identity', async () => {
  const guest = await boot('web');
  const [before, identity] = [await rootOf(guest), await identityOf(guest)];
  await setImage('web', 'second');
  await waitForCondition(scenario.kubectl, 'web', { status: 'False', reason: 'RebuildRequired' });
  await guest.waitForTicking();
  const booted = await guest.printed('BOOTED');
  await rebuild('web-second', 'web');
  await waitForRebuild('web-second', 'web');
  await waitForReady(scenario.kubectl, 'web', 'GuestShutdown');
  expect([await guest.state(), await guest.printed('BOOTED')]).toEqual([expect.stringMatching(/^shut off/), booted + 1]);
  const after = await rootOf(guest);
  expect([after.name, await identityOf(guest)]).toEqual([before.name.replace(/1$/, '2'), identity]);
  expect(after.base).not.toBe(before.base);
  expect(await guest.volumes()).not.toContain(before.name);
  await expectOneMachine(guest);
});

test('of an instance that is off: it stays off, and boots the new disk when it is asked to run', async () => {
  const guest = await boot('off', { powerState: 'Stopped' });
  const before = await rootOf(guest);
  await rebuild('off-again', 'off');
  await waitForRebuild('off-again', 'off');
  await waitForReady(scenario.kubectl, 'off', 'Stopped');
  expect([await guest.state(), (await rootOf(guest)).name]).toEqual([expect.stringMatching(/^shut off/), before.name.replace(/1$/, '2')]);
  await scenario.kubectl.patch('instance', 'off', { spec: { powerState: 'Running' } });
  await waitForReady(scenario.kubectl, 'off', 'Running');
  await guest.waitForTicking();
  expect(await guest.printed('BOOTED')).toBe(1);
  await expectOneMachine(guest);
});

test('an image that is not what was promised: the guest runs on, on its old disk', async () => {
  const guest = await boot('kept');
  await guest.waitForTicking();
  const [before, booted, volumes] = [await rootOf(guest), await guest.printed('BOOTED'), await guest.volumes()];
  const wrong = { format: 'qcow2', http: { url: scenario.imageUrl(scenario.demoFile) }, checksum: { sha256: 'f'.repeat(64) } };
  await scenario.kubectl.apply([scenario.imageFrom('wrong', wrong)]);
  await setImage('kept', 'wrong');
  await rebuild('kept-wrong', 'kept');
  await waitForAction('kept-wrong', 'Stalled');
  expect((await scenario.kubectl.get('instance', 'kept'))?.status?.['action']).toMatchObject({
    phase: 'Failed',
    reason: 'ChecksumMismatch',
  });
  await guest.waitForTicking();
  expect([await rootOf(guest), await guest.printed('BOOTED'), await guest.volumes()]).toEqual([before, booted, volumes]);
});

test.each(['storageVolCreateXML', 'domainDestroyFlags', 'domainDefineXMLFlags', 'storageVolDelete'])(
  'killed when the host has done %s and nobody has heard: finished, with one machine and no disk too many',
  async (only) => {
    const guest = scenario.guestOf(await waitForReady(scenario.kubectl, 'off', 'Running'));
    const [before, booted] = [await rootOf(guest), await guest.printed('BOOTED')];
    const name = `killed-${only.toLowerCase()}`;
    const isDone = async () => (await phaseOf(name)) === 'Succeeded' && (await isTidy('off'));
    expect(await kills.at({ at: 1, moment: 'AfterReply', only }, () => rebuild(name, 'off'), isDone)).toBe(only);
    await waitForRebuild(name, 'off');
    await waitForReady(scenario.kubectl, 'off', 'Running');
    await guest.waitForPrinted('BOOTED', booted + 1);
    expect((await rootOf(guest)).name).not.toBe(before.name);
    await expectOneMachine(guest);
  },
  120_000,
);

test('deleted in the middle of a rebuild: everything goes', async () => {
  const guest = scenario.guestOf(await waitForReady(scenario.kubectl, 'off'));
  const place = { at: 1, moment: 'AfterReply', only: 'domainDefineXMLFlags' } as const;
  await kills.at(
    place,
    () => rebuild('last', 'off'),
    () => Promise.resolve(false),
  );
  await scenario.kubectl.run(['delete', 'instance', 'off', '--timeout=60s']);
  expect([await guest.state(), await guest.volumes()]).toEqual([undefined, []]);
});
