/** Semantics that nobody should have to guess, played through the whole controller: interfaces of a guest that runs. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { InstanceNetwork } from '../../../crds/instance.ts';
import { NETWORKS } from '../../resources.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const eth0: InstanceNetwork = { name: 'eth0', networkName: 'lab' };
const eth1: InstanceNetwork = { name: 'eth1', networkName: 'lab' };

const cards = (): readonly string[] => world.machine().spec.interfaces.map(({ name }) => name);
const macs = (): readonly string[] => world.machine().spec.interfaces.map(({ mac }) => mac);
const told = async () => ((await world.get()).status?.interfaces ?? []).map(({ name, networkName }) => `${name} ${networkName}`);
const state = async () => [await world.ready(), await world.condition('RestartRequired'), cards(), world.called('startPaused')];
const makeNetwork = (name: string) =>
  world.api.create(NETWORKS, { metadata: { namespace: 'default', name }, spec: { hostNetwork: 'lab' } }, world.call);

describe('spec.networks of a running guest', () => {
  test('one more is put in, and nothing else is done', async () => {
    await world.create({ networks: [eth0] });
    const before = macs();
    await world.edit({ networks: [eth0, eth1] });
    expect(await state()).toEqual(['Ready=True Running', undefined, ['eth0', 'eth1'], 1]);
    expect([macs()[0], await told()]).toEqual([before[0], ['eth0 lab', 'eth1 lab']]);
  });

  test('the first of all is put in', async () => {
    await world.create();
    await world.edit({ networks: [eth0] });
    expect(await state()).toEqual(['Ready=True Running', undefined, ['eth0'], 1]);
  });

  test('one less is taken out; put in again, it has the MAC that it had', async () => {
    await world.create({ networks: [eth0, eth1] });
    const before = macs();
    await world.edit({ networks: [eth0] });
    expect([await state(), await told()]).toEqual([['Ready=True Running', undefined, ['eth0'], 1], ['eth0 lab']]);
    await world.edit({ networks: [eth0, eth1] });
    expect([await state(), macs()]).toEqual([['Ready=True Running', undefined, ['eth0', 'eth1'], 1], before]);
  });

  test('none at all', async () => {
    await world.create({ networks: [eth0] });
    await world.edit({ networks: null });
    expect([await state(), await told()]).toEqual([['Ready=True Running', undefined, [], 1], []]);
  });

  test('another network is plugged over, another MAC is another card', async () => {
    await world.create({ networks: [eth0] });
    await makeNetwork('wan');
    await world.edit({ networks: [{ ...eth0, networkName: 'wan' }] });
    expect([await state(), await told()]).toEqual([['Ready=True Running', undefined, ['eth0'], 1], ['eth0 wan']]);
    await world.edit({ networks: [{ ...eth0, networkName: 'wan', macAddress: '52:54:00:00:00:01' }] });
    expect([await state(), macs()]).toEqual([['Ready=True Running', undefined, ['eth0'], 1], ['52:54:00:00:00:01']]);
  });

  test('one that the guest holds on to is asked for again; others do not wait for it', async () => {
    world.host().driver.letsGo = false;
    await world.create({ networks: [eth0] });
    await world.edit({ networks: [eth1] });
    expect([await world.ready(), cards()]).toEqual(['Ready=False NotReleased', ['eth1', 'eth0']]);
    await world.pass(1);
    expect(await world.ready()).toBe('Ready=False NotReleased');
    world.host().driver.letsGo = true;
    await world.pass(6);
    expect(await state()).toEqual(['Ready=True Running', undefined, ['eth1'], 1]);
  });

  test('one that the guest never lets go of: given up until the spec changes', async () => {
    world.host().driver.letsGo = false;
    await world.create({ networks: [eth0, eth1] });
    await world.edit({ networks: [eth0] });
    await world.pass(60);
    const tried = world.called('updateLive');
    expect([await world.ready(), await world.condition('Stalled')]).toEqual(['Ready=False NotReleased', 'True NotReleased']);
    await world.pass(20);
    expect(world.called('updateLive')).toBe(tried);
    await world.edit({ networks: [eth0, eth1] });
    expect(await state()).toEqual(['Ready=True Running', undefined, ['eth0', 'eth1'], 1]);
  });

  test('of a Network that is not there is waited for, and the guest keeps what it has', async () => {
    await world.create({ networks: [eth0] });
    await world.edit({ networks: [eth0, { name: 'eth1', networkName: 'wan' }] });
    expect([await world.ready(), await world.condition('NetworkReady'), cards()]).toEqual([
      'Ready=False NetworkNotFound',
      'False NetworkNotFound',
      ['eth0'],
    ]);
    await makeNetwork('wan');
    await world.pass(1);
    expect(await state()).toEqual(['Ready=True Running', undefined, ['eth0', 'eth1'], 1]);
  });

  test('what a card is, and not that there is one, waits for the next start', async () => {
    await world.create({ networks: [eth0] });
    await world.edit({ networks: [eth0, { ...eth1, mtu: 1400 }] });
    expect(await state()).toEqual(['Ready=True RestartRequired', 'True SpecChanged', ['eth0', 'eth1'], 1]);
    await world.edit({ networks: [{ ...eth0, model: 'e1000' }] });
    expect(await state()).toEqual(['Ready=True RestartRequired', 'True SpecChanged', ['eth0'], 1]);
    await world.edit({ networks: [eth0] });
    expect(await state()).toEqual(['Ready=True Running', undefined, ['eth0'], 1]);
  });

  test('beside a change that needs a restart it is put in all the same', async () => {
    await world.create({ networks: [eth0] });
    await world.edit({ networks: [eth0, eth1], metadata: { a: '1' } });
    expect(await state()).toEqual(['Ready=True RestartRequired', 'True SpecChanged', ['eth0', 'eth1'], 1]);
  });

  test('of a guest that is paused wait until it runs, and of one that is off for its start', async () => {
    await world.create({ networks: [eth0], powerState: 'Paused' });
    await world.pass(1);
    await world.edit({ networks: [eth0, eth1] });
    expect([await world.ready(), cards()]).toEqual(['Ready=True RestartRequired', ['eth0']]);
    await world.edit({ powerState: 'Running' });
    expect(await state()).toEqual(['Ready=True Running', undefined, ['eth0', 'eth1'], 1]);
    await world.edit({ powerState: 'Stopped' });
    await world.edit({ networks: [eth1] });
    expect(cards()).toEqual(['eth0', 'eth1']);
    await world.edit({ powerState: 'Running' });
    expect([await world.ready(), cards()]).toEqual(['Ready=True Running', ['eth1']]);
  });

  test('with another flavor: both are given', async () => {
    const room = { maxVcpus: 4, maxMemory: '64Mi', rootDisk: '16Mi' } as const;
    await world.makeFlavor('one', { vcpus: 1, memory: '16Mi', ...room });
    await world.makeFlavor('two', { vcpus: 2, memory: '32Mi', ...room });
    await world.create({ flavorName: 'one', networks: [eth0] });
    await world.edit({ flavorName: 'two', networks: [eth0, eth1] });
    await world.pass(1);
    expect([await state(), world.machine().spec.vcpus]).toEqual([['Ready=True Running', undefined, ['eth0', 'eth1'], 1], 2]);
  });

  test('on a host that changes nothing while it runs wait for the next start', async () => {
    const { driver } = world.host();
    driver.capabilities = new Set([...driver.capabilities].filter((one) => one !== 'LiveUpdate'));
    await world.create({ networks: [eth0], placement: { hypervisorName: 'host-a' } });
    await world.edit({ networks: [eth0, eth1] });
    expect([await state(), world.called('updateLive')]).toEqual([['Ready=True RestartRequired', 'True SpecChanged', ['eth0'], 1], 0]);
  });
});

test('one that somebody took out is put in again', async () => {
  await world.create({ networks: [eth0, eth1] });
  const machine = world.machine();
  machine.spec = { ...machine.spec, interfaces: machine.spec.interfaces.slice(0, 1) };
  await world.edit({ restartPolicy: 'Always' });
  expect(await state()).toEqual(['Ready=True Running', undefined, ['eth0', 'eth1'], 1]);
});

test('at rest nothing is written, and nothing asked of the host', async () => {
  await world.create({ networks: [eth0] });
  await world.edit({ networks: [eth0, eth1] });
  await world.pass(3);
  const [writes, changes] = [world.writes(), world.changes()];
  await world.pass(20);
  expect([world.writes(), world.changes()]).toEqual([writes, changes]);
});

const CALLS = Array.from({ length: 9 }, (_, calls) => calls);

describe('killed before call', () => {
  test.each(CALLS)('%d: the next operator goes on', async (calls) => {
    await world.create({ networks: [eth0] });
    world.killAfter(calls);
    await world.edit({ networks: [eth1] });
    await world.restartOperator();
    await world.pass(2);
    expect([await state(), await told()]).toEqual([['Ready=True Running', undefined, ['eth1'], 1], ['eth1 lab']]);
  });

  test.each(CALLS)('%d, and set back: it has what it had', async (calls) => {
    await world.create({ networks: [eth0] });
    world.killAfter(calls);
    await world.edit({ networks: [eth0, eth1] });
    await world.edit({ networks: [eth0] });
    await world.restartOperator();
    await world.pass(2);
    expect([await state(), await told()]).toEqual([['Ready=True Running', undefined, ['eth0'], 1], ['eth0 lab']]);
  });

  test.each(CALLS)('%d, and deleted then: nothing is left', async (calls) => {
    await world.create({ networks: [eth0] });
    world.killAfter(calls);
    await world.edit({ networks: [eth0, eth1] });
    await world.delete();
    await world.restartOperator();
    await world.pass(3);
    expect([await world.find(), world.machines(), world.disks()]).toEqual([undefined, [], []]);
  });
});
