/** A fake hypervisor within the test's process, on a real socket of its own, and clients of it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Call, Driver, MachineSpec } from '../contract.ts';
import type { OwnerMark, Target } from '../owner.ts';
import { sendControl } from './control-client.ts';
import { openFake } from './driver.ts';
import type { Act } from './hypervisor/acts.ts';
import { startFakeHypervisor } from './hypervisor/run.ts';
import type { Script } from './hypervisor/script.ts';
import type { Timers } from './hypervisor/timers.ts';

export interface TestFake {
  readonly socket: string;
  readonly folder: string;
  /** A connected driver; closed with the fake. */
  driver(host?: string): Promise<Driver>;
  control(command: unknown): Promise<unknown>;
  act(act: Act): Promise<unknown>;
  stop(): Promise<void>;
}

export async function startFake(script?: Script, timers?: Timers): Promise<TestFake> {
  const folder = await mkdtemp(join(tmpdir(), 'hostler-fake-'));
  const socket = join(folder, 'socket');
  const scriptFile = script && join(folder, 'script.json');
  if (scriptFile !== undefined) await writeFile(scriptFile, JSON.stringify(script));
  const fake = await startFakeHypervisor({ socket, stateDir: undefined, script: scriptFile }, timers);
  const drivers: Driver[] = [];
  const control = (command: unknown) => sendControl(socket, command);
  return {
    socket,
    folder,
    control,
    act: (act) => control({ do: 'Act', act }),
    driver: async (host = 'a') => {
      const driver = openFake({ socket, host });
      drivers.push(driver);
      await driver.connect(call());
      return driver;
    },
    stop: async () => {
      for (const driver of drivers) await driver.close();
      await fake.close();
      await rm(folder, { recursive: true });
    },
  };
}

export function call(timeoutMs = 5_000, signal = new AbortController().signal): Call {
  return { timeoutMs, signal };
}

export function owner(uid: string): OwnerMark {
  return { clusterId: 'cluster', namespace: 'default', name: `name-${uid}`, uid, role: 'main' };
}

export function target(uid: string): Target {
  return { machineId: uid, clusterId: 'cluster', uid };
}

/** Without disks and interfaces, so that nothing else need be there. */
export function spec(uid: string, over: Partial<MachineSpec> = {}): MachineSpec {
  return { machineId: uid, name: `vm-${uid}`, owner: owner(uid), vcpus: 1, memoryBytes: 1024, disks: [], interfaces: [], ...over };
}

export async function run(driver: Driver, uid: string): Promise<void> {
  await driver.define(spec(uid), call());
  await driver.startPaused(target(uid), { runId: 'run', bootHash: 'hash' }, call());
  await driver.unpause(target(uid), call());
}

export async function powerOf(driver: Driver, uid: string): Promise<string> {
  const machine = await driver.inspect(uid, call());
  return machine === undefined ? 'Gone' : `${machine.power} (${machine.powerReason})`;
}
