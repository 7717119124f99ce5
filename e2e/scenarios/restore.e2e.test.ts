/**
 * The cluster is lost and made anew; the hosts are not. On a control plane of its own.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { condition } from '../environment/kubectl.ts';
import type { Guest } from '../support/guest.ts';
import { instance, uidOf, waitForCondition, waitForGone, waitForReady } from '../support/instances.ts';
import { Scenario } from '../support/scenario.ts';

const CLUSTER_ID = 'the-cluster-that-was-lost';
let scenario: Scenario;
let guest: Guest;
beforeAll(async () => {
  scenario = await Scenario.open('restore', { ownControlPlane: true, clusterId: CLUSTER_ID });
  await scenario.kubectl.apply([instance('kept', { placement: { hypervisorName: 'host-a' } })]);
  guest = scenario.guestOf(await waitForReady(scenario.kubectl, 'kept', 'Running'));
  await guest.waitForPrinted('BOOTED', 1);
});
afterAll(() => scenario.close());

test('under a new cluster id nothing is touched, and ForeignMachines says what to set first', async () => {
  await scenario.loseCluster({ clusterId: 'another-cluster' });
  const hypervisor = await scenario.eventually('ForeignMachines', async () => {
    const found = await scenario.kubectl.get('hypervisor', 'host-a');
    return condition(found, 'ForeignMachines')?.status === 'True' ? found : undefined;
  });
  const message = condition(hypervisor, 'ForeignMachines')?.message ?? '';
  expect(message).toContain(CLUSTER_ID);
  expect(message).toContain('clusterId');
  await guest.waitForTicking();
});

test('under the old cluster id the same manifests make no second machine: the conflict names the machine to adopt', async () => {
  await scenario.loseCluster({ clusterId: CLUSTER_ID });
  await scenario.kubectl.apply([instance('kept', { placement: { hypervisorName: 'host-a' } })]);
  const stalled = await waitForCondition(scenario.kubectl, 'kept', {
    status: 'False',
    reason: 'IdentityConflict',
    message: /spec\.adopt\.machineId/,
  });
  expect(condition(stalled, 'Ready')?.message).toContain(guest.uuid);
  expect(uidOf(stalled)).not.toBe(guest.uuid);
  await scenario.ticks(2);
  expect(await guest.virsh.domains()).toHaveLength(1);
  await guest.waitForTicking();
});

test('doing what the message says takes the machine over as it runs, with its disks', async () => {
  const [booted, volumes] = [await guest.printed('BOOTED'), await guest.volumes()];
  await scenario.kubectl.patch('instance', 'kept', { spec: { adopt: { machineId: guest.uuid } } });
  const adopted = await waitForReady(scenario.kubectl, 'kept');
  expect(adopted.status).toMatchObject({ machineId: guest.uuid, hypervisorName: 'host-a' });
  await guest.waitForTicking();
  expect(await guest.printed('BOOTED')).toBe(booted);
  expect(await guest.volumes()).toEqual(volumes);
  expect(await guest.virsh.domains()).toHaveLength(1);
});

test('and deleting it removes machine and disks: it counts as made by us', async () => {
  await scenario.kubectl.delete('instance', 'kept');
  await waitForGone(scenario.kubectl, 'kept');
  expect(await guest.state()).toBeUndefined();
  expect(await guest.volumes()).toEqual([]);
});
