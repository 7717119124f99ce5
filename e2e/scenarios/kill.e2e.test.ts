/**
 * The operator killed with SIGKILL at every change that it makes to a host, both right before the change reaches the host
 * and right after the host made it: restarted, it converges, with one machine and no left-over.
 *
 * A proxy on the connection to the host finds the moment (support/rpc-proxy.ts), so no step is missed by being too quick.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { condition } from '../environment/kubectl.ts';
import { Guest } from '../support/guest.ts';
import { instance, uidOf, waitForCondition, waitForGone, waitForReady } from '../support/instances.ts';
import { expectOneMachine, killBeforeEvery, Kills, LOOP_TIMEOUT_MS, type Place } from '../support/kills.ts';
import type { RpcProxy } from '../support/rpc-proxy.ts';
import { Scenario } from '../support/scenario.ts';

let scenario: Scenario;
let proxy: RpcProxy;
let kills: Kills;
beforeAll(async () => {
  scenario = await Scenario.open('kill');
  proxy = await scenario.proxyHost('a');
  kills = new Kills(scenario, proxy);
});
afterAll(() => scenario.close());

const ON_HOST_A = { placement: { hypervisorName: 'host-a' }, shutdownTimeout: '0s' };

/** Of an image of its own, so that making the base is part of what is killed. Says which change it was killed at. */
async function killedSpawn(name: string, place: Place): Promise<string | undefined> {
  const { kubectl } = scenario;
  const isReady = async () => condition(await kubectl.get('instance', name), 'Ready')?.status === 'True';
  const change = await kills.at(
    place,
    () => kubectl.apply([scenario.image(name), instance(name, { imageName: name, ...ON_HOST_A })]),
    isReady,
  );
  const guest = scenario.guestOf(await waitForReady(kubectl, name, 'Running'));
  await guest.waitForTicking();
  await expectOneMachine(guest);
  await kubectl.delete('instance', name);
  await waitForGone(kubectl, name);
  expect(await guest.volumes()).toEqual([]);
  return change;
}

async function killedDelete(name: string, place: Place): Promise<string | undefined> {
  const { kubectl } = scenario;
  await kubectl.apply([instance(name, ON_HOST_A)]);
  const guest = scenario.guestOf(await waitForReady(kubectl, name, 'Running'));
  const isGone = async () => (await kubectl.get('instance', name)) === undefined;
  const change = await kills.at(place, () => kubectl.delete('instance', name), isGone);
  await waitForGone(kubectl, name);
  expect(await guest.state()).toBeUndefined();
  expect(await guest.volumes()).toEqual([]);
  return change;
}

// What the host is like before a change is what it was like after the one before: only what the operator knew differs, and that is lost.
test(
  'a spawn, killed before every change, the making of the image included',
  async () => {
    const killedAt = await killBeforeEvery((at) => killedSpawn(`spawn-${at}`, { at, moment: 'BeforeCall' }));
    const expected = ['storageVolCreateXML', 'storageVolUpload', 'domainDefineXMLFlags', 'domainCreateWithFlags', 'domainResume'];
    expect(killedAt).toEqual(expect.arrayContaining(expected));
  },
  LOOP_TIMEOUT_MS,
);

test(
  'a delete, killed before every change',
  async () => {
    const killedAt = await killBeforeEvery((at) => killedDelete(`delete-${at}`, { at, moment: 'BeforeCall' }));
    expect(killedAt).toEqual(expect.arrayContaining(['domainDestroyFlags', 'domainUndefineFlags', 'storageVolDelete']));
  },
  LOOP_TIMEOUT_MS,
);

test.each(['domainDefineXMLFlags', 'domainCreateWithFlags', 'domainResume'])(
  'a spawn, killed when the host has done %s and nobody has heard',
  async (only) => {
    expect(await killedSpawn(`heard-${only.toLowerCase()}`, { at: 1, moment: 'AfterReply', only })).toBe(only);
  },
);

test.each(['domainDestroyFlags', 'domainUndefineFlags', 'storageVolDelete'])(
  'a delete, killed when the host has done %s and nobody has heard',
  async (only) => {
    expect(await killedDelete(`heard-${only.toLowerCase()}`, { at: 1, moment: 'AfterReply', only })).toBe(only);
  },
);

test('killed between starting the guest paused and unpausing it: found paused, it is filtered and resumed, not started anew', async () => {
  const { kubectl } = scenario;
  const name = 'half-started';
  proxy.set({ at: 1, moment: 'BeforeCall', only: 'domainResume', spring: () => scenario.operator.killNow() });
  await kubectl.apply([instance(name, { placement: { hypervisorName: 'host-a' } })]);
  await kills.operatorIsDead();
  const stored = await kubectl.get('instance', name);
  const guest = new Guest(scenario.lab.a, uidOf(stored ?? { apiVersion: '', kind: '', metadata: { name } }));
  expect(await guest.state()).toMatch(/^paused/);
  expect(await guest.printed('BOOTED')).toBe(0);
  proxy.mend();
  await scenario.restartOperator();
  await waitForReady(kubectl, name, 'Running');
  await guest.waitForTicking();
  expect(await guest.printed('BOOTED')).toBe(1);
});

test('killed between two writes to the API: the finalizer without a claim, the claim without a machine', async () => {
  const { kubectl } = scenario;
  await scenario.operator.kill();
  await kubectl.apply([instance('claimed', { placement: { hypervisorName: 'host-a' } })]);
  // What a pass leaves that was cut off after its first write.
  await kubectl.patch('instance', 'claimed', { metadata: { finalizers: ['hostler.dev/instance-cleanup'] } });
  await scenario.restartOperator();
  await waitForReady(kubectl, 'claimed', 'Running');
  await waitForCondition(kubectl, 'claimed', { type: 'Ready', status: 'True' });
});
