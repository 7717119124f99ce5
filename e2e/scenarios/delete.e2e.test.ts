/** Deletion from every state: gone without a trace, or held back by something that is named. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { condition } from '../environment/kubectl.ts';
import type { Guest } from '../support/guest.ts';
import { instance, uidOf, waitForCondition, waitForGone, waitForReady } from '../support/instances.ts';
import { Scenario } from '../support/scenario.ts';

let scenario: Scenario;
beforeAll(async () => {
  scenario = await Scenario.open('delete');
});
afterAll(() => scenario.close());

async function boot(name: string, spec: Readonly<Record<string, unknown>> = {}): Promise<Guest> {
  await scenario.kubectl.apply([instance(name, { placement: { hypervisorName: 'host-a' }, ...spec })]);
  return scenario.guestOf(await waitForReady(scenario.kubectl, name));
}

async function expectNoTrace(guest: Guest): Promise<void> {
  expect(await guest.state()).toBeUndefined();
  expect(await guest.volumes()).toEqual([]);
}

test.each(['Running', 'Stopped', 'Paused', 'Suspended'])('of a %s instance: machine, disks and object go', async (powerState) => {
  const name = `was-${powerState.toLowerCase()}`;
  const guest = await boot(name);
  if (powerState !== 'Running') await scenario.kubectl.patch('instance', name, { spec: { powerState } });
  await waitForReady(scenario.kubectl, name, powerState);
  await scenario.kubectl.run(['delete', 'instance', name, '--timeout=60s']);
  await expectNoTrace(guest);
});

test('while it is being built', async () => {
  const { kubectl } = scenario;
  await kubectl.apply([instance('half-built', { placement: { hypervisorName: 'host-a' } })]);
  const stored = await scenario.eventually('a finalizer', async () => {
    const found = await kubectl.get('instance', 'half-built');
    return (found?.metadata.finalizers?.length ?? 0) > 0 ? found : undefined;
  });
  await kubectl.delete('instance', 'half-built');
  await waitForGone(kubectl, 'half-built');
  await expectNoTrace(scenario.guest('a', uidOf(stored)));
});

test('of one that was never made, because what it names does not exist', async () => {
  const { kubectl } = scenario;
  await kubectl.apply([instance('never-made', { flavorName: 'no-such-flavor' })]);
  await waitForCondition(kubectl, 'never-made', { status: 'False', reason: 'FlavorNotFound' });
  await kubectl.delete('instance', 'never-made');
  await waitForGone(kubectl, 'never-made');
});

test('while its host is down: it waits, says why, and finishes when the host is back', async () => {
  const guest = await boot('host-down');
  await guest.host.killDaemon();
  await waitForCondition(scenario.kubectl, 'host-down', { status: 'Unknown', reason: 'HostUnreachable' });
  await scenario.kubectl.delete('instance', 'host-down');
  const held = await waitForCondition(scenario.kubectl, 'host-down', { type: 'Deleting', reason: 'HostUnreachable', message: /host-a/ });
  expect(held.metadata.finalizers).not.toEqual([]);
  await guest.host.startDaemon();
  await waitForGone(scenario.kubectl, 'host-down');
  await expectNoTrace(guest);
});

test('with protection it is refused, and the message says what to do', async () => {
  const guest = await boot('protected', { deletionProtection: true });
  await expect(scenario.kubectl.run(['delete', 'instance', 'protected', '--wait=false'])).rejects.toThrow(/deletionProtection/);
  await guest.waitForTicking();
  await scenario.kubectl.patch('instance', 'protected', { spec: { deletionProtection: false } });
  await scenario.kubectl.delete('instance', 'protected');
  await waitForGone(scenario.kubectl, 'protected');
});

test('with Retain the guest goes on running, and is let go of', async () => {
  const guest = await boot('retained', { deletionPolicy: 'Retain' });
  await scenario.kubectl.delete('instance', 'retained');
  await waitForGone(scenario.kubectl, 'retained');
  await guest.waitForTicking();
  expect(await guest.virsh.xml(guest.uuid)).toContain('retained');
  await guest.virsh.run('destroy', guest.uuid);
  await guest.virsh.run('undefine', guest.uuid);
  for (const volume of await guest.volumes()) await guest.virsh.run('vol-delete', volume, '--pool', 'default');
});

test('with Abandon, set while the deletion waits for a host that does not answer, the object goes and nothing is touched', async () => {
  const guest = await boot('abandoned');
  guest.host.hangDaemon();
  try {
    await waitForCondition(scenario.kubectl, 'abandoned', { status: 'Unknown', reason: 'HostUnreachable' }, 120_000);
    await scenario.kubectl.delete('instance', 'abandoned');
    await waitForCondition(scenario.kubectl, 'abandoned', { type: 'Deleting', reason: 'HostUnreachable' });
    await scenario.kubectl.patch('instance', 'abandoned', { spec: { deletionPolicy: 'Abandon' } });
    await waitForGone(scenario.kubectl, 'abandoned');
  } finally {
    guest.host.resumeDaemon();
  }
  await guest.waitForTicking();
  await guest.virsh.run('destroy', guest.uuid);
  await guest.virsh.run('undefine', guest.uuid);
  for (const volume of await guest.volumes()) await guest.virsh.run('vol-delete', volume, '--pool', 'default');
});

test('under WatchOnly it waits and names the field; switching back lets it go on', async () => {
  await boot('watched');
  await scenario.kubectl.patch('instance', 'watched', { spec: { reconcilePolicy: 'WatchOnly' } });
  await scenario.kubectl.delete('instance', 'watched');
  const held = await waitForCondition(scenario.kubectl, 'watched', {
    type: 'Deleting',
    reason: 'BlockedByPolicy',
    message: /reconcilePolicy/,
  });
  expect(condition(held, 'Ready')?.status).not.toBe('True');
  await scenario.kubectl.patch('instance', 'watched', { spec: { reconcilePolicy: 'Reconcile' } });
  await waitForGone(scenario.kubectl, 'watched');
});

test('its object torn away: what is on the host is told of, left alone, and removed with its disks where the Hypervisor asks for that', async () => {
  const { kubectl } = scenario;
  const guest = await boot('torn-away');
  await kubectl.patch('instance', 'torn-away', { spec: { reconcilePolicy: 'Disabled' } });
  await kubectl.patch('instance', 'torn-away', { metadata: { finalizers: null } });
  await kubectl.delete('instance', 'torn-away');
  await waitForGone(kubectl, 'torn-away');
  const told = (reason: string) =>
    scenario.eventually(`the orphan to be told of as ${reason}`, async () => {
      const hypervisor = await kubectl.get('hypervisor', 'host-a');
      return hypervisor !== undefined && condition(hypervisor, 'OrphanedMachines')?.reason === reason;
    });
  await told('InstanceGone');
  expect(await guest.state()).toMatch(/^running/);
  // Paused by hand: nobody need wait for a guest that heeds no signal.
  await guest.virsh.run('suspend', guest.uuid);
  await kubectl.patch('hypervisor', 'host-a', { spec: { orphans: { policy: 'Delete', after: '5s' } } });
  await told('OrphansDeleted');
  await scenario.eventually('the machine to be removed', async () => (await guest.state()) === undefined);
  await expectNoTrace(guest);
  await scenario.eventually('nothing to be told any more', async () => {
    const hypervisor = await kubectl.get('hypervisor', 'host-a');
    return hypervisor !== undefined && condition(hypervisor, 'OrphanedMachines') === undefined;
  });
});
