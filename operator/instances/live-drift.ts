/** What differs between a running machine and the spec and can be changed while it runs. Asked of the driver, which knows its definitions. */
import type { InstanceStatus } from '../../crds/instance.ts';
import type { Hypervisor } from '../../crds/hypervisor.ts';
import type { Drift, Machine } from '../../drivers/contract.ts';
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
export function liveDrift(compared: Compared): readonly string[] {
  const { host, details, record } = compared;
  // What was taken over as it is stays so.
  if (details?.power !== 'Running' || record.origin === 'Adopted' || host?.driver.capabilities.has('LiveUpdate') !== true) return [];
  return (drift(compared) ?? []).filter(({ effect }) => effect === 'Live').map(({ field }) => field);
}

/** Between a machine that was taken over and what the spec says. */
export type Difference = Pick<Drift, 'field' | 'wanted' | 'found'>;

/** Undefined: it was made here, or its definition is not at hand. */
export function differences(compared: Compared): readonly Difference[] | undefined {
  if (compared.record.origin !== 'Adopted') return undefined;
  return drift(compared)
    ?.filter(({ field }) => field !== 'owner')
    .map(({ field, wanted, found }) => ({ field, wanted, found }));
}

function drift({ identity, record, wanted, status, host, hypervisor, details }: Compared): readonly Drift[] | undefined {
  if (host === undefined || details === undefined || wanted.missing.length > 0) return undefined;
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
  return host.driver.drift(spec, details);
}
