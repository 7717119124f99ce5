/** What differs between a running machine and the spec and can be changed while it runs. Asked of the driver, which knows its definitions. */
import type { InstanceStatus } from '../../crds/instance.ts';
import type { Hypervisor } from '../../crds/hypervisor.ts';
import type { Machine } from '../../drivers/contract.ts';
import type { Host } from '../hypervisors/host.ts';
import { machineSpec } from './machine-spec.ts';
import type { Identity, Recorded } from './plan/types.ts';
import type { Wanted } from './wanted.ts';

export interface Compared {
  readonly identity: Identity;
  readonly record: Recorded;
  readonly wanted: Wanted;
  readonly status: InstanceStatus;
  readonly host: Host | undefined;
  readonly hypervisor: Hypervisor | undefined;
  readonly details: Machine | undefined;
}

/** Fields by name; none while the definition is not at hand, the machine is off, or something that the spec names is missing. */
export function liveDrift({ identity, record, wanted, status, host, hypervisor, details }: Compared): readonly string[] {
  if (host === undefined || details?.power !== 'Running' || wanted.missing.length > 0 || !host.driver.capabilities.has('LiveUpdate'))
    return [];
  const pools = hypervisor?.spec.pools ?? {};
  const spec = machineSpec({
    identity,
    record,
    wanted,
    machine: details,
    recordedDisks: status.disks ?? [],
    poolName: (key) => pools[key]?.pool,
    configDrive: undefined,
  });
  return host.driver
    .drift(spec, details)
    .filter(({ effect }) => effect === 'Live')
    .map(({ field }) => field);
}
