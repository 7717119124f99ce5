import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type TestManager, testManager } from '../kernel/testing/test-manager.ts';
import { INSTANCE_ACTIONS, INSTANCES } from '../resources.ts';
import { MemoryHosts } from '../instances/testing/memory-hosts.ts';
import { addActionController } from './controller.ts';

let world: TestManager;
beforeEach(async () => {
  world = testManager();
  addActionController(world, world.openLease(), { clusterId: 'cluster', hosts: new MemoryHosts() });
  await world.start();
});
afterEach(() => world.stop());

const ref = { namespace: 'a', name: 'start' };
const stored = () => world.api.find(INSTANCE_ACTIONS, ref, world.call);

async function ask(ttlAfterFinished?: string): Promise<string> {
  const spec = { instanceName: 'x', action: 'Start' as const, ...(ttlAfterFinished === undefined ? {} : { ttlAfterFinished }) };
  const { metadata } = await world.api.create(INSTANCE_ACTIONS, { metadata: { ...ref }, spec }, world.call);
  await world.settle();
  return metadata.uid;
}

async function makeInstance(): Promise<void> {
  await world.api.create(
    INSTANCES,
    { metadata: { namespace: 'a', name: 'x' }, spec: { flavorName: 'tiny', imageName: 'demo' } },
    world.call,
  );
  await world.settle();
}

async function recorded(uid: string, phase: 'Running' | 'Succeeded', reason: string): Promise<void> {
  const action = { uid, name: 'start', action: 'Start', phase, reason, message: 'why', startedAt: '2026-01-01T00:00:00Z' };
  await world.api.mergePatch(INSTANCES, { namespace: 'a', name: 'x' }, { status: { action } }, world.call, { subresource: 'status' });
  await world.settle();
}
const runBegan = (uid: string) => recorded(uid, 'Succeeded', 'Started');

test('waits for its Instance, is accepted, begun, and succeeds when the Instance says so', async () => {
  const uid = await ask();
  expect((await stored())?.status).toMatchObject({ phase: 'Pending' });
  await makeInstance();
  expect((await stored())?.status).toMatchObject({ phase: 'Pending', instanceUid: expect.any(String) });
  await recorded(uid, 'Running', 'Begun');
  expect((await stored())?.status).toMatchObject({ phase: 'Running', startedAt: '2026-01-01T00:00:00Z' });
  await runBegan(uid);
  const done = (await stored())?.status;
  expect(done).toMatchObject({ phase: 'Succeeded', runId: uid });
  expect(done?.conditions?.map(({ type, status, reason }) => `${type}=${status} ${reason}`)).toEqual(['Ready=True Started']);
});

test('costs no write once it is finished', async () => {
  await makeInstance();
  await runBegan(await ask());
  const before = world.api.writes('hostler/actions').length;
  await runBegan('another');
  expect(before).toBeGreaterThan(0);
  expect(world.api.writes('hostler/actions')).toHaveLength(before);
});

test('deletes itself when its time is over, and not before', async () => {
  await makeInstance();
  await runBegan(await ask('1m'));
  await world.clock.advance(59_000);
  await world.settle();
  expect(await stored()).toBeDefined();
  await world.clock.advance(2_000);
  await world.settle();
  expect(await stored()).toBeUndefined();
});

test('is judged again after another replica wrote in between, though such a write wakes nobody', async () => {
  let others = 1;
  world.api.before = async ({ verb, kind, fieldManager }) => {
    if (verb !== 'patch' || kind !== 'InstanceAction' || fieldManager === 'other' || others-- <= 0) return;
    await world.api.mergePatch(INSTANCE_ACTIONS, ref, { status: { runId: 'r' } }, world.call, {
      subresource: 'status',
      fieldManager: 'other',
    });
  };
  await makeInstance();
  await ask();
  await world.clock.advance(1_000);
  await world.settle();
  expect((await stored())?.status).toMatchObject({ phase: 'Pending', instanceUid: expect.any(String) });
});
