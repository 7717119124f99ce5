/** Semantics that nobody should have to guess, played through the whole controller: the agent in the guest. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { InstanceWorld } from '../testing/instance-world.ts';
import { memoryAgent } from '../testing/memory-agent.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const ENABLED = { guestAgent: 'Enabled', networks: [{ name: 'eth0', networkName: 'lab' }] } as const;
const status = async () => (await world.get()).status;

/** Tells its host name and the address of its card. */
function installAgent(hostname = 'web'): void {
  const mac = world.machine().spec.interfaces[0]?.mac ?? '';
  world.machine().agent = memoryAgent({ hostname, interfaces: [{ name: 'ens3', mac, addresses: ['192.0.2.7'] }] });
}

describe('with spec.guestAgent Enabled', () => {
  test('what the guest tells is in status', async () => {
    await world.create(ENABLED);
    installAgent();
    await world.pass(2);
    expect(await status()).toMatchObject({
      guest: { hostname: 'web', interfaces: [{ name: 'ens3', interfaceName: 'eth0', addresses: ['192.0.2.7'] }] },
      addresses: [{ address: '192.0.2.7', interfaceName: 'eth0' }],
    });
    expect([await world.condition('AgentConnected'), await world.ready()]).toEqual(['True Answers', 'Ready=True Running']);
  });

  test('a guest without one is Ready all the same, and nothing waits for it', async () => {
    await world.create(ENABLED);
    await world.pass(2);
    expect([await world.ready(), await world.condition('AgentConnected'), world.called('readGuest')]).toEqual([
      'Ready=True Running',
      'False NotConnected',
      0,
    ]);
    expect((await status())?.guest).toBeUndefined();
  });

  test('one that hangs holds nothing up: what it told stays', async () => {
    await world.create(ENABLED);
    installAgent();
    await world.pass(2);
    const told = (await status())?.guest;
    // It never comes back by itself.
    world.host().driver.before = (verb) => (verb === 'readGuest' ? new Promise<void>(() => undefined) : undefined);
    await world.pass(8);
    await world.edit({ powerState: 'Paused' });
    expect([await world.ready(), (await status())?.guest]).toEqual(['Ready=True Paused', told]);
  });

  test('at rest nothing is written, and the guest is asked once a minute at most', async () => {
    await world.create(ENABLED);
    installAgent();
    await world.pass(3);
    const writes = world.writes();
    const asked = world.called('readGuest');
    await world.pass(30);
    expect(world.writes()).toBe(writes);
    expect(world.called('readGuest') - asked).toBeGreaterThanOrEqual(4);
    expect(world.called('readGuest') - asked).toBeLessThanOrEqual(7);
  });

  test('it goes with the run: off, nothing of it stands; started again, it is asked anew', async () => {
    await world.create(ENABLED);
    installAgent();
    await world.pass(2);
    await world.edit({ powerState: 'Stopped' });
    await world.pass(1);
    expect([(await status())?.guest, (await status())?.addresses, await world.condition('AgentConnected')]).toEqual([
      undefined,
      undefined,
      'False Stopped',
    ]);
    delete world.machine().agent;
    await world.edit({ powerState: 'Running' });
    installAgent('another');
    await world.pass(2);
    expect([(await status())?.guest?.hostname, await world.condition('AgentConnected')]).toEqual(['another', 'True Answers']);
  });

  test('a restarted operator keeps what was told until it has asked itself', async () => {
    await world.create(ENABLED);
    installAgent();
    await world.pass(2);
    const writes = world.writes();
    await world.restartOperator();
    await world.pass(2);
    expect([await world.condition('AgentConnected'), (await status())?.guest?.hostname, world.writes()]).toEqual([
      'True Answers',
      'web',
      writes,
    ]);
  });

  test('a host that does not answer says nothing of the guest', async () => {
    await world.create(ENABLED);
    installAgent();
    await world.pass(2);
    world.host().turn('False');
    await world.pass(1);
    expect([await world.condition('AgentConnected'), (await status())?.guest?.hostname]).toEqual(['Unknown HostUnreachable', 'web']);
  });
});

test.each([[undefined], ['Disabled']] as const)('with spec.guestAgent %s it is not asked', async (guestAgent) => {
  await world.create(guestAgent === undefined ? {} : { guestAgent });
  installAgent();
  await world.pass(8);
  expect([world.called('readGuest'), await world.condition('AgentConnected'), (await status())?.guest]).toEqual([0, undefined, undefined]);
});

test('no longer Enabled, what it told goes', async () => {
  await world.create(ENABLED);
  installAgent();
  await world.pass(2);
  await world.edit({ guestAgent: null });
  await world.pass(1);
  expect([await world.condition('AgentConnected'), (await status())?.guest, await world.ready()]).toEqual([
    undefined,
    undefined,
    'Ready=True Running',
  ]);
});
