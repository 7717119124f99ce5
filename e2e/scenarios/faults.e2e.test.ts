/** Daemons, API servers and replicas that come and go: guests run on, and nothing is done twice. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { instance, uidOf, waitForCondition, waitForGone, waitForReady } from '../support/instances.ts';
import { Scenario } from '../support/scenario.ts';

let scenario: Scenario;
beforeAll(async () => {
  scenario = await Scenario.open('faults');
  await scenario.kubectl.apply([instance('steady', { placement: { hypervisorName: 'host-a' } })]);
  await waitForReady(scenario.kubectl, 'steady');
});
afterAll(() => scenario.close());

const WAIT = '--timeout=60s';
/** Of both hosts. */
const domains = async () => [await scenario.virsh('a').domains(), await scenario.virsh('b').domains()];
const steady = async () => scenario.guestOf(await waitForReady(scenario.kubectl, 'steady', 'Running'));

test('libvirtd restarted: the guest runs on, and the host is observed again', async () => {
  const guest = await steady();
  const booted = await guest.printed('BOOTED');
  await guest.host.restartDaemon();
  await scenario.ticks(2);
  await (await steady()).waitForTicking();
  expect(await guest.printed('BOOTED')).toBe(booted);
});

test('a host that hangs delays no other', async () => {
  const guest = await steady();
  guest.host.hangDaemon();
  try {
    await scenario.kubectl.apply([instance('elsewhere', { placement: { hypervisorName: 'host-b' } })]);
    await scenario.guestOf(await waitForReady(scenario.kubectl, 'elsewhere')).waitForTicking();
    await waitForCondition(scenario.kubectl, 'steady', { status: 'Unknown', reason: 'HostUnreachable' }, 120_000);
  } finally {
    guest.host.resumeDaemon();
  }
  await steady();
});

test('the API server restarted: what changed meanwhile is seen, what did not is left alone', async () => {
  const guest = await steady();
  const booted = await guest.printed('BOOTED');
  await scenario.controlPlane.killApiServer();
  await guest.virsh.run('destroy', guest.uuid);
  await scenario.controlPlane.startApiServer();
  await guest.waitForPrinted('BOOTED', booted + 1);
  await scenario.kubectl.apply([instance('after-restart')]);
  await waitForReady(scenario.kubectl, 'after-restart');
  expect(await guest.printed('BOOTED')).toBe(booted + 1);
});

test('the API server hangs for a while: nothing is lost', async () => {
  scenario.controlPlane.hangApiServer();
  await scenario.ticks(3);
  scenario.controlPlane.resumeApiServer();
  await scenario.kubectl.apply([instance('after-hang')]);
  await waitForReady(scenario.kubectl, 'after-hang');
  await steady();
});

test('two replicas: one acts; when it is killed the other takes over, and nothing is made twice', async () => {
  const second = await scenario.startReplica();
  try {
    await scenario.kubectl.apply([instance('before-kill')]);
    await waitForReady(scenario.kubectl, 'before-kill');
    await scenario.operator.kill();
    await scenario.kubectl.apply([instance('after-kill')]);
    const stored = await waitForReady(scenario.kubectl, 'after-kill');
    await scenario.guestOf(stored).waitForTicking();
    for (const host of ['a', 'b'] as const) {
      const names = (await scenario.virsh(host).domains()).map(({ uuid }) => uuid);
      expect(new Set(names).size).toBe(names.length);
    }
  } finally {
    await second.stop();
    await scenario.restartOperator();
  }
  await steady();
});

test('a domain moved by hand to the other host is followed, not doubled; deleted, nothing of it is left on either', async () => {
  await scenario.kubectl.apply([instance('moved', { placement: { hypervisorName: 'host-a' } })]);
  const stored = await waitForReady(scenario.kubectl, 'moved');
  const uuid = uidOf(stored);
  const source = scenario.guest('a', uuid);
  await source.waitForPrinted('BOOTED', 1);
  await scenario.migrateByHand(uuid, 'a', 'b');
  await scenario.eventually(
    'status follows',
    async () => (await scenario.kubectl.get('instance', 'moved'))?.status?.['hypervisorName'] === 'host-b',
  );
  await waitForReady(scenario.kubectl, 'moved');
  await scenario.ticks(3);
  const target = scenario.guest('b', uuid);
  expect(await target.state()).toMatch(/^running/);
  await target.waitForTicking();
  expect(await source.state()).toMatch(/^shut off \(migrated\)/);
  // Whoever moved it left a definition and the disks behind; they are as much of this Instance as what runs.
  expect(await source.volumes()).not.toEqual([]);
  await scenario.kubectl.delete('instance', 'moved');
  await waitForGone(scenario.kubectl, 'moved', 90_000);
  for (const guest of [source, target]) {
    expect(await guest.state()).toBeUndefined();
    expect(await guest.volumes()).toEqual([]);
  }
});

test('a Hypervisor pointed at another host does nothing to it; pointed back, its guest has run on', async () => {
  const { kubectl } = scenario;
  await kubectl.apply([instance('behind', { placement: { hypervisorName: 'host-b' } })]);
  const guest = scenario.guestOf(await waitForReady(kubectl, 'behind'));
  const booted = await guest.printed('BOOTED');
  const before = await domains();
  await kubectl.patch('hypervisor', 'host-b', { spec: { libvirt: { uri: scenario.lab.host('a').uri } } });
  await kubectl.run(['wait', 'hypervisor/host-b', '--for=jsonpath={.status.conditions[?(@.type=="Ready")].reason}=HostChanged', WAIT]);
  await waitForCondition(kubectl, 'behind', { status: 'Unknown', reason: 'HostUnreachable' });
  await scenario.ticks(2);
  expect(await domains()).toEqual(before);
  await kubectl.patch('hypervisor', 'host-b', { spec: { libvirt: { uri: scenario.lab.host('b').uri } } });
  await kubectl.run(['wait', 'hypervisor/host-b', '--for=condition=Ready', WAIT]);
  await waitForReady(kubectl, 'behind', 'Running');
  expect([await domains(), await guest.printed('BOOTED')]).toEqual([before, booted]);
});
