import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { call, owner, run, spec, target } from '../fake.testing.ts';
import { openFake } from '../driver.ts';
import type { Driver } from '../../contract.ts';
import { startFakeHypervisor } from './run.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hostler-fake-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** One life of the fake; the folder is what connects it with the next. */
async function life<T>(work: (driver: Driver) => Promise<T>): Promise<T> {
  const socket = join(folder, 'socket');
  const fake = await startFakeHypervisor({ socket, stateDir: join(folder, 'state'), script: undefined });
  const driver = openFake({ socket, host: 'a' });
  try {
    await driver.connect(call());
    return await work(driver);
  } finally {
    await driver.close();
    await fake.close();
  }
}

const states = async (driver: Driver) =>
  (await driver.observe(call())).machines.map(({ name, power, powerReason }) => `${name} ${power} (${powerReason})`);

test('machines, disks and bases are there again, as after a restart of a daemon', async () => {
  const base = { key: 'base', format: 'raw', sizeBytes: 10, virtualSizeBytes: 20, sha256: 'x' } as const;
  const before = await life(async (driver) => {
    await run(driver, 'running');
    await run(driver, 'off');
    await driver.powerOff(target('off'), call());
    await run(driver, 'gone');
    await driver.powerOff(target('gone'), call());
    await driver.undefine(target('gone'), call());
    await driver.importBase({ pool: 'default', key: 'base', format: 'raw', verified: () => base }, (async function* () {})(), call());
    await driver.createDisk({ pool: 'default', name: 'disk', sizeBytes: 20, baseKey: 'base' }, call());
    return driver.observe(call());
  });
  for (const again of [1, 2]) {
    await life(async (driver) => {
      const after = await driver.observe(call());
      expect(after.bootId).not.toBe(before.bootId);
      expect(await states(driver)).toEqual(['vm-running Running (Unpaused)', 'vm-off Stopped (Unknown)']);
      expect(after.machines[0]?.owner).toEqual({ ...owner('running'), runId: 'run', bootHash: 'hash' });
      expect(await driver.findBase('default', 'base', call())).toEqual(base);
      expect(await driver.listDisks({ pools: ['default'], namePrefix: '' }, call())).toEqual([
        { pool: 'default', name: 'disk', capacityBytes: 20 },
      ]);
      await expect(driver.define(spec(`new-${again}`, { name: 'vm-off' }), call())).rejects.toMatchObject({ reason: 'InstanceExists' });
    });
  }
});

test('a line that was cut off by a kill is forgotten, the rest is not', async () => {
  await life((driver) => driver.define(spec('u'), call()));
  await appendFile(join(folder, 'state', 'world.jsonl'), '{"host":"a","kind":"Machine","na');
  expect(await life(states)).toEqual(['vm-u Stopped (Unknown)']);
});

test('a world that is not a world is told, not lost', async () => {
  await life((driver) => driver.define(spec('u'), call()));
  await appendFile(join(folder, 'state', 'world.jsonl'), 'garbage\n');
  await expect(life(states)).rejects.toThrow('world.jsonl');
});
