/** A reboot, with the operator killed at every change that it makes to the host: the guest boots again, once, and stays the same. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { action, instance, waitForReady } from '../support/instances.ts';
import { expectOneMachine, killBeforeEvery, Kills, LOOP_TIMEOUT_MS, type Place } from '../support/kills.ts';
import { Scenario } from '../support/scenario.ts';

let scenario: Scenario;
let kills: Kills;
beforeAll(async () => {
  scenario = await Scenario.open('kill-reboot');
  kills = new Kills(scenario, await scenario.proxyHost('a'));
  const { kubectl } = scenario;
  await kubectl.apply([instance('web', { placement: { hypervisorName: 'host-a' }, shutdownTimeout: '0s' })]);
  await waitForReady(kubectl, 'web', 'Running');
});
afterAll(() => scenario.close());

async function phaseOf(name: string): Promise<unknown> {
  return (await scenario.kubectl.get('instanceaction', name))?.status?.['phase'];
}

const isSucceeded = async (name: string) => (await phaseOf(name)) === 'Succeeded';

async function killedReboot(name: string, place: Place): Promise<string | undefined> {
  const { kubectl } = scenario;
  const guest = scenario.guestOf(await waitForReady(kubectl, 'web', 'Running'));
  await guest.waitForTicking();
  const [booted, volumes] = [await guest.printed('BOOTED'), await guest.volumes()];
  const begin = () => kubectl.apply([action(name, { instanceName: 'web', action: 'Reboot' })]);
  const change = await kills.at(place, begin, () => isSucceeded(name));
  await kubectl.run(['wait', `instanceaction/${name}`, '--for=condition=Ready', '--timeout=60s']);
  await waitForReady(kubectl, 'web', 'Running');
  await guest.waitForPrinted('BOOTED', booted + 1);
  await guest.waitForTicking();
  expect(await guest.volumes()).toEqual(volumes);
  await expectOneMachine(guest);
  return change;
}

test(
  'killed before every change',
  async () => {
    const killedAt = await killBeforeEvery((at) => killedReboot(`before-${at}`, { at, moment: 'BeforeCall' }));
    expect(killedAt).toEqual(expect.arrayContaining(['domainDestroyFlags', 'domainCreateWithFlags', 'domainResume']));
  },
  LOOP_TIMEOUT_MS,
);

test.each(['domainDestroyFlags', 'domainCreateWithFlags', 'domainResume'])(
  'killed when the host has done %s and nobody has heard',
  async (only) => {
    expect(await killedReboot(`heard-${only.toLowerCase()}`, { at: 1, moment: 'AfterReply', only })).toBe(only);
  },
);

test('killed right before the NMI of a crash dump: said to be interrupted, and not sent a second time', async () => {
  const { kubectl } = scenario;
  const begin = () => kubectl.apply([action('dump', { instanceName: 'web', action: 'CrashDump' })]);
  expect(await kills.at({ at: 1, moment: 'AfterReply', only: 'domainInjectNMI' }, begin, () => isSucceeded('dump'))).toBe(
    'domainInjectNMI',
  );
  await kubectl.run(['wait', 'instanceaction/dump', '--for=condition=Stalled', '--timeout=60s']);
  expect((await kubectl.get('instance', 'web'))?.status?.['action']).toMatchObject({ phase: 'Failed', reason: 'Interrupted' });
});

test('deleted in the middle of a reboot: everything goes', async () => {
  const { kubectl } = scenario;
  const guest = scenario.guestOf(await waitForReady(kubectl, 'web'));
  const begin = () => kubectl.apply([action('last', { instanceName: 'web', action: 'Reboot' })]);
  await kills.at({ at: 1, moment: 'AfterReply', only: 'domainDestroyFlags' }, begin, () => Promise.resolve(false));
  await kubectl.run(['delete', 'instance', 'web', '--timeout=60s']);
  expect([await guest.state(), await guest.volumes()]).toEqual([undefined, []]);
});
