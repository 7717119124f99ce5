/** What status says of an instance that is put away. Pure. */
import type { InstanceStatus, LifecycleRecord } from '../../crds/instance.ts';
import { instant } from './instant.ts';
import type { World } from './plan/types.ts';

/**
 * That nothing is left stays said, whatever is asked for afterwards; and of what a machine is to be made, until it is.
 * `made`: the machine is there, and is what the instance is.
 */
export function lifecycleOf(known: LifecycleRecord | undefined, world: World, made: boolean): LifecycleRecord | undefined {
  const { desired, now } = world;
  if (desired.softDeleted === undefined && known?.reclaimedAt !== undefined) return known;
  const copy = copyOf(known, world, made);
  if (desired.softDeleted !== undefined) return { softDeletedAt: known?.softDeletedAt ?? instant(now), ...reclaimed(known), ...copy };
  if (desired.shelved !== undefined) return { shelvedAt: known?.shelvedAt ?? instant(now), ...copy };
  return copy.copy === undefined ? undefined : copy;
}

const reclaimed = (known: LifecycleRecord | undefined): Pick<LifecycleRecord, 'reclaimedAt'> =>
  known?.reclaimedAt === undefined ? {} : { reclaimedAt: known.reclaimedAt };

/** The copy counts from before the removal of the machine until there is another one. */
function copyOf(
  known: LifecycleRecord | undefined,
  { machine, desired }: World,
  made: boolean,
): Pick<LifecycleRecord, 'copy' | 'offloadedAt'> {
  const { copy, offloadedAt } = known ?? {};
  if (copy === undefined) return {};
  if (offloadedAt !== undefined) return made ? {} : { copy, offloadedAt };
  return desired.shelved !== undefined || machine.kind !== 'Present' ? { copy } : {};
}

/** From status, in the words of the planners. */
export function recordedLifecycle(known: LifecycleRecord): NonNullable<World['record']['lifecycle']> {
  const { softDeletedAt, reclaimedAt, shelvedAt, offloadedAt, copy } = known;
  return {
    softDeletedAt: time(softDeletedAt),
    reclaimed: reclaimedAt !== undefined,
    shelvedAt: time(shelvedAt),
    offload: copy === undefined ? undefined : offloadedAt === undefined ? 'Begun' : 'Done',
  };
}

const time = (text: string | undefined): number | undefined => (text === undefined ? undefined : Date.parse(text));

/** Of a machine that is gone for good, or until it is made anew: what is no claim on a host. */
export function withoutMachine(status: InstanceStatus): InstanceStatus {
  const {
    hypervisorName: _host,
    machineId: _id,
    powerState: _power,
    powerOff: _end,
    run: _run,
    restarts: _restarts,
    resolved: _resolved,
    disks: _disks,
    interfaces: _interfaces,
    addresses: _addresses,
    rescue: _rescue,
    rootVolume: _root,
    volumes: _volumes,
    resize: _resize,
    guest: _guest,
    freeze: _freeze,
    task: _task,
    ...rest
  } = status;
  return rest;
}
