/** The fake as a real process: started, killed, started again, steered from the command line. */
import { once } from 'node:events';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { HostEvent } from '../contract.ts';
import { openFake } from './driver.ts';
import { call, powerOf, run } from './fake.testing.ts';

/** Starting a process can take seconds on a busy machine. */
jest.setTimeout(60_000);

const PROGRAM = join(import.meta.dirname, 'hypervisor', 'process.testing.ts');

let folder: string;
let socket: string;
const started: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hostler-fake-'));
  socket = join(folder, 'socket');
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((child) => end(child, 'SIGKILL')));
  await rm(folder, { recursive: true });
});

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
  return child.exitCode;
}

function launch(...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [PROGRAM, '--socket', socket, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  return child;
}

/** Resolves when it listens. */
async function serve(...args: readonly string[]): Promise<ChildProcess> {
  const child = launch(...args);
  const [said] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  expect(said.toString()).toBe(`fake hypervisor listens on ${socket}\n`);
  return child;
}

async function finished(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  let [out, err] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
  await once(child, 'close');
  return { code: child.exitCode, out, err };
}

test('killed, it is a host that cannot be reached; started again, its machines are there', async () => {
  const first = await serve('--state-dir', join(folder, 'state'));
  const driver = openFake({ socket, host: 'a' });
  const events: HostEvent[] = [];
  driver.onEvent((event) => events.push(event));
  const before = await driver.connect(call());
  await run(driver, 'u');
  await end(first, 'SIGKILL');
  await expect(driver.observe(call())).rejects.toMatchObject({ label: 'HostUnreachable' });
  await expect(driver.connect(call())).rejects.toMatchObject({ label: 'HostUnreachable' });
  expect(events.filter(({ kind }) => kind === 'Disconnected')).toHaveLength(1);

  const second = await serve('--state-dir', join(folder, 'state'));
  const after = await driver.connect(call());
  expect(after.bootId).not.toBe(before.bootId);
  expect(await powerOf(driver, 'u')).toBe('Running (Unpaused)');
  await driver.close();
  expect(await end(second, 'SIGTERM')).toBe(0);
});

test('a second one on the same socket refuses to start, and the first goes on', async () => {
  await serve();
  expect(await finished(launch())).toMatchObject({ code: 1, err: expect.stringContaining('another process listens') });
  const driver = openFake({ socket, host: 'a' });
  await driver.connect(call());
  await driver.close();
});

test('it is steered from the command line', async () => {
  await serve();
  const { code, out } = await finished(
    launch('--control', '{"do":"Act","act":{"act":"makeMachine","host":"a","name":"by-hand","machineId":"x"}}'),
  );
  expect({ code, answer: JSON.parse(out) as unknown }).toEqual({ code: 0, answer: { machineId: 'x' } });
  expect(await finished(launch('--control', '{"do":"Nothing"}'))).toMatchObject({
    code: 1,
    err: expect.stringContaining('not a control command'),
  });
});

test('flags that make no sense end it with code 2', async () => {
  expect(await finished(launch('--speed', '9'))).toMatchObject({ code: 2, err: expect.stringContaining('--speed') });
});
