/** What running guests are given, between API, driver and planner: what one is to become, what it has, and what is told of it. */
import type { Instance, InstanceStatus, RunningSize } from '../../crds/instance.ts';
import { formatQuantity, parseQuantity } from '../../crds/quantity.ts';
import type { Machine } from '../../drivers/contract.ts';
import type { Host } from '../hypervisors/host.ts';
import type { DesiredLive, RunningMachineSize } from './plan/live-resize.ts';
import type { ObservedMachine } from './plan/types.ts';
import type { Wanted } from './wanted.ts';

/** Undefined: nothing is met while it runs. A size is where it was started with a maximum, and resizes are not done the other way. */
export function desiredLive(
  { spec }: Instance,
  { size: running, resolved, resize, origin }: InstanceStatus,
  { size, fixedHash }: Wanted,
  host: Host | undefined,
): DesiredLive | undefined {
  const { vcpus, memory } = resolved ?? {};
  const can = host?.driver.capabilities;
  if (can?.has('LiveUpdate') !== true || origin === 'Adopted' || size === undefined || vcpus === undefined || memory === undefined)
    return undefined;
  return {
    fixedHash,
    size: { vcpus: size.vcpus, memoryBytes: size.memoryBytes },
    before: { vcpus, memoryBytes: parseQuantity(memory) },
    elastic: running !== undefined,
    resizes: can.has('LiveResize') && running !== undefined && spec.resize === undefined && resize === undefined,
  };
}

export function runningSize({ vcpus, memoryBytes, maximum = { vcpus, memoryBytes } }: Machine): RunningMachineSize {
  return { vcpus, memoryBytes, maximum };
}

/** Of a run that has a maximum, and until it ends; a guest that is saved has what it had. */
export function toldSize(
  { size: told }: InstanceStatus,
  { size: wanted }: Wanted,
  { power }: ObservedMachine,
  details: Machine | undefined,
): RunningSize | undefined {
  if (power === 'Stopped') return undefined;
  if (details === undefined || power === 'Suspended') return told;
  const { vcpus, memoryBytes, maximum } = details;
  if (told === undefined && maximum === undefined && wanted?.maximum === undefined) return undefined;
  return {
    vcpus,
    memory: formatQuantity(memoryBytes),
    maxVcpus: maximum?.vcpus ?? vcpus,
    maxMemory: formatQuantity(maximum?.memoryBytes ?? memoryBytes),
  };
}
