/** A fake host for the conformance cases: its hands are control commands. */
import type { Capability } from '../contract.ts';
import type { Harness, HarnessDescription, OutOfBand } from '../conformance/harness.ts';
import { sendControl } from './control-client.ts';
import { openFake } from './driver.ts';
import type { Act } from './hypervisor/acts.ts';
import type { DiskRecord, StorageChange } from './hypervisor/storage.ts';

/** Written out again: of a capability that the driver forgot to claim, every case would be skipped if it were asked for them. */
export const ALL_CAPABILITIES: readonly Capability[] = [
  'ShutdownSignal',
  'Pause',
  'SuspendToDisk',
  'ConsoleLog',
  'Screenshot',
  'LiveUpdate',
  'LiveResize',
  'PacketFilters',
  'Nmi',
  'GuestAgent',
  'LiveCapture',
  'MergeDisks',
  'LiveSwap',
];

const HOST = 'host-a';
const MiB = 1024 * 1024;
const COPYING = 'group';
const EXISTING = { pool: 'san', name: 'unit-1', capacityBytes: 8 * MiB };

/** `start` gives the path of the socket that a fake hypervisor listens on, and the way to end it. */
export function fakeHarness(
  name: string,
  start: () => Promise<{ readonly socket: string; readonly stop: () => Promise<void> }>,
  without: readonly Capability[] = [],
): HarnessDescription {
  return {
    name,
    capabilities: new Set(ALL_CAPABILITIES.filter((capability) => !without.includes(capability))),
    machineIds: 'Chosen',
    copies: true,
    cannot: [],
    impatientMs: 60,
    start: async (): Promise<Harness> => {
      const { socket, stop } = await start();
      const { pool, name: disk, capacityBytes } = EXISTING;
      await sendControl(socket, {
        do: 'AddScript',
        script: { hosts: { [HOST]: { existing: { [pool]: { [disk]: capacityBytes } }, copying: { [COPYING]: 2 ** 30 } } } },
      });
      return {
        pool: 'default',
        network: 'default',
        existing: EXISTING,
        copying: COPYING,
        memoryBytes: 16 * MiB,
        image: { format: 'raw', content: new Uint8Array(MiB).fill(7), virtualSizeBytes: MiB },
        host: handsOn(socket),
        open: () => openFake({ socket, host: HOST, without }),
        close: stop,
      };
    },
  };
}

function handsOn(socket: string): OutOfBand {
  const act = (one: Act) => sendControl(socket, { do: 'Act', act: one });
  const onMachine = (name: 'start' | 'pause' | 'unpause' | 'guestShutdown' | 'guestCrash') => async (machine: string) => {
    await act({ act: name, host: HOST, machine });
  };
  const onHost = async (name: 'restartDaemon' | 'disconnect' | 'stall' | 'resume') => {
    await act({ act: name, host: HOST });
  };
  /** Clean-up does not know what is still there. */
  const ifThere = async (name: 'powerOff' | 'undefine', machine: string) => {
    const { machines } = (await sendControl(socket, { do: 'Show', host: HOST })) as { machines: readonly { machineId: string }[] };
    if (machines.some(({ machineId }) => machineId === machine)) await act({ act: name, host: HOST, machine });
  };
  return {
    makeForeignMachine: async (name, machineId) => {
      const made = await act({ act: 'makeMachine', host: HOST, name, ...(machineId !== undefined && { machineId }) });
      return (made as { machineId: string }).machineId;
    },
    start: onMachine('start'),
    pause: onMachine('pause'),
    unpause: onMachine('unpause'),
    guestShutdown: onMachine('guestShutdown'),
    guestCrash: onMachine('guestCrash'),
    destroy: (machine) => ifThere('powerOff', machine),
    undefine: (machine) => ifThere('undefine', machine),
    addCpu: async (machine) => {
      await act({ act: 'edit', host: HOST, machine, vcpus: 2 });
    },
    startAgent: async (machine) => {
      await act({ act: 'setAgent', host: HOST, machine, agent: 'Answers' });
    },
    hangAgent: async (machine) => {
      await act({ act: 'setAgent', host: HOST, machine, agent: 'Hangs' });
    },
    beginJob: async (machine) => {
      await act({ act: 'beginJob', host: HOST, machine, job: 'Dump' });
      return async () => {
        await act({ act: 'endJob', host: HOST, machine });
      };
    },
    restartDaemon: () => onHost('restartDaemon'),
    breakConnections: () => onHost('disconnect'),
    stall: async () => {
      await onHost('stall');
      return () => onHost('resume');
    },
    traces: async (pool, text) => {
      const { storage } = (await sendControl(socket, { do: 'Show', host: HOST })) as { storage: readonly StorageChange[] };
      return storage.filter((thing) => thing.pool === pool && thing.name.includes(text)).length;
    },
    copyDisk: async (disk, sizeBytes) => {
      await act({ act: 'makeDisk', host: HOST, ...disk, sizeBytes });
    },
    readDisk: async ({ pool, name }, bytes) => {
      const disk = (await sendControl(socket, { do: 'ReadDisk', host: HOST, pool, name })) as DiskRecord;
      return Buffer.from(disk.content ?? '', 'base64').subarray(0, bytes);
    },
  };
}
