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
import type { RpcProxy, Trap } from '../support/rpc-proxy.ts';
import { Scenario } from '../support/scenario.ts';

let scenario: Scenario;
let proxy: RpcProxy;
beforeAll(async () => {
  scenario = await Scenario.open('kill');
  proxy = await scenario.proxyHost('a');
});
afterAll(() => scenario.close());

/** Each kill costs a restart of the operator and a boot of the guest. */
const LOOP_TIMEOUT_MS = 600_000;
/** More than any operation has; the loop ends when a trap no longer springs. */
const MOST_CHANGES = 40;
const ON_HOST_A = { placement: { hypervisorName: 'host-a' }, shutdownTimeout: '0s' };

/** Does `begin` and kills the operator when the trap springs; undefined when the operation ended before it did. */
async function killAt(
  trap: Omit<Trap, 'spring'>,
  begin: () => Promise<unknown>,
  done: () => Promise<boolean>,
): Promise<string | undefined> {
  let change: string | undefined;
  proxy.set({
    ...trap,
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

/** Of an image of its own, so that making the base is part of what is killed. Says which change it was killed at. */
async function killedSpawn(name: string, trap: Omit<Trap, 'spring'>): Promise<string | undefined> {
  const { kubectl } = scenario;
  const isReady = async () => condition(await kubectl.get('instance', name), 'Ready')?.status === 'True';
  const change = await killAt(
    trap,
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

async function killedDelete(name: string, trap: Omit<Trap, 'spring'>): Promise<string | undefined> {
  const { kubectl } = scenario;
  await kubectl.apply([instance(name, ON_HOST_A)]);
  const guest = scenario.guestOf(await waitForReady(kubectl, name, 'Running'));
  const isGone = async () => (await kubectl.get('instance', name)) === undefined;
  const change = await killAt(trap, () => kubectl.delete('instance', name), isGone);
  await waitForGone(kubectl, name);
  expect(await guest.state()).toBeUndefined();
  expect(await guest.volumes()).toEqual([]);
  return change;
}

async function expectOneMachine(guest: Guest): Promise<void> {
  const domains = await guest.virsh.domains();
  expect(domains.filter(({ uuid }) => uuid === guest.uuid)).toHaveLength(1);
  const disks = (await guest.virsh.run('domblklist', guest.uuid)).split('\n').filter((line) => line.includes(guest.uuid));
  expect(await guest.volumes()).toHaveLength(disks.length);
}

/** Kills before the first change, before the second, and so on until the operation ends unharmed. */
async function killBeforeEvery(operation: (at: number) => Promise<string | undefined>): Promise<readonly string[]> {
  const killedAt: string[] = [];
  for (let at = 1; at <= MOST_CHANGES; at += 1) {
    const change = await operation(at);
    if (change === undefined) return killedAt;
    killedAt.push(change);
  }
  throw new Error(`no end after ${MOST_CHANGES} changes: ${killedAt.join(', ')}`);
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
