import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeConformance } from '../conformance/describe.ts';
import { fakeHarness } from './harness.testing.ts';
import { startFakeHypervisor } from './hypervisor/run.ts';

/** The code of the real process, on a real socket; only the process is missing. */
async function start(): Promise<{ socket: string; stop: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'hostler-fake-'));
  const socket = join(folder, 'socket');
  const fake = await startFakeHypervisor({ socket, stateDir: undefined, script: undefined });
  return {
    socket,
    stop: async () => {
      await fake.close();
      await rm(folder, { recursive: true });
    },
  };
}

describeConformance(fakeHarness('a fake host', start));
describeConformance(
  fakeHarness('a fake host that can do little', start, [
    'ShutdownSignal',
    'Pause',
    'SuspendToDisk',
    'LiveUpdate',
    'LiveResize',
    'MergeDisks',
    'PacketFilters',
    'Nmi',
    'GuestAgent',
  ]),
);
