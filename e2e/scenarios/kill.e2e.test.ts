/**
 * The operator killed with SIGKILL at every change that it makes to a host, both right before the change reaches the host
 * and right after the host made it: restarted, it converges, with one machine and no left-over.
 *
 * A proxy on the connection to the host finds the moment (support/rpc-proxy.ts), so no step is missed by being too quick.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Guest } from '../support/guest.ts';
import { instance, uidOf, waitForCondition, waitForGone, waitForReady } from '../support/instances.ts';
import type { Moment, RpcProxy } from '../support/rpc-proxy.ts';
import { Scenario } from '../support/scenario.ts';

let scenario: Scenario;
let proxy: RpcProxy;
beforeAll(async () => {
  scenario = await Scenario.open('kill');
  proxy = await scenario.proxyHost('a');
});
afterAll(() => scenario.close());

/** More than any operation has; the loop ends when a trap no longer springs. */
const MOST_CHANGES = 40;
const MOMENTS: readonly Moment[] = ['BeforeCall', 'AfterReply'];

/** Does `begin` and kills the operator at the n-th change; undefined when the operation ended before there was one. */
async function killAt(at: number, moment: Moment, begin: () => Promise<void>, done: () => Promise<boolean>): Promise<string | undefined> {
  let change: string | undefined;
  proxy.set({
    at,
    moment,
    spring: (name) => {
      change = name;
      scenario.operator.killNow();
    },
  });
  await begin();
  await scenario.eventually('a kill, or the end', async () => change !== undefined || (await done()));
  if (change !== undefined) await operatorIsDead();
  proxy.mend();
  if (change !== undefined) await scenario.restartOperator();
  return change;
}

const operatorIsDead = () => scenario.eventually('the operator to be dead', () => !scenario.operator.isRunning);

async function expectOneMachine(guest: Guest): Promise<void> {
  const domains = await guest.virsh.domains();
  expect(domains.filter(({ uuid }) => uuid === guest.uuid)).toHaveLength(1);
  const disks = (await guest.virsh.run('domblklist', guest.uuid)).split('\n').filter((line) => line.includes(guest.uuid));
  expect(await guest.volumes()).toHaveLength(disks.length);
}

describe.each(MOMENTS)('%s', (moment) => {
  test('every change of a spawn, the image included', async () => {
    const { kubectl } = scenario;
    const killedAt: string[] = [];
    for (let at = 1; at <= MOST_CHANGES; at += 1) {
      const name = `spawn-${moment.toLowerCase()}-${at}`;
      // An image of its own each time, so that making the base is part of what is killed.
      const begin = () =>
        kubectl
          .apply([scenario.image(name), instance(name, { imageName: name, placement: { hypervisorName: 'host-a' } })])
          .then(() => undefined);
      const done = async () =>
        (await kubectl.get('instance', name))?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ??
        false;
      const change = await killAt(at, moment, begin, done);
      const guest = scenario.guestOf(await waitForReady(kubectl, name, 'Running'));
      await guest.waitForTicking();
      await expectOneMachine(guest);
      await kubectl.delete('instance', name);
      await waitForGone(kubectl, name);
      expect(await guest.volumes()).toEqual([]);
      if (change === undefined) break;
      killedAt.push(change);
    }
    expect(killedAt).toEqual(
      expect.arrayContaining(['storageVolCreateXML', 'storageVolUpload', 'domainDefineXMLFlags', 'domainCreateWithFlags', 'domainResume']),
    );
  });

  test('every change of a delete', async () => {
    const { kubectl } = scenario;
    const killedAt: string[] = [];
    for (let at = 1; at <= MOST_CHANGES; at += 1) {
      const name = `delete-${moment.toLowerCase()}-${at}`;
      await kubectl.apply([instance(name, { placement: { hypervisorName: 'host-a' }, shutdownTimeout: '0s' })]);
      const guest = scenario.guestOf(await waitForReady(kubectl, name, 'Running'));
      const change = await killAt(
        at,
        moment,
        () => kubectl.delete('instance', name),
        async () => (await kubectl.get('instance', name)) === undefined,
      );
      await waitForGone(kubectl, name);
      expect(await guest.state()).toBeUndefined();
      expect(await guest.volumes()).toEqual([]);
      if (change === undefined) break;
      killedAt.push(change);
    }
    expect(killedAt).toEqual(expect.arrayContaining(['domainDestroyFlags', 'domainUndefineFlags', 'storageVolDelete']));
  });
});

test('killed between starting the guest paused and unpausing it: found paused, it is filtered and resumed, not started anew', async () => {
  const { kubectl } = scenario;
  const name = 'half-started';
  proxy.set({ at: 1, moment: 'BeforeCall', only: 'domainResume', spring: () => scenario.operator.killNow() });
  await kubectl.apply([instance(name, { placement: { hypervisorName: 'host-a' } })]);
  await operatorIsDead();
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
