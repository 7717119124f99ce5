/** From manifests to a guest that boots; and from the same manifests again to nothing at all. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { instance, uidOf, waitForCondition, waitForGone, waitForReady } from '../support/instances.ts';
import type { RpcProxy } from '../support/rpc-proxy.ts';
import { Scenario } from '../support/scenario.ts';

let scenario: Scenario;
beforeAll(async () => {
  scenario = await Scenario.open('spawn');
});
afterAll(() => scenario.close());

test('manifests applied in any order boot a guest', async () => {
  const { kubectl } = scenario;
  await kubectl.apply([
    instance('early', { flavorName: 'late-flavor', imageName: 'late-image', networks: [{ name: 'eth0', networkName: 'late-network' }] }),
  ]);
  await waitForCondition(kubectl, 'early', { status: 'False', reason: /NotFound$/ });
  await kubectl.apply([scenario.image('late-image')]);
  await kubectl.apply([scenario.network('late-network')]);
  await waitForCondition(kubectl, 'early', { status: 'False', reason: 'FlavorNotFound', message: /late-flavor/ });
  await kubectl.apply([scenario.flavor('late-flavor', 1)]);
  const ready = await waitForReady(kubectl, 'early', 'Running');
  const guest = scenario.guestOf(ready);
  await guest.waitForPrinted('BOOTED', 1);
  await guest.waitForTicking();
  expect(await guest.state()).toMatch(/^running/);
  expect(ready.status).toMatchObject({ phase: 'Running', powerState: 'Running', machineId: uidOf(ready) });
});

test('two guests run on two hosts, each on the one that was asked for', async () => {
  const { kubectl, lab } = scenario;
  await kubectl.apply([
    instance('on-a', { placement: { hypervisorName: 'host-a' } }),
    instance('on-b', { placement: { hypervisorName: 'host-b' } }),
  ]);
  const [onA, onB] = await Promise.all([waitForReady(kubectl, 'on-a'), waitForReady(kubectl, 'on-b')]);
  expect([onA.status?.['hypervisorName'], onB.status?.['hypervisorName']]).toEqual(['host-a', 'host-b']);
  for (const one of [onA, onB]) await scenario.guestOf(one).waitForTicking();
  expect(await scenario.virsh('a').state(uidOf(onB))).toBeUndefined();
  expect(await scenario.virsh('b').state(uidOf(onA))).toBeUndefined();
  expect(lab.a.hostName).not.toBe(lab.b.hostName);
});

test('the machine carries the owner mark, the flavor and the disks of its Instance', async () => {
  const stored = await waitForReady(scenario.kubectl, 'on-a');
  const guest = scenario.guestOf(stored);
  const xml = await guest.virsh.xml(guest.uuid);
  for (const text of [uidOf(stored), 'on-a', scenario.kubectl.namespace]) expect(xml).toContain(text);
  expect(await guest.vcpus()).toBe(1);
  expect(await guest.memory()).toBe(16 * 1024);
  expect((await guest.volumes()).some((name) => name.includes('root'))).toBe(true);
});

test('names of every length and with every character that Kubernetes allows boot', async () => {
  const { kubectl } = scenario;
  const names = [`a${'-x.9'.repeat(62)}bcde`.slice(0, 253), 'x', '9.0.a--b'];
  await kubectl.apply(names.map((name) => instance(name)));
  for (const name of names) await scenario.guestOf(await waitForReady(kubectl, name)).waitForPrinted('BOOTED', 1);
  for (const name of names) await kubectl.delete('instance', name);
  for (const name of names) await waitForGone(kubectl, name);
});

test('the same manifests applied again cause no write, and a host at rest gets one bulk call a tick and nothing else', async () => {
  const { kubectl } = scenario;
  // A guest with a network is looked at for minutes until its addresses come; what has none is at rest once it runs.
  for (const name of ['early', 'on-a', 'on-b']) await kubectl.delete('instance', name);
  for (const name of ['early', 'on-a', 'on-b']) await waitForGone(kubectl, name);
  const manifests = ['a', 'b'].map((host) => instance(`rests-on-${host}`, { placement: { hypervisorName: `host-${host}` }, networks: [] }));
  const proxied = await scenario.proxyHost('a');
  await kubectl.apply(manifests);
  for (const host of ['a', 'b']) await waitForReady(kubectl, `rests-on-${host}`, 'Running');
  // The last thing told of a new guest is what it takes of its host, a few seconds later.
  await scenario.eventually('the operator to rest', () => restsFor(7, proxied));
  const [writes, calls, since] = [scenario.operatorWrites().length, proxied.calls().length, performance.now()];
  await kubectl.apply(manifests);
  await kubectl.apply([scenario.image('demo'), scenario.network('lab'), scenario.flavor('tiny', 1)]);
  await scenario.ticks(5);
  expect(scenario.operatorWrites().slice(writes)).toEqual([]);
  const atRest = proxied.calls().slice(calls).filter(isRemote);
  // Of which applying took some.
  const ticks = (performance.now() - since) / scenario.tickMs;
  expect(new Set(atRest)).toEqual(new Set([scenario.bulkCall]));
  expect(atRest.length).toBeGreaterThanOrEqual(ticks / 2);
  expect(atRest.length).toBeLessThanOrEqual(ticks + 2);
});

const isRemote = (procedure: string): boolean => procedure.startsWith('remote:');

/** Neither a write to the API nor a call but the bulk one, for so many ticks. */
async function restsFor(ticks: number, proxied: RpcProxy): Promise<boolean> {
  const [writes, calls] = [scenario.operatorWrites().length, proxied.calls().length];
  await scenario.ticks(ticks);
  const others = proxied
    .calls()
    .slice(calls)
    .filter((procedure) => isRemote(procedure) && procedure !== scenario.bulkCall);
  return others.length === 0 && scenario.operatorWrites().length === writes;
}
