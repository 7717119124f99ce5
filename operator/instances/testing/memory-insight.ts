/** What can be seen of a machine of the hypervisor in memory. */
import type { Machine } from '../../../drivers/contract.ts';
import { CONSOLE_NOT_LOGGED, NO_SCREEN, type ConsoleTail, type Diagnostics, type Screenshot } from '../../../drivers/insight.ts';
import { DriverError } from '../../../drivers/labels.ts';

/** Of a machine; what is absent it has not. */
export interface MemoryInsight {
  /** What its guest printed. */
  printed?: string;
  screen?: Screenshot;
  /** More than its devices make. */
  raw?: Readonly<Record<string, string>>;
}

type Seen = Pick<Machine, 'power' | 'vcpus' | 'memoryBytes' | 'interfaces'>;

export function diagnosticsOf(machine: Seen | undefined, { raw = {} }: MemoryInsight = {}): Diagnostics {
  const { vcpus, memoryBytes, interfaces } = on(machine);
  return {
    memory: { maximumBytes: memoryBytes, usedBytes: memoryBytes },
    cpus: Array.from({ length: vcpus }, (_, id) => ({ id, timeMs: 1_000 })),
    disks: [{ name: 'root', readBytes: 512 }],
    interfaces: interfaces.map(({ mac }) => ({ mac, rxBytes: 1 })),
    raw,
  };
}

export function consoleOf(machine: Seen | undefined, { printed }: MemoryInsight = {}, maxBytes: number): ConsoleTail {
  if (machine === undefined) throw gone();
  if (printed === undefined) throw new DriverError('Unsupported', 'it is kept nowhere', { reason: CONSOLE_NOT_LOGGED });
  const content = Buffer.from(printed);
  return { content: content.subarray(-maxBytes), truncated: content.length > maxBytes };
}

export function screenOf(machine: Seen | undefined, { screen }: MemoryInsight = {}): Screenshot {
  on(machine);
  if (screen === undefined) throw new DriverError('Unsupported', 'it has no graphics card', { reason: NO_SCREEN });
  return screen;
}

function on(machine: Seen | undefined): Seen {
  if (machine === undefined) throw gone();
  if (machine.power === 'Running' || machine.power === 'Paused') return machine;
  throw new DriverError('Conflict', `it is ${machine.power}`, { reason: `Is${machine.power}` });
}

const gone = (): DriverError => new DriverError('NotFound', 'there is no such machine', { reason: 'MachineNotFound' });
