/** Instances on a real API server and fake hypervisors: their life, what it costs, and an operator killed after every step of it. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { testDir } from '../../e2e/environment/paths.ts';
import { StoreServer } from '../../e2e/environment/store-server.ts';
import { waitFor } from '../../e2e/environment/wait.ts';
import { IntegrationWorld, type RunningOperator } from './testing/integration.ts';

let world: IntegrationWorld;
const operators: RunningOperator[] = [];

beforeAll(async () => {
  world = await IntegrationWorld.start(join(testDir, 'instances'));
}, 180_000);

afterEach(async () => {
  await world?.fake.control({ do: 'ClearScript' });
  for (const operator of operators.splice(0)) await operator.stop().catch(() => undefined);
}, 60_000);

afterAll(() => world?.stop(), 60_000);

async function startOperator(): Promise<RunningOperator> {
  const operator = await world.startOperator();
  operators.push(operator);
  return operator;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('made, switched off and on, paused, suspended, and deleted', async () => {
  await startOperator();
  await world.create('life', { networks: [{ name: 'eth0', networkName: 'lab' }], shutdownTimeout: '1s' });
  await world.waitForReady('life', 'True Running');
  for (const powerState of ['Stopped', 'Running', 'Paused', 'Running', 'Suspended', 'Stopped', 'Running'] as const) {
    await world.edit('life', { powerState });
    await world.waitForReady('life', `True ${powerState}`);
    expect((await world.left()).powers).toEqual([powerState]);
  }
  await world.delete('life');
  await world.waitUntilGone('life');
  expect(await world.left()).toEqual({ powers: [], disks: [] });
}, 120_000);

test('with the image in the pool it costs three writes, and none at rest nor after a restart', async () => {
  const operator = await startOperator();
  await world.create('warm');
  await world.waitForReady('warm', 'True Running');
  await world.create('cost', { networks: [{ name: 'eth0', networkName: 'lab' }] });
  await world.waitForReady('cost', 'True Running');
  // The audit log is written a moment after the answer.
  await pause(8_000);
  expect(world.writes('cost')).toEqual(['metadata', 'status', 'status']);
  operators.splice(0);
  await operator.stop();
  await startOperator();
  await pause(8_000);
  expect(world.writes('cost')).toHaveLength(3);
  for (const name of ['warm', 'cost']) await world.delete(name);
  for (const name of ['warm', 'cost']) await world.waitUntilGone(name);
}, 180_000);

test('somebody destroys it, and the host falls silent', async () => {
  await startOperator();
  await world.create('hurt');
  const { metadata } = await world.waitForReady('hurt', 'True Running');
  const first = (await world.find('hurt'))?.status?.run?.id;
  await world.fake.control({ do: 'Act', act: { act: 'powerOff', host: 'host-a', machine: metadata.uid } });
  await waitFor('another run', async () => {
    const status = (await world.find('hurt'))?.status;
    return status?.run?.id !== first && status?.powerState === 'Running';
  });
  await world.fake.control({ do: 'Act', act: { act: 'stall', host: 'host-a' } });
  await world.waitForReady('hurt', 'Unknown HostUnreachable');
  await world.delete('hurt');
  await pause(3_000);
  expect(await world.find('hurt')).toBeDefined();
  await world.fake.control({ do: 'Act', act: { act: 'resume', host: 'host-a' } });
  await world.waitUntilGone('hurt');
  expect(await world.left()).toEqual({ powers: [], disks: [] });
}, 180_000);

/** The call is carried out, its answer never comes, and the operator is killed while it waits. */
async function killAfter(verb: string, act: () => Promise<void>): Promise<void> {
  const operator = await startOperator();
  const before = await world.fake.calls('host-a', verb);
  await world.fake.control({ do: 'AddScript', script: { faults: [{ verb, do: 'Hang', when: 'After', times: 1 }] } });
  await act();
  await waitFor(`the call of ${verb}`, async () => (await world.fake.calls('host-a', verb)) > before);
  await pause(50);
  operators.splice(0);
  await operator.kill();
  await world.fake.control({ do: 'ClearScript' });
  await startOperator();
}

test.each(['locate', 'createDisk', 'writeDisk', 'define', 'startPaused', 'unpause', 'inspect'])(
  'killed after %s of a spawn',
  async (verb) => {
    const name = `spawn-${verb.toLowerCase()}`;
    await killAfter(verb, () => world.create(name));
    await world.waitForReady(name, 'True Running');
    const { powers, disks } = await world.left();
    expect([powers, disks.length]).toEqual([['Running'], 2]);
    await world.delete(name);
    await world.waitUntilGone(name);
  },
  120_000,
);

test.each(['signalShutdown', 'powerOff', 'undefine', 'listDisks', 'deleteDisk'])(
  'killed after %s of a deletion',
  async (verb) => {
    const name = `delete-${verb.toLowerCase()}`;
    const operator = await startOperator();
    await world.create(name, { shutdownTimeout: verb === 'powerOff' ? '0s' : '1s' });
    await world.waitForReady(name, 'True Running');
    operators.splice(0);
    await operator.stop();
    await killAfter(verb, () => world.delete(name));
    await world.waitUntilGone(name);
    expect(await world.left()).toEqual({ powers: [], disks: [] });
  },
  120_000,
);

test('shelved into a store, an Instance comes back on another host when its own is lost; nothing of it stays', async () => {
  const store = await StoreServer.start({ dir: join(testDir, 'instances', 'store'), address: '127.0.0.1' });
  try {
    await startOperator();
    const spec = { http: { url: store.url }, default: true };
    await world.kubectl.apply([{ apiVersion: 'hostler.dev/v1alpha1', kind: 'ImageStore', metadata: { name: 'vault' }, spec }]);
    await world.kubectl.run(['wait', 'imagestore/vault', '--for=condition=Ready', '--timeout=60s']);
    await world.create('away', { placement: { hypervisorName: 'host-a' }, shutdownTimeout: '1s' });
    await world.waitForReady('away', 'True Running');
    await world.edit('away', { lifecycle: { state: 'Shelved' } });
    await world.waitForReady('away', 'True Offloaded');
    expect([store.files().length, await world.left()]).toEqual([1, { powers: [], disks: [] }]);
    await world.fake.control({ do: 'Act', act: { act: 'down', host: 'host-a' } });
    await world.kubectl.run(['wait', 'hypervisor/host-a', '--for=condition=Ready=Unknown', '--timeout=60s']);
    await world.edit('away', { lifecycle: null, placement: null });
    expect((await world.waitForReady('away', 'True Running')).status?.hypervisorName).toBe('host-b');
    await world.fake.control({ do: 'Act', act: { act: 'up', host: 'host-a' } });
    await world.kubectl.run(['wait', 'hypervisor/host-a', '--for=condition=Ready', '--timeout=60s']);
    await world.delete('away');
    await world.waitUntilGone('away');
    expect(await world.left()).toEqual({ powers: [], disks: [] });
    await waitFor('the copy in the store to be gone', () => store.files().length === 0, { timeoutMs: 60_000 });
  } finally {
    await world.kubectl.delete('imagestore', 'vault');
    await store.stop();
  }
}, 180_000);
