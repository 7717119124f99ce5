/** Making a machine: where no status names a host yet. The claim comes first, so that a crash finds its own trace. */
import { planAdoption } from './adoption.ts';
import { planIdentity } from './identity.ts';
import { rootDiskSteps } from './root-volume.ts';
import { planStatusLost } from './status-lost.ts';
import type { Plan, Steps, World } from './types.ts';
import { observing, steps } from './types.ts';

/** Undefined: a host has been claimed. */
export function planClaim(world: World): Plan | undefined {
  if (world.record.hypervisorName !== undefined) return undefined;
  const known = planAdoption(world) ?? planIdentity(world, world.elsewhere.twins);
  if (known !== undefined) return known;
  if (world.elsewhere.unheard.length > 0) {
    // A machine of ours may be there, left by a status that was lost.
    return observing(`these Hypervisors have been observed: ${world.elsewhere.unheard.join(', ')}`);
  }
  return planStatusLost(world) ?? steps('Spawn', 'add-finalizer', 'claim');
}

/** All that is left to do on the claimed host, from the image on. Each step keeps what an earlier attempt made. */
export function spawnSteps(world: World): Steps {
  const { desired } = world;
  return steps(
    'Spawn',
    ...rootDiskSteps(world),
    ...(desired.extraDisks ? (['create-extra-disks'] as const) : []),
    'write-config-drive',
    'define',
    ...(desired.powerState === 'Stopped' ? [] : (['start-paused', 'apply-filters', 'unpause'] as const)),
  );
}
