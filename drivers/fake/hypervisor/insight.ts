/** What can be seen of the machines of the fake: counters that stand still, a line for each boot, a screen of one colour. */
import { NO_SCREEN, type Diagnostics } from '../../insight.ts';
import { DriverError } from '../../labels.ts';
import type { Ask, Hardware, SentConsole } from '../protocol.ts';
import type { FakeHost } from './host.ts';
import type { MachineRecord } from './machine.ts';
import { needed } from './machine-verbs.ts';

export function readDiagnostics(host: FakeHost, { machineId }: Ask<'readDiagnostics'>): Diagnostics {
  const { vcpus, memoryBytes, disks, volumes = [], interfaces } = hardwareOn(needed(host, machineId));
  return {
    memory: { maximumBytes: memoryBytes, usedBytes: memoryBytes },
    cpus: Array.from({ length: vcpus }, (_, id) => ({ id, timeMs: 0 })),
    disks: [...disks.map(({ role, label }) => (label === undefined ? role : `${role}-${label}`)), ...volumes.map(({ id }) => id)].map(
      (name) => ({ name, readBytes: 0, readRequests: 0, writeBytes: 0, writeRequests: 0 }),
    ),
    interfaces: interfaces.map(({ name, mac }) => ({ name, mac: mac.toLowerCase(), rxBytes: 0, rxPackets: 0, txBytes: 0, txPackets: 0 })),
    raw: { 'vcpu.current': String(vcpus) },
  };
}

export function readConsoleLog(host: FakeHost, { machineId, maxBytes }: Ask<'readConsoleLog'>): SentConsole {
  const printed = PRINTED.repeat(needed(host, machineId).boots ?? 0);
  return { text: printed.slice(-maxBytes), truncated: printed.length > maxBytes };
}

/** By each boot. */
const PRINTED = 'BOOTED\r\n';

export function takeScreenshot(host: FakeHost, { machineId }: Ask<'takeScreenshot'>): string {
  const machine = needed(host, machineId);
  const { model = 'None' } = hardwareOn(machine).devices?.video ?? {};
  if (model === 'None') throw new DriverError('Unsupported', `Machine ${machine.name} has no graphics card`, { reason: NO_SCREEN });
  return Buffer.concat([Buffer.from('P6\n4 2\n255\n'), Buffer.alloc(4 * 2 * 3, 0x80)]).toString('base64');
}

/** As it runs. */
function hardwareOn({ name, power, run }: MachineRecord): Hardware {
  if ((power === 'Running' || power === 'Paused') && run !== undefined) return run.hardware;
  throw new DriverError('Conflict', `Machine ${name} is ${power}: there is nothing to look into`, { reason: `Is${power}` });
}
