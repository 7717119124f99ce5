/** Power states and back; guests that end by themselves; and somebody who uses virsh behind our back. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Guest } from '../support/guest.ts';
import { API_VERSION, instance, uidOf, waitForCondition, waitForReady } from '../support/instances.ts';
import { Scenario } from '../support/scenario.ts';

let scenario: Scenario;
beforeAll(async () => {
  scenario = await Scenario.open('power');
});
afterAll(() => scenario.close());

async function boot(name: string, spec: Readonly<Record<string, unknown>> = {}): Promise<Guest> {
  await scenario.kubectl.apply([instance(name, spec)]);
  const guest = scenario.guestOf(await waitForReady(scenario.kubectl, name));
  await guest.waitForPrinted('BOOTED', 1);
  return guest;
}

const setPower = (name: string, powerState: string): Promise<void> => scenario.kubectl.patch('instance', name, { spec: { powerState } });

describe('each power state and back', () => {
  let guest: Guest;
  beforeAll(async () => {
    guest = await boot('states');
  });

  test.each([
    ['Stopped', /^shut off/],
    ['Paused', /^paused \(user\)/],
    ['Suspended', /^shut off \(saved\)/],
  ])('%s', async (powerState, domainState) => {
    await setPower('states', powerState);
    const stored = await waitForReady(scenario.kubectl, 'states', powerState);
    expect(stored.status).toMatchObject({ powerState, phase: powerState });
    expect(await guest.state()).toMatch(domainState);
    await setPower('states', 'Running');
    await waitForReady(scenario.kubectl, 'states', 'Running');
    expect(await guest.state()).toMatch(/^running/);
    await guest.waitForTicking();
  });

  test('a suspended guest goes on where it was; it does not boot again', async () => {
    const booted = await guest.printed('BOOTED');
    await setPower('states', 'Suspended');
    await waitForReady(scenario.kubectl, 'states', 'Suspended');
    await setPower('states', 'Running');
    await waitForReady(scenario.kubectl, 'states', 'Running');
    await guest.waitForTicking();
    expect(await guest.printed('BOOTED')).toBe(booted);
  });

  test('from Suspended to Stopped the saved state is discarded', async () => {
    await setPower('states', 'Suspended');
    await waitForReady(scenario.kubectl, 'states', 'Suspended');
    await setPower('states', 'Stopped');
    await waitForReady(scenario.kubectl, 'states', 'Stopped');
    const info = await guest.virsh.run('dominfo', guest.uuid);
    expect(info).toMatch(/Managed save:\s+no/);
    await setPower('states', 'Running');
    await waitForReady(scenario.kubectl, 'states', 'Running');
  });
});

test('a stop signals the guest first, and powers it off when its time is over', async () => {
  const guest = await boot('graceful', { shutdownTimeout: '4s' });
  await setPower('graceful', 'Stopped');
  await waitForCondition(scenario.kubectl, 'graceful', { status: 'False', reason: 'ShuttingDown' });
  expect(await guest.state()).toMatch(/^running/);
  await waitForReady(scenario.kubectl, 'graceful', 'Stopped');
  expect(await guest.state()).toBe('shut off (destroyed)');
});

describe('a guest that ends by itself', () => {
  test('shutting itself down is accepted: Ready, off, and it stays off', async () => {
    await scenario.addImage('powers-off', 'PowerOff');
    await scenario.kubectl.apply([instance('own-end', { imageName: 'powers-off' })]);
    const stored = await waitForReady(scenario.kubectl, 'own-end', 'GuestShutdown');
    expect(stored.status).toMatchObject({ phase: 'Stopped', powerOff: { reason: 'GuestShutdown' } });
    const guest = scenario.guestOf(stored);
    expect(await guest.state()).toMatch(/^shut off \(shutdown\)/);
    const booted = await guest.printed('BOOTED');
    await scenario.kubectl.patch('instance', 'own-end', { metadata: { labels: { some: 'edit' } } });
    await scenario.ticks(2);
    expect(await guest.printed('BOOTED')).toBe(booted);
  });

  test('and stays off across a restart of libvirtd, which forgets why', async () => {
    const guest = scenario.guestOf(await waitForReady(scenario.kubectl, 'own-end', 'GuestShutdown'));
    const booted = await guest.printed('BOOTED');
    await guest.host.restartDaemon();
    expect(await guest.state()).toMatch(/^shut off \(unknown\)/);
    await scenario.ticks(3);
    await waitForReady(scenario.kubectl, 'own-end', 'GuestShutdown');
    expect(await guest.printed('BOOTED')).toBe(booted);
  });

  test('an InstanceAction Start boots it again', async () => {
    const guest = scenario.guestOf(await waitForReady(scenario.kubectl, 'own-end', 'GuestShutdown'));
    const booted = await guest.printed('BOOTED');
    await scenario.kubectl.apply([
      { apiVersion: API_VERSION, kind: 'InstanceAction', metadata: { name: 'again' }, spec: { instanceName: 'own-end', action: 'Start' } },
    ]);
    await guest.waitForPrinted('BOOTED', booted + 1);
    await scenario.kubectl.run(['wait', 'instanceaction/again', '--for=condition=Ready', '--timeout=60s']);
  });

  test('with restartPolicy Always it is started again', async () => {
    await scenario.addImage('powers-off', 'PowerOff');
    const guest = await boot('always', { imageName: 'powers-off', restartPolicy: 'Always' });
    await guest.waitForPrinted('BOOTED', 2);
    await scenario.kubectl.delete('instance', 'always');
  });

  test('a crash is started again, after a pause; with restartPolicy Never it is for a person', async () => {
    await scenario.addImage('panics', 'Panic');
    await scenario.kubectl.apply([
      instance('crash-never', { imageName: 'panics', restartPolicy: 'Never' }),
      instance('crash', { imageName: 'panics' }),
    ]);
    const stalled = await waitForCondition(scenario.kubectl, 'crash-never', { status: 'False', reason: 'Crashed', message: /Start/ });
    expect(stalled.status?.conditions?.some(({ type, status }) => type === 'Stalled' && status === 'True')).toBe(true);
    const restarted = await waitForCondition(scenario.kubectl, 'crash', { status: 'False', reason: 'RestartBackOff' });
    await scenario.guestOf(restarted).waitForPrinted('BOOTED', 2);
    for (const name of ['crash-never', 'crash']) await scenario.kubectl.delete('instance', name);
  });
});

describe('behind our back', () => {
  let guest: Guest;
  beforeAll(async () => {
    guest = await boot('meddled');
  });

  test('virsh destroy: it is started again', async () => {
    const booted = await guest.printed('BOOTED');
    await guest.virsh.run('destroy', guest.uuid);
    await guest.waitForPrinted('BOOTED', booted + 1);
    await waitForReady(scenario.kubectl, 'meddled', 'Running');
  });

  test('virsh suspend: it is resumed, and has not booted again', async () => {
    const booted = await guest.printed('BOOTED');
    await guest.virsh.run('suspend', guest.uuid);
    await guest.waitForState(/^running/);
    await guest.waitForTicking();
    expect(await guest.printed('BOOTED')).toBe(booted);
  });

  test('virsh undefine of a running domain: the definition comes back without a restart', async () => {
    const booted = await guest.printed('BOOTED');
    await guest.virsh.run('undefine', guest.uuid);
    await scenario.eventually('the domain is persistent', async () =>
      /Persistent:\s+yes/.test(await guest.virsh.run('dominfo', guest.uuid)),
    );
    await guest.waitForTicking();
    expect(await guest.printed('BOOTED')).toBe(booted);
  });

  test('virsh destroy and undefine: it is defined again on its own disks, and never from the image', async () => {
    const before = await guest.volumes();
    await guest.virsh.run('destroy', guest.uuid);
    await guest.virsh.run('undefine', guest.uuid).catch(() => undefined); // it may have been started in between
    await guest.waitForState(/^running/);
    await waitForReady(scenario.kubectl, 'meddled', 'Running');
    expect((await guest.volumes()).filter((name) => name.includes('root'))).toEqual(before.filter((name) => name.includes('root')));
  });

  test('virsh start while Stopped is asked: it is stopped again', async () => {
    await setPower('meddled', 'Stopped');
    await waitForReady(scenario.kubectl, 'meddled', 'Stopped');
    await guest.virsh.run('start', guest.uuid);
    await guest.waitForState(/^shut off/);
    await waitForReady(scenario.kubectl, 'meddled', 'Stopped');
    await setPower('meddled', 'Running');
    await waitForReady(scenario.kubectl, 'meddled', 'Running');
  });
});

test('another flavor waits for the next start, which takes its vcpus and memory and leaves the disks', async () => {
  const guest = await boot('bigger');
  await scenario.kubectl.apply([scenario.flavor('small', 2, '24Mi')]);
  await scenario.kubectl.patch('instance', 'bigger', { spec: { flavorName: 'small' } });
  await waitForReady(scenario.kubectl, 'bigger', 'RestartRequired');
  expect([await guest.vcpus(), await guest.memory()]).toEqual([1, 16 * 1024]);
  const root = (await guest.volumes()).filter((name) => name.includes('root'));
  await setPower('bigger', 'Stopped');
  await waitForReady(scenario.kubectl, 'bigger', 'Stopped');
  await setPower('bigger', 'Running');
  const stored = await waitForReady(scenario.kubectl, 'bigger', 'Running');
  expect(uidOf(stored)).toBe(guest.uuid);
  expect([await guest.vcpus(), await guest.memory()]).toEqual([2, 24 * 1024]);
  expect((await guest.volumes()).filter((name) => name.includes('root'))).toEqual(root);
});
