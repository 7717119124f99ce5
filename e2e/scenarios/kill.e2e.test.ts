/**
 * The operator killed with SIGKILL at every change that it makes to a host, both right before the change reaches the host
 * and right after the host made it: restarted, it converges, with one machine and no left-over.
 *
 * A proxy on the connection to the host finds the moment (support/rpc-proxy.ts), so no step is missed by being too quick.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { condition, type KubeObject } from '../environment/kubectl.ts';
import { Guest } from '../support/guest.ts';
import { instance, uidOf, waitForCondition, waitForGone, waitForReady } from '../support/instances.ts';
import { expectOneMachine, Kills, LOOP_TIMEOUT_MS } from '../support/kills.ts';
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

const nameOf = (at: number | string): string => `life-${at}`;
const find = (at: number | string): Promise<KubeObject | undefined> => scenario.kubectl.get('instance', nameOf(at));
let guest: Guest;

/** Of an image of its own, so that making the base is part of it. */
const spawn = {
  changes: ['storageVolCreateXML', 'storageVolUpload', 'domainDefineXMLFlags', 'domainCreateWithFlags', 'domainResume'],
  begin: (at: number | string) =>
    scenario.kubectl.apply([scenario.image(nameOf(at)), instance(nameOf(at), { imageName: nameOf(at), ...ON_HOST_A })]),
  isDone: async (at: number | string) => condition(await find(at), 'Ready')?.status === 'True',
  after: async (at: number | string) => {
    guest = scenario.guestOf(await waitForReady(scenario.kubectl, nameOf(at), 'Running'));
    await guest.waitForTicking();
    await expectOneMachine(guest);
  },
};
const removal = {
  changes: ['domainDestroyFlags', 'domainUndefineFlags', 'storageVolDelete'],
  begin: (at: number | string) => scenario.kubectl.delete('instance', nameOf(at)),
  isDone: async (at: number | string) => (await find(at)) === undefined,
  after: async (at: number | string) => {
    await waitForGone(scenario.kubectl, nameOf(at));
    expect([await guest.state(), await guest.volumes()]).toEqual([undefined, []]);
  },
};

// What the host is like before a change is what it was like after the one before: only what the operator knew differs, and that is lost.
test(
  'a spawn, with the making of the image, and a delete: killed before every change',
  () => kills.beforeEvery(spawn, removal),
  LOOP_TIMEOUT_MS,
);

test.each([
  ['domainDefineXMLFlags', 'domainDestroyFlags'],
  ['domainCreateWithFlags', 'domainUndefineFlags'],
  ['domainResume', 'storageVolDelete'],
])('a spawn, killed when the host has done %s and nobody has heard, and a delete, when it has done %s', async (first, second) => {
  const at = first.toLowerCase();
  for (const [operation, only] of [
    [spawn, first],
    [removal, second],
  ] as const) {
    const place = { at: 1, moment: 'AfterReply', only } as const;
    expect(
      await kills.at(
        place,
        () => operation.begin(at),
        () => operation.isDone(at),
      ),
    ).toBe(only);
    await operation.after(at);
  }
});

test('killed between starting the guest paused and unpausing it: found paused, it is filtered and resumed, not started anew', async () => {
  const { kubectl } = scenario;
  const name = 'half-started';
  proxy.set({ at: 1, moment: 'BeforeCall', only: 'domainResume', spring: () => scenario.operator.killNow() });
  await kubectl.apply([instance(name, { placement: { hypervisorName: 'host-a' } })]);
  await kills.operatorIsDead();
  const stored = await kubectl.get('instance', name);
  guest = new Guest(scenario.lab.a, uidOf(stored ?? { apiVersion: '', kind: '', metadata: { name } }));
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
