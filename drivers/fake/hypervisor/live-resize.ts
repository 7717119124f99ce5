/** Another size for a fake machine that runs. Its guest gives back at once what it is asked for. */
import { DriverError } from '../../labels.ts';
import type { Ask } from '../protocol.ts';
import type { FakeHost } from './host.ts';
import { idle, needed, owned } from './machine-verbs.ts';

export function resizeLive(host: FakeHost, { target, size }: Ask<'resizeLive'>): void {
  const machine = idle(owned(needed(host, target.machineId), target));
  const { run, name, power } = machine;
  if (power !== 'Running' || run === undefined) {
    throw new DriverError('Conflict', `Machine ${name} is ${power}: it is not resized while it is`, { reason: `Is${power}` });
  }
  const { maximum = run.hardware, vcpus, memoryBytes } = run.hardware;
  if (size.vcpus > maximum.vcpus || size.memoryBytes > maximum.memoryBytes) {
    throw new DriverError('Conflict', `Machine ${name} was started with a smaller maximum`, { reason: 'BeyondMaximum' });
  }
  if (size.vcpus < vcpus) throw new DriverError('Conflict', `Machine ${name} runs with ${vcpus} CPUs`, { reason: 'CpusInUse' });
  host.needMemory(Math.max(0, size.memoryBytes - memoryBytes));
  host.put(
    { ...machine, hardware: { ...machine.hardware, ...size }, run: { ...run, hardware: { ...run.hardware, ...size } } },
    'Definition',
  );
}
