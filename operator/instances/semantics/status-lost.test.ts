/** Semantics that nobody should have to guess, played through the whole controller: an Instance whose status was lost. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { findCondition } from '../../kernel/status/conditions.ts';
import { HYPERVISORS } from '../../resources.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const message = async (): Promise<string> => findCondition((await world.get()).status?.conditions, 'Ready')?.message ?? '';
const runsOn = (): readonly string[] =>
  world.hosts.list().flatMap(({ name, driver }) => [...driver.machines.values()].map(({ power }) => `${name} ${power}`));

/** It runs on host-a, which falls silent; then a backup is restored, and the operator is another one. */
async function lose(): Promise<void> {
  await world.create();
  await world.pass(1);
  world.host().turn('False');
  await world.stopOperator();
  await world.loseStatus();
  world.host().forget();
  await world.startOperator();
}

async function fence(name: string): Promise<void> {
  const at = '2026-01-01T00:00:00Z';
  const since = { status: { reachable: { status: 'False', since: at } } } as const;
  await world.api.mergePatch(HYPERVISORS, { name }, since, world.call, { subresource: 'status' });
  await world.api.mergePatch(
    HYPERVISORS,
    { name },
    { spec: { fence: { at: new Date(world.clock.now()).toISOString(), by: 'test' } } },
    world.call,
  );
  await world.settle();
}

describe('status was lost', () => {
  test('while the host of its machine is silent: no second one is made; found when the host answers', async () => {
    await lose();
    await world.pass(6);
    expect([await world.ready(), await world.condition('Reconciling'), runsOn()]).toEqual([
      'Ready=False StatusLost',
      'True StatusLost',
      ['host-a Running'],
    ]);
    expect(await message()).toContain('answer, are fenced or are deleted: host-a');
    const writes = world.writes();
    await world.pass(30);
    expect(world.writes()).toBe(writes);
    world.host().turn('True');
    await world.pass(2);
    expect([await world.ready(), runsOn(), world.called('startPaused')]).toEqual(['Ready=True Running', ['host-a Running'], 1]);
  });

  test('the silent host is surely off: it is made elsewhere', async () => {
    await lose();
    await world.pass(1);
    await fence('host-a');
    await world.pass(4);
    expect([await world.ready(), (await world.get()).status?.hypervisorName]).toEqual(['Ready=True Running', 'host-b']);
  });

  test('the silent host is no Hypervisor any more: it is made elsewhere', async () => {
    await lose();
    await world.pass(1);
    world.hosts.close('host-a');
    await world.api.delete(HYPERVISORS, { name: 'host-a' }, world.call);
    await world.pass(1);
    expect([await world.ready(), (await world.get()).status?.hypervisorName]).toEqual(['Ready=True Running', 'host-b']);
  });

  test('deleted meanwhile: it goes with its machine, when the host answers', async () => {
    await lose();
    await world.delete();
    await world.pass(6);
    expect([await world.condition('Deleting'), runsOn()]).toEqual(['True StatusLost', ['host-a Running']]);
    world.host().turn('True');
    await world.pass(6);
    expect([await world.find(), world.machines(), world.disks()]).toEqual([undefined, [], []]);
  });

  test('found off on a host that restarted, and forgot that it was moved away: not started before the others were looked at', async () => {
    await world.create({ restartPolicy: 'Always' });
    await world.pass(2);
    world.moveByHand({ powerReason: 'Unknown' });
    world.host().driver.bootId = 'boot-2';
    world.hosts.look('host-a');
    await world.loseStatus();
    await world.edit({ shutdownTimeout: '50s' });
    expect([await world.ready(), runsOn()]).toEqual(['Ready=False EndUnexplained', ['host-a Stopped', 'host-b Running']]);
    await world.pass(2);
    expect([await world.ready(), runsOn()]).toEqual(['Ready=True Running', ['host-a Stopped', 'host-b Running']]);
  });

  test('the host answers from the first: nothing is waited for', async () => {
    await world.create();
    await world.pass(1);
    await world.loseStatus();
    world.hosts.tick();
    await world.restartOperator();
    await world.pass(1);
    expect([await world.ready(), runsOn()]).toEqual(['Ready=True Running', ['host-a Running']]);
  });
});

describe('nothing was lost', () => {
  test('a new one is made though a host is silent', async () => {
    world.host().turn('False');
    await world.create();
    expect([await world.ready(), runsOn()]).toEqual(['Ready=True Running', ['host-b Running']]);
  });

  test('no host fitted: by whichever operator, it is made when one does, though another is silent', async () => {
    world.host().turn('False');
    await world.create({ placement: { hypervisorSelector: { matchLabels: { disk: 'fast' } } } });
    expect([await world.ready(), (await world.get()).status?.origin]).toEqual(['Ready=False NoHypervisorFits', 'Created']);
    await world.restartOperator();
    await world.edit({ placement: null });
    await world.pass(1);
    expect([await world.ready(), runsOn()]).toEqual(['Ready=True Running', ['host-b Running']]);
  });

  test('the claim met an edit, and was begun again by the same operator: a silent host holds nothing up', async () => {
    world.host().turn('False');
    let edits = 1;
    world.api.before = async ({ verb, subresource, fieldManager }) => {
      if (verb !== 'patch' || subresource !== 'status' || fieldManager !== 'hostler/instances' || edits === 0) return;
      edits -= 1;
      await world.edit({ metadata: { a: '1' } });
    };
    await world.create();
    await world.pass(1);
    expect([edits, await world.ready(), runsOn()]).toEqual([0, 'Ready=True Running', ['host-b Running']]);
  });
});
